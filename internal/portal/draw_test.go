package portal

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRows(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		ratios []float64
		want   []int
	}{
		"none":                  {nil, nil},
		"one":                   {[]float64{1.5}, []int{1}},
		"two landscapes":        {[]float64{1.5, 1.5}, []int{2}},
		"seven landscapes":      {[]float64{1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5}, []int{3, 2, 2}},
		"portraits stand close": {[]float64{.67, .67, .67, .67, .67}, []int{5}},
		"a panorama stands alone": {
			[]float64{1.5, 1.5, 4, 1.5, 1.5}, []int{2, 1, 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(row.want, rows(row.ratios)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Of whatever shapes: every picture stands in one row, and no row is a giant
// unless there is nothing to put beside it.
func TestRowsHoldAll(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		ratios := make([]float64, random.IntN(100))
		for i := range ratios {
			ratios[i] = minRatio + random.Float64()*(maxRatio-minRatio)
		}
		next := 0
		for _, n := range rows(ratios) {
			sum := 0.0
			for _, ratio := range ratios[next : next+n] {
				sum += ratio
			}
			if n < 1 || sum > 2*maxRatio || sum < 1.4 && len(ratios) > 3 {
				t.Fatalf("a row of %d has the ratio %.2f, in %v", n, sum, ratios)
			}
			next += n
		}
		if next != len(ratios) {
			t.Fatalf("%d of %d pictures stand in rows", next, len(ratios))
		}
	}
}

func TestPrice(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ value, currency, want string }{
		{"125000", "EUR", "€ 125 000"},
		{"1250000.5", "USD", "$ 1 250 000.5"},
		{"999", "MDL", "999 MDL"},
		{"1e6", "", "1 000 000"},
		{"0", "EUR", ""},
		{"-5", "EUR", ""},
		{"1e999", "EUR", ""},
		{"", "EUR", ""},
	} {
		want := strings.ReplaceAll(row.want, " ", "\u202f")
		if got := price(row.value, row.currency); got != want {
			t.Errorf("%q %q: got %q, want %q", row.value, row.currency, got, want)
		}
	}
}

// The fields of an advert are whatever its sender sent.
func TestReadAdvert(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]advert{
		``:       {Title: "Photo gallery"},
		`null`:   {Title: "Photo gallery"},
		`[1, 2]`: {Title: "Photo gallery"},
		`{"propertyAddress":{"street":"x"},"announcementValue":[],"announcementDescription":7}`: {Title: "Photo gallery"},
		`{"propertyAddress":" 12 Linden Street ","announcementValue":"950","announcementCurrency":"EUR","announcementDescription":"Quiet."}`: {
			Title: "12 Linden Street", Price: "€\u202f950", Description: "Quiet."},
	} {
		if diff := cmp.Diff(want, readAdvert([]byte(fields))); diff != "" {
			t.Errorf("%s\n%s", fields, diff)
		}
	}
}

// What goes into the style sheet is not escaped again: nothing but a colour and
// a picture that was drawn here may get there.
func TestBackground(t *testing.T) {
	t.Parallel()
	const hash = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
	raw, err := base64.StdEncoding.DecodeString(hash)
	if err != nil {
		t.Fatal(err)
	}
	raw[2] |= 0x80
	transparent := base64.StdEncoding.EncodeToString(raw)

	for _, row := range []struct{ color, hash, want string }{
		{"#a0b1c2", "", "background-color:#a0b1c2"},
		{"#a0b1c2", "not base64", "background-color:#a0b1c2"},
		{"#a0b1c2", "1Qc=", "background-color:#a0b1c2"},
		{"red}*{color:red", "", ""},
		{"#12345g", "", ""},
		{"", "", ""},
		{"#a0b1c2", transparent, "background-color:#fff"},
	} {
		if got := background(row.color, row.hash); got != row.want {
			t.Errorf("%q %q: got %q, want %q", row.color, row.hash, got, row.want)
		}
	}
	got := background("#a0b1c2", hash)
	if !strings.HasPrefix(got, "background-color:#a0b1c2;background-image:url(data:image/png;base64,") || len(got) > 1200 {
		t.Errorf("got %s", got)
	}
}
