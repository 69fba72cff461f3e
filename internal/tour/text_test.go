package tour_test

import (
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/internal/tour"
)

func TestCharsets(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat(" ", 2000)
	for _, row := range []struct{ name, contentType, head, want string }{
		{"UTF-8", "text/html; charset=UTF-8", "<title>Küche</title>", "Küche"},
		{"UTF-8, with a mark", "text/html; charset=latin1", "\uFEFF<title>Küche</title>", "Küche"},
		{"UTF-8, in a <meta>", "text/html", "<meta charset=utf-8><title>Küche</title>", "Küche"},
		{"UTF-8, not declared", "text/html", "<title>Küche</title>", "Küche"},
		{"UTF-8, not declared, late", "text/html", pad + "<title>Küche</title>", "Küche"},
		{"UTF-8, not declared, cut", "text/html", pad + "<title>Küche</title><p>\xe2\x82", "Küche"},
		{"UTF-8, declared as Western", "text/html", "<meta charset=iso-8859-1>" + pad + "<title>Küche</title>", "Küche"},
		{"UTF-8 with broken bytes", "text/html; charset=utf-8", "<title>K\xfcche \xe2\x82</title>", "K\uFFFDche \uFFFD"},
		{"Western, by the header", "text/html; charset=iso-8859-1", "<title>K\xfcche \x80</title>", "Küche €"},
		{"Western, not declared", "text/html", "<title>K\xfcche</title>", "Küche"},
		{"Western, not declared, late", "text/html", pad + "<title>K\xfcche</title>", "Küche"},
		{"the header before the <meta>", "text/html; charset=windows-1251", "<meta charset=koi8-r><title>\xca\xe2\xe0\xf0\xf2\xe8\xf0\xe0</title>", "Квартира"},
		{"Cyrillic, by a <meta>", "text/html", `<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><title>` + "\xca\xe2\xe0\xf0\xf2\xe8\xf0\xe0</title>", "Квартира"},
		{"Japanese", "text/html; charset=Shift_JIS", "<title>\x95\x94\x89\xae</title>", "部屋"},
		{"UTF-16", "text/html", "\xff\xfe<\x00t\x00i\x00t\x00l\x00e\x00>\x00\xfc\x00<\x00/\x00t\x00i\x00t\x00l\x00e\x00>\x00<\x00", "ü"},
		{"one that nobody knows", "text/html; charset=klingon", "<title>Küche</title>", "Küche"},
		{"one that must not be used", "text/html; charset=hz-gb-2312", "<title>Kueche</title>", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, err := tour.Read("https://a.example/", headers("Content-Type", row.contentType), []byte(row.head))
			if err != nil {
				t.Fatal(err)
			}
			if got.Title != row.want {
				t.Errorf("title %q, want %q", got.Title, row.want)
			}
		})
	}
}
