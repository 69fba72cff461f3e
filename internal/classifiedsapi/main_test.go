package classifiedsapi_test

import (
	"os"
	"testing"

	"github.com/vitrine-media/vitrine/internal/setuptest"
)

// TestMain runs the tests on each set-up.
func TestMain(m *testing.M) { os.Exit(setuptest.Main(m)) }
