package openimmo

import (
	"maps"
	"slices"
)

// Groups are those that are pictures and videos.
func Groups() []string { return slices.Collect(maps.Keys(kinds)) }
