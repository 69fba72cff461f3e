package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// accountTable is the one table of the settings of an account.
func accountTable(s *vitrine.AccountSettings) []setting {
	return []setting{
		{"versions", "parameters of a URL that are versions, beside timestamp", emptiable(&s.Versions)},
		{"ignored", "parameters of a URL that are signatures and say nothing, X-Amz-* for all that begin so", emptiable(&s.Ignored)},
		{"revalidate", "ask origins again, each time a list comes, whether URLs without a version have changed", boolean(&s.Revalidate)},
		{"single-use", "URLs work once: one download, and no second try but by a retry call", boolean(&s.SingleUse)},
		{"user-agent", "how vitrine names itself to the account's origins; empty: as to all", headerText(&s.UserAgent)},
		{"refuse-erased", "refuse bytes that the account has had erased when it sends them again", boolean(&s.RefuseErased)},
	}
}

// emptiable is a list that may be set to nothing.
func emptiable(to *[]string) value {
	v := list(to)
	set := v.set
	v.set = func(text string) error {
		if text == "" {
			*to = nil
			return nil
		}
		return set(text)
	}
	return v
}

func accountsShow(ctx context.Context, p *program) error {
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		account, err := g.Account(ctx, p.settings.Account)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(p.stdout, 0, 4, 2, ' ', 0)
		for _, row := range accountTable(&account.Settings) {
			_, _ = fmt.Fprintf(table, "%s=%s\t%s\n", row.name, row.value.get(), row.help)
		}
		return table.Flush()
	})
}

// accountsSet changes the settings that are named, or none when one is wrong.
func accountsSet(ctx context.Context, p *program) error {
	if len(p.args) == 0 {
		return errors.New("name what to set, as accounts show lists it: accounts set versions=v,ts")
	}
	return withGallery(ctx, p, func(g *gallery.Gallery) error {
		account, err := g.Account(ctx, p.settings.Account)
		if err != nil {
			return err
		}
		table := accountTable(&account.Settings)
		var problems []error
		for _, arg := range p.args {
			problems = append(problems, setOne(table, arg))
		}
		if err := errors.Join(problems...); err != nil {
			return err
		}
		return g.SetAccount(ctx, p.settings.Account, account.Settings)
	})
}

func setOne(table []setting, arg string) error {
	name, text, ok := strings.Cut(arg, "=")
	for _, row := range table {
		if ok && row.name == name {
			if err := row.value.set(text); err != nil {
				return fmt.Errorf("%s: %q %w", name, text, err)
			}
			return nil
		}
	}
	return fmt.Errorf("%q is not NAME=VALUE of a setting that accounts show lists", arg)
}
