package dashboard

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vitrine-media/vitrine"
)

// Every text is there in every language, with the same places to be filled in.
func TestWords(t *testing.T) {
	t.Parallel()
	first := reflect.ValueOf(*languages[0])
	for _, w := range languages {
		v := reflect.ValueOf(*w)
		for i := range v.NumField() {
			name, text := v.Type().Field(i).Name, v.Field(i).String()
			if text == "" {
				t.Errorf("%s: there is no %s", w.Lang, name)
			}
			for _, verb := range []string{"%d", "%s", "%.1f"} {
				if strings.Count(text, verb) != strings.Count(first.Field(i).String(), verb) {
					t.Errorf("%s: %s is %q, which has other places than in %s", w.Lang, name, text, languages[0].Lang)
				}
			}
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 s", 119 * time.Second: "119 s", 2 * time.Minute: "2 min", 119 * time.Minute: "119 min", 2 * time.Hour: "2 h", 47 * time.Hour: "47 h", 50 * time.Hour: "2 days",
	} {
		if got := english.span(d); got != want {
			t.Errorf("the span of %v is %q, want %q", d, got, want)
		}
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	for to, want := range map[string]string{
		"/webhooks/3?before=9":       "/webhooks/3?before=9",
		"":                           "/listings",
		"https://evil.example/":      "/listings",
		"//evil.example/":            "/listings",
		`/\evil.example/`:            "/listings",
		"javascript:alert(1)":        "/listings",
		"listings":                   "/listings",
		"/listings\r\nSet-Cookie: x": "/listings",
	} {
		if got := local(to); got != want {
			t.Errorf("local(%q) is %q, want %q", to, got, want)
		}
	}
}

// What a check warns of reads in English as the APIs have it, and is there in every
// language.
func TestCheckWords(t *testing.T) {
	t.Parallel()
	for _, rule := range vitrine.CheckTable {
		for _, w := range languages {
			message, remedy := w.check(rule.Code)
			if message == string(rule.Code) || remedy == "" {
				t.Errorf("%s: there are no words for %s", w.Lang, rule.Code)
			}
			if w.Lang == "en" && (message != rule.Message || remedy != rule.Remedy) {
				t.Errorf("%s: %q %q, want %q %q", rule.Code, message, remedy, rule.Message, rule.Remedy)
			}
		}
	}
}
