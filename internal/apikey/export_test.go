package apikey

// KeyOf is what signs the tokens, for tests that sign wrong ones.
func KeyOf(t *Tokens) []byte { return t.key }
