package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting is one row of the settings table.
type setting struct {
	name  string
	help  string
	value value
}

// value is where a setting is kept: set parses and checks, get formats.
type value struct {
	set  func(string) error
	get  func() string
	bare bool // a flag without a value is "true"
}

// env is the name of the setting in the environment.
func (s setting) env() string {
	return "VITRINE_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

func (s setting) defaultText() string {
	if text := s.value.get(); text != "" {
		return text
	}
	return "empty"
}

// parseSettings reads the environment, then the flags, which win. It gives the
// words that are no flags, and every problem that there is.
func parseSettings(args, environ []string) (s settings, words []string, problems []string) {
	s = defaultSettings()
	s.from = map[string]string{}
	table := s.table()
	find := func(match func(setting) bool) *setting {
		if i := slices.IndexFunc(table, match); i >= 0 {
			return &table[i]
		}
		return nil
	}
	set := func(row *setting, name, text string) {
		if row == nil {
			problems = append(problems, "unknown setting "+name)
		} else if err := row.value.set(text); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %q %v", name, withoutPassword(text), err))
		} else {
			s.from[row.name] = name
		}
	}

	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		// The command line's own two variables are not ours to complain of.
		if strings.HasPrefix(name, "VITRINE_") && name != "VITRINE_SERVER" && name != "VITRINE_KEY" {
			set(find(func(row setting) bool { return row.env() == name }), name, text)
		}
	}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if !strings.HasPrefix(arg, "-") {
			words = append(words, arg)
			continue
		}
		name, text, hasText := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		row := find(func(row setting) bool { return row.name == name })
		if !hasText && row != nil && row.value.bare && !isBool(args) {
			text, hasText = "true", true
		}
		if !hasText && len(args) > 0 && !strings.HasPrefix(args[0], "--") {
			text, args, hasText = args[0], args[1:], true
		}
		if row != nil && !hasText {
			problems = append(problems, "--"+name+" needs a value")
			continue
		}
		set(row, "--"+name, text)
	}
	return s, words, append(problems, s.check()...)
}

// isBool reports whether the first of args is the value of a boolean.
func isBool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	_, err := strconv.ParseBool(args[0])
	return err == nil
}

// withoutPassword is a value as it may be shown.
func withoutPassword(text string) string {
	if u, err := url.Parse(text); err == nil && u.User != nil {
		return u.Redacted()
	}
	return text
}

func text(to *string) value {
	return value{
		set: func(text string) error { *to = text; return nil },
		get: func() string { return *to },
	}
}

// needed may not be empty.
func needed(to *string) value {
	v := text(to)
	v.set = func(text string) error {
		if text == "" {
			return errors.New("is empty")
		}
		*to = text
		return nil
	}
	return v
}

// schemed is a URL of one of these kinds, or empty.
func schemed(to *string, schemes ...string) value {
	v := text(to)
	v.set = func(text string) error {
		if scheme, _, ok := strings.Cut(text, "://"); text != "" && (!ok || !slices.Contains(schemes, scheme)) {
			return fmt.Errorf("does not begin with %s://", strings.Join(schemes, ":// or "))
		}
		*to = text
		return nil
	}
	return v
}

func oneOf(to *string, choices ...string) value {
	v := text(to)
	v.set = func(text string) error {
		if !slices.Contains(choices, text) {
			return fmt.Errorf("is none of %s", strings.Join(choices, ", "))
		}
		*to = text
		return nil
	}
	return v
}

func hostPort(to *string) value {
	v := text(to)
	v.set = func(text string) error {
		if _, port, err := net.SplitHostPort(text); err != nil || port == "" {
			return fmt.Errorf("is not HOST:PORT")
		}
		*to = text
		return nil
	}
	return v
}

// hostPortOrNone is an address or empty.
func hostPortOrNone(to *string) value {
	v := hostPort(to)
	set := v.set
	v.set = func(text string) error {
		if text == "" {
			*to = ""
			return nil
		}
		return set(text)
	}
	return v
}

func baseURL(to *string) value {
	v := text(to)
	v.set = func(text string) error {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.RawQuery != "" || (u.Scheme != "http" && u.Scheme != "https") {
			return fmt.Errorf("is not an http or https address")
		}
		*to = strings.TrimRight(text, "/")
		return nil
	}
	return v
}

