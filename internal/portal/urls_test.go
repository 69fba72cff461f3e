package portal

import (
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine"
)

// Of all addresses of originals, only those that were given out are good.
func FuzzOriginal(f *testing.F) {
	urls := URLs{Base: "https://pictures.example", Secret: []byte("secret")}
	given := map[string]bool{}
	for _, digit := range []string{"a", "0"} {
		digest := strings.Repeat(digit, 64)
		token := strings.TrimPrefix(urls.Original(&vitrine.Content{SHA256: digest}), urls.Base+"/o/")
		given[token] = true
		if got, ok := urls.verify(token); !ok || got != digest {
			f.Fatalf("%s was given out, and is refused", token)
		}
		for _, token := range []string{token, strings.ToUpper(token), token + ".", token[:len(token)-1], digest, digest + "."} {
			f.Add(token)
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		if digest, ok := urls.verify(token); ok && !given[token] {
			t.Errorf("%q is good for %s, and was not given out", token, digest)
		}
	})
}
