//go:build race

package torture

// buildFlags have the server built as these tests are.
var buildFlags = []string{"-race"}
