package portal

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// advert is the text at the head of the page, from the advert's own fields
// (Listings API 4.1). A field that isn't there, or isn't what the contract
// says, is "": the fields are kept as they came and nobody checked them.
type advert struct {
	Title       string // the address
	Price       string
	Description string
}

// readAdvert picks the page's text out of a listing's fields.
func readAdvert(formData []byte) advert {
	var fields map[string]json.RawMessage
	if json.Unmarshal(formData, &fields) != nil {
		fields = nil // a listing without fields
	}
	text := func(name string) string {
		var s string
		if json.Unmarshal(fields[name], &s) != nil {
			return ""
		}
		return strings.TrimSpace(s)
	}
	a := advert{Title: text("propertyAddress"), Description: text("announcementDescription")}
	if a.Title == "" {
		a.Title = "Photo gallery"
	}
	// A number, or a number in quotes: encoding/json takes both for a Number.
	var value json.Number
	if json.Unmarshal(fields["announcementValue"], &value) == nil {
		a.Price = price(value.String(), text("announcementCurrency"))
	}
	return a
}

// price writes an amount with its thousands apart, which people of any country
// can read: "€ 125 000", "125 000 MDL". The gaps are narrow and never break.
func price(value, currency string) string {
	amount, err := strconv.ParseFloat(value, 64)
	if err != nil || amount <= 0 || math.IsInf(amount, 0) {
		return ""
	}
	const gap = "\u202f"
	digits := strconv.FormatFloat(amount, 'f', -1, 64)
	whole, cents, hasCents := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + gap + whole[i:]
	}
	if hasCents {
		whole += "." + cents
	}
	switch currency {
	case "EUR":
		return "€" + gap + whole
	case "USD":
		return "$" + gap + whole
	case "":
		return whole
	}
	return whole + gap + currency
}
