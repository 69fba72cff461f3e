package gallery

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// Of all URLs, only those that were given out are good.
func FuzzSignedURL(f *testing.F) {
	now := time.Unix(1_750_000_000, 0)
	g := New(Config{Secret: []byte("secret"), PublicURL: "https://vitrine.example", Now: func() time.Time { return now }})
	given := map[string]bool{}
	for _, s := range []signedUpload{
		{UUID: "0198b4e2-5b7e-7c8e-9d8e-0123456789ab", ContentType: "image/jpeg", Size: 12345, Expires: now.Add(30 * time.Minute)},
		{UUID: "0198b4e2-5b7e-7c8e-9d8e-0123456789ac", ContentType: "video/mp4", Expires: now.Add(time.Minute)},
	} {
		signed := strings.TrimPrefix(g.signedURL(s), "https://vitrine.example"+UploadPath)
		given[signed] = true
		uuid, query, _ := strings.Cut(signed, "?")
		f.Add(uuid, query)
		f.Add(uuid, query+"&x=1")
		f.Add(uuid, strings.Replace(query, "size=", "size=%2B", 1))
		f.Add(uuid, strings.Replace(query, "type=", "type=a&type=", 1))
		f.Add("\n"+uuid, query)
		f.Add(strings.ToUpper(uuid), query)
	}
	for signed := range given {
		uuid, text, _ := strings.Cut(signed, "?")
		query, err := url.ParseQuery(text)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := g.verify(uuid, query); err != nil {
			f.Fatalf("%s was given out, and is refused: %v", signed, err)
		}
	}
	f.Fuzz(func(t *testing.T, uuid, text string) {
		query, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		if _, err := g.verify(uuid, query); err == nil && !given[uuid+"?"+query.Encode()] {
			t.Errorf("%q?%q is good, and was not given out", uuid, text)
		}
	})
}
