package badorigin

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"

	"github.com/vitrine-media/vitrine"
)

//go:embed index.html
var files embed.FS

// row is a line of the list of patterns.
type row struct {
	Pattern
	Comes string // of the example
}

// outcome is what comes of an example, for a person.
func (p Pattern) outcome() string {
	if p.Failure == "" {
		return "a photo"
	}
	return string(p.Failure) + ": " + vitrine.RuleOf(p.Failure).Message
}

// index lists the patterns.
func (o *Origin) index(w http.ResponseWriter, _ *http.Request) {
	rows := make([]row, len(patterns))
	for i, p := range patterns {
		rows[i] = row{p, p.outcome()}
	}
	page := template.Must(template.ParseFS(files, "index.html"))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, rows) // only the connection can fail
}

// sent are the photos of the listing that the origin offers: two without a
// fault, and an example of each failure. They are within the limits of a listing.
func sent(host string) (urls []string) {
	begin := "http://" + host
	urls = append(urls, begin+"/kitchen.jpg", begin+"/hall.png")
	told := map[vitrine.FailureCode]bool{}
	for _, p := range patterns {
		if !told[p.Failure] {
			told[p.Failure] = true
			dir, _, _ := strings.Cut(p.Example, "/photo.")
			name := strings.ReplaceAll(strings.TrimPrefix(dir, "/"), "/", "-") // which tells them apart in a report
			urls = append(urls, begin+strings.Replace(p.Example, "/photo.", "/"+name+".", 1))
		}
	}
	return urls
}

// listing is a body of PUT /listings.
func (o *Origin) listing(w http.ResponseWriter, r *http.Request) {
	type file struct {
		URL string `json:"url"`
	}
	body := struct {
		ExternalID string `json:"externalId"`
		Status     string `json:"announcementStatus"`
		Files      []file `json:"files"`
	}{"misbehaving", string(vitrine.StatusActive), nil}
	for _, u := range sent(r.Host) {
		body.Files = append(body.Files, file{u})
	}
	writeJSON(w, body)
}

// classified is a body of POST /classifieds.
func (o *Origin) classified(w http.ResponseWriter, r *http.Request) {
	type media struct {
		URL  string            `json:"url"`
		Type vitrine.MediaType `json:"mediaType"`
	}
	body := struct {
		Portals []string       `json:"portals"`
		Data    map[string]any `json:"data"`
		Media   []media        `json:"media"`
	}{[]string{"SL"}, map[string]any{}, nil}
	for _, u := range sent(r.Host) {
		body.Media = append(body.Media, media{u, vitrine.Picture})
	}
	writeJSON(w, body)
}

func writeJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(body) // only the connection can fail
}
