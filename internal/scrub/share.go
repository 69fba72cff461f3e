package scrub

import "strconv"

// turns is in how many turns all objects are read once.
const turns = 28

// Share is a Config.Read for one turn of many that follow each other: in any 28
// of them each content is read once.
func Share(turn int64) func(sha256 string) bool {
	return func(sha256 string) bool {
		n, err := strconv.ParseUint(sha256[:min(4, len(sha256))], 16, 16)
		return err == nil && int64(n%turns) == turn%turns
	}
}
