package vitrine_test

import (
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

func TestSourceTypes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name       string
		wellFormed bool
		ai         bool
	}{
		{vitrine.TrainedAlgorithmicMedia, true, true},
		{vitrine.CompositeWithTrainedAlgorithmicMedia, true, true},
		{"compositeSynthetic", true, true},
		{"digitalCapture", true, false},
		{"algorithmicallyEnhanced", true, false},
		{"", false, false},
		{"trained algorithmic", false, false},
		{"a/b", false, false},
		{"<x>", false, false},
		{"größe", false, false},
		{strings.Repeat("a", 64), true, false},
		{strings.Repeat("a", 65), false, false},
	} {
		if got := vitrine.IsSourceType(row.name); got != row.wellFormed {
			t.Errorf("IsSourceType(%q): got %t", row.name, got)
		}
		if got := vitrine.IsAISourceType(row.name); got != row.ai {
			t.Errorf("IsAISourceType(%q): got %t", row.name, got)
		}
	}
}
