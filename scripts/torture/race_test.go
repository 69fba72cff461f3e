//go:build race

package torture

// buildFlags have the server built as "make test" builds these tests.
var buildFlags = []string{"-race", "-gcflags=modernc.org/...=-race=false"}
