package vitrine

import "slices"

// IPTC digital source types of pictures that a trained model made, or made
// some of (http://cv.iptc.org/newscodes/digitalsourcetype/).
const (
	TrainedAlgorithmicMedia              = "trainedAlgorithmicMedia"
	CompositeWithTrainedAlgorithmicMedia = "compositeWithTrainedAlgorithmicMedia"
)

// aiSourceTypes are the digital source types that a viewer has to be told of.
// The last two say that something in the picture, or all of it, is synthetic;
// tools wrote them before there were the others.
var aiSourceTypes = []string{
	TrainedAlgorithmicMedia, CompositeWithTrainedAlgorithmicMedia, "compositeSynthetic", "algorithmicMedia",
}

// IsAISourceType reports whether that digital source type says that a picture
// is not what a camera saw, and has to be labelled.
func IsAISourceType(name string) bool { return slices.Contains(aiSourceTypes, name) }

// maxSourceTypeBytes is more than the longest name in the vocabulary has.
const maxSourceTypeBytes = 64

// IsSourceType reports whether name has the form of an IPTC digital source
// type: ASCII letters, 64 at most. The vocabulary grows, so there is no list.
func IsSourceType(name string) bool {
	for i := range len(name) {
		if c := name[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return name != "" && len(name) <= maxSourceTypeBytes
}