func words(to *[]string) value {
	return value{
		set: func(text string) error {
			*to = append(*to, strings.Split(text, ",")...)
			return nil
		},
		get: func() string { return strings.Join(*to, ",") },
	}
}

// prefixes may be given more than once.
func prefixes(to *[]netip.Prefix) value {
	return value{
		set: func(text string) error {
			for part := range strings.SplitSeq(text, ",") {
				prefix, err := netip.ParsePrefix(strings.TrimSpace(part))
				if err != nil {
					return fmt.Errorf("is not a network such as 10.0.0.0/8")
				}
				*to = append(*to, prefix)
			}
			return nil
		},
		get: func() string {
			texts := make([]string, len(*to))
			for i, prefix := range *to {
				texts[i] = prefix.String()
			}
			return strings.Join(texts, ",")
		},
	}
}

func number[T int | int64](to *T, least T) value {
	return value{
		set: func(text string) error {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || T(n) < least {
				return fmt.Errorf("is not a whole number of at least %d", least)
			}
			*to = T(n)
			return nil
		},
		get: func() string { return strconv.FormatInt(int64(*to), 10) },
	}
}

// numbers is an ascending list.
func numbers(to *[]int) value {
	return value{
		set: func(text string) error {
			var list []int
			for part := range strings.SplitSeq(text, ",") {
				n, err := strconv.Atoi(strings.TrimSpace(part))
				if err != nil || n < 1 || len(list) > 0 && n <= list[len(list)-1] {
					return fmt.Errorf("is not a list of rising numbers such as 128,512,1024")
				}
				list = append(list, n)
			}
			*to = list
			return nil
		},
		get: func() string {
			texts := make([]string, len(*to))
			for i, n := range *to {
				texts[i] = strconv.Itoa(n)
			}
			return strings.Join(texts, ",")
		},
	}
}

func duration(to *time.Duration) value {
	return value{
		set: func(text string) error {
			d, err := time.ParseDuration(text)
			if err != nil || d <= 0 {
				return fmt.Errorf("is not a time such as 30s or 5m")
			}
			*to = d
			return nil
		},
		get: func() string { return to.String() },
	}
}

// durationOrNone is a duration that may be 0.
func durationOrNone(to *time.Duration) value {
	v := duration(to)
	set := v.set
	v.set = func(text string) error {
		if d, err := time.ParseDuration(text); err == nil && d == 0 {
			*to = 0
			return nil
		}
		return set(text)
	}
	return v
}

// timeOfDay is how long after midnight; "never" is negative.
func timeOfDay(to *time.Duration) value {
	const layout = "15:04"
	return value{
		set: func(text string) error {
			if text == "never" {
				*to = -1
				return nil
			}
			t, err := time.Parse(layout, text)
			if err != nil {
				return errors.New("is neither a time such as 03:00 nor never")
			}
			*to = time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute
			return nil
		},
		get: func() string {
			if *to < 0 {
				return "never"
			}
			return time.Time{}.Add(*to).Format(layout)
		},
	}
}

func boolean(to *bool) value {
	return value{
		set: func(text string) error {
			b, err := strconv.ParseBool(text)
			if err != nil {
				return fmt.Errorf("is neither true nor false")
			}
			*to = b
			return nil
		},
		get:  func() string { return strconv.FormatBool(*to) },
		bare: true,
	}
}

// list takes the place of what there was.
func list(to *[]string) value {
	v := words(to)
	v.set = func(text string) error {
		*to = strings.Split(text, ",")
		if slices.Contains(*to, "") {
			return errors.New("has an empty entry")
		}
		return nil
	}
	return v
}

// oneOfEach is a list of some of these choices.
func oneOfEach(to *[]string, choices ...string) value {
	v := list(to)
	v.set = func(text string) error {
		*to = strings.Split(text, ",")
		for i, word := range *to {
			if !slices.Contains(choices, word) {
				return fmt.Errorf("holds none of %s", strings.Join(choices, ", "))
			}
			if slices.Contains((*to)[:i], word) {
				return fmt.Errorf("has %s twice", word)
			}
		}
		return nil
	}
	return v
}

// headerText can be sent as an HTTP header.
func headerText(to *string) value {
	v := text(to)
	v.set = func(text string) error {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
			return errors.New("is not one line of ASCII")
		}
		*to = text
		return nil
	}
	return v
}
