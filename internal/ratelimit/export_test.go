package ratelimit

// Windows is how many windows are remembered.
func (l *Limiter) Windows() int { return len(l.windows) }
