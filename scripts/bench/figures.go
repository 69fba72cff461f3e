package main

import (
	"fmt"
	"slices"
)

// figures are what one contender measured, one for each round, in order.
type figures []float64

// quantile gives the figure that a share q of them, 0 to 1, doesn't exceed,
// between two figures in proportion; 0 if there are none.
func (f figures) quantile(q float64) float64 {
	if len(f) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(f))
	at := q * float64(len(sorted)-1)
	below := int(at)
	if below == len(sorted)-1 {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

func (f figures) median() float64 { return f.quantile(0.5) }

// mean is their average, 0 for none.
func (f figures) mean() float64 {
	var sum float64
	for _, figure := range f {
		sum += figure
	}
	return sum / float64(max(len(f), 1))
}

// by divides each round's figure by another contender's of the same round: what
// the machine was busy with meanwhile, both had alike.
func (f figures) by(other figures) figures {
	ratios := make(figures, len(f))
	for i := range f {
		ratios[i] = f[i] / other[i]
	}
	return ratios
}

// text is the median and between which figures the rounds lay, in a form of
// fmt for one number.
func (f figures) text(form string) string {
	if len(f) == 1 {
		return fmt.Sprintf(form, f[0])
	}
	return fmt.Sprintf(form+" ("+form+"–"+form+")", f.median(), f.quantile(0), f.quantile(1))
}
