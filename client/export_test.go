package client

// WithRandom sets what the pauses are drawn from.
func WithRandom(random func() float64) Option { return func(c *Client) { c.random = random } }
