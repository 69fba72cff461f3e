package dashboard_test

import (
	"os"
	"testing"

	"github.com/vitrine-media/vitrine/internal/setuptest"
)

func TestMain(m *testing.M) { os.Exit(setuptest.Main(m)) }
