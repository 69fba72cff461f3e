package apikey_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/apikey"
)

func TestFrom(t *testing.T) {
	t.Parallel()
	const several, none = "Multiple authentication methods provided", "API key is required"
	for name, test := range map[string]struct {
		header  http.Header
		key     string
		code    vitrine.ErrorCode // "" for no error
		message string
	}{
		"authorization":         {header: http.Header{"Authorization": {"ApiKey vtr_1"}}, key: "vtr_1"},
		"any case of scheme":    {header: http.Header{"Authorization": {"aPIkEY vtr_1"}}, key: "vtr_1"},
		"more space":            {header: http.Header{"Authorization": {" ApiKey   vtr_1 "}}, key: "vtr_1"},
		"own header":            {header: http.Header{"X-Api-Key": {" vtr_1 "}}, key: "vtr_1"},
		"nothing":               {code: vitrine.CodeUnauthorized, message: none},
		"empty own header":      {header: http.Header{"X-Api-Key": {" "}}, code: vitrine.CodeUnauthorized, message: none},
		"scheme alone":          {header: http.Header{"Authorization": {"ApiKey"}}, code: vitrine.CodeUnauthorized, message: none},
		"another scheme":        {header: http.Header{"Authorization": {"Bearer vtr_1"}}, code: vitrine.CodeUnauthorized, message: none},
		"both, equal":           {header: http.Header{"Authorization": {"ApiKey vtr_1"}, "X-Api-Key": {"vtr_1"}}, code: vitrine.CodeInvalid, message: several},
		"both, one empty":       {header: http.Header{"Authorization": {"ApiKey vtr_1"}, "X-Api-Key": {""}}, code: vitrine.CodeInvalid, message: several},
		"one header, two times": {header: http.Header{"X-Api-Key": {"vtr_1", "vtr_2"}}, code: vitrine.CodeInvalid, message: several},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			key, err := apikey.From(test.header)
			if key != test.key {
				t.Errorf("the key is %q, want %q", key, test.key)
			}
			refused, isRefused := errors.AsType[*vitrine.Error](err)
			if test.code == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if !isRefused || refused.Code != test.code || !slices.Equal(refused.Messages, []string{test.message}) {
				t.Errorf("the error is %v, want %s: %s", err, test.code, test.message)
			}
		})
	}
}

func FuzzFrom(f *testing.F) {
	f.Add("ApiKey vtr_1")
	f.Add("  apikey\tvtr_1")
	f.Add("ApiKey ")
	f.Fuzz(func(t *testing.T, value string) {
		key, err := apikey.From(http.Header{"Authorization": {value}})
		if (err == nil) == (key == "") {
			t.Fatalf("key %q, error %v", key, err)
		}
		if key != strings.TrimSpace(key) || !strings.Contains(value, key) {
			t.Fatalf("key %q of %q", key, value)
		}
	})
}
