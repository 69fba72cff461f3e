package classifiedsapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// The document names the checks that there are.
func TestCheckCodes(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, rule := range vitrine.CheckTable {
		codes = append(codes, string(rule.Code))
	}
	code, _ := reflect.TypeFor[warning]().FieldByName("Code")
	if want := strings.Join(codes, ","); code.Tag.Get("enum") != want {
		t.Errorf("the enum is %q, want %q", code.Tag.Get("enum"), want)
	}
}
