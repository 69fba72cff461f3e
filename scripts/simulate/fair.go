package main

// The rule of package gallery: what an account sends beyond fairShare yields.
const (
	fairShare = 20 // media of an account on their way that don't yield
	yieldBy   = 2  // how much less urgent a task is that yields
)

// media is a photo or a video on its way.
type media struct {
	account  int
	priority int
	yields   bool
}

// backlog counts what each account has on its way.
type backlog struct {
	fair       bool // whether anything yields
	open       []int
	unyielding []int // of those
	deepest    int   // the most that one account had
}

func newBacklog(fair bool, accounts int) *backlog {
	return &backlog{fair: fair, open: make([]int, accounts), unyielding: make([]int, accounts)}
}

// admit counts a media, and says how urgent it is: only those that don't yield
// count towards the share.
func (b *backlog) admit(account, priority int) media {
	b.open[account]++
	b.deepest = max(b.deepest, b.open[account])
	if b.fair && b.unyielding[account] == fairShare {
		return media{account, priority + yieldBy, true}
	}
	b.unyielding[account]++
	return media{account, priority, false}
}

// leave counts a media that is done.
func (b *backlog) leave(m media) {
	b.open[m.account]--
	if !m.yields {
		b.unyielding[m.account]--
	}
}
