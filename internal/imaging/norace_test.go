//go:build !race

package imaging

// everyNth is which of the labelled scenes are taken: all.
const everyNth = 1
