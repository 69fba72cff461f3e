package imaging

import "testing"

func TestRecipeID(t *testing.T) {
	t.Parallel()
	// The address of every variant there is: it must never change by accident.
	if got := DefaultRecipe().ID(); got != "fe458ac3" {
		t.Errorf("got %s", got)
	}
	seen := map[string]bool{}
	for _, r := range []Recipe{
		DefaultRecipe(),
		{Sizes: []int{128, 512}, Quality: 80, Effort: 2},
		{Sizes: []int{128, 512, 1024}, Quality: 81, Effort: 2},
		{Sizes: []int{128, 512, 1024}, Quality: 80, Effort: 4},
	} {
		seen[r.ID()] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d ids for 4 recipes", len(seen))
	}
}
