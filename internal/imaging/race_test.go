//go:build race

package imaging

// everyNth is which of the labelled scenes are taken: drawing and coding
// pictures takes six times as long under the race detector, which finds nothing
// in it.
const everyNth = 3
