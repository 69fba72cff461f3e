package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
)

const (
	memoryGoal    = 250 // MB
	memoryWorkers = 2
	// memorySpans is how many batches a contender gets in each round: what grows
	// from one to the next would go on growing.
	memorySpans = 2
)

// memoryMegapixels are the sizes of the photos of a batch.
var memoryMegapixels = []int{24, 24, 36, 48}

// memory is what was measured of the contenders, in their order.
type memory struct {
	contenders contenders
	peaks, rss []figures // MB at the peak; with what processes share counted once, and for each
	after      []figures // MB that each batch left, in their order
}

// measureMemory compares what large photos take, two at a time.
func measureMemory(ctx context.Context, l *lab) (f *finding, err error) {
	part, err := l.enlarged(ctx, memoryMegapixels)
	if err != nil {
		return nil, err
	}
	starters := []starter{startVitrine("memory", "--optimise-workers", strconv.Itoa(memoryWorkers))}
	if l.sharp {
		starters = append(starters, startSharp(sharpOnceName, "once", memoryWorkers))
	}
	if l.imgproxy != "" {
		starters = append(starters, startImgproxy(imgproxyName, memoryWorkers, "IMGPROXY_WORKERS="+strconv.Itoa(memoryWorkers)))
	}
	if l.imagor != "" {
		starters = append(starters, startImagor(memoryWorkers))
	}
	all, err := startAll(ctx, part, starters)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, all.stop()) }()
	m := &memory{contenders: all, peaks: make([]figures, len(all)), rss: make([]figures, len(all)), after: make([]figures, len(all))}
	if err := part.inTurns(ctx, all.names(), func(ctx context.Context, round, contender int) error { return m.turn(ctx, part, round, contender) }); err != nil {
		return nil, err
	}
	return m.finding(), nil
}

// turn is a contender's in a round; the uncounted one warms up.
func (m *memory) turn(ctx context.Context, l *lab, round, contender int) error {
	c := m.contenders[contender]
	to, err := l.folder(fmt.Sprintf("large-%d", contender))
	if err != nil {
		return err
	}
	var highest held
	for range memorySpans {
		most, err := c.keep(ctx, to)
		if err != nil {
			return err
		}
		highest = held{once: max(highest.once, most.once), rss: max(highest.rss, most.rss)}
		now, err := heldBy(c.pid)
		if err != nil {
			return err
		}
		if round >= 0 {
			m.after[contender] = append(m.after[contender], float64(now.once)/1e6)
		}
	}
	if round >= 0 {
		m.peaks[contender] = append(m.peaks[contender], float64(highest.once)/1e6)
		m.rss[contender] = append(m.rss[contender], float64(highest.rss)/1e6)
	}
	return nil
}

func (m *memory) finding() *finding {
	batches := len(m.after[0])
	all := table{head: []string{"", "peak, MB", "peak, sum of RSS, MB", "after the first batch, MB", fmt.Sprintf("after batch %d, MB", batches), "growth in the second half, %"}}
	peaks := chart{name: "memory", title: "Memory: peak of large photos, two at a time", unit: "MB of all processes, less is better"}
	course := chart{name: "memory-course", title: "Memory: what each batch leaves", unit: "MB of all processes", across: "batches"}
	for i, c := range m.contenders {
		after := m.after[i]
		all.rows = append(all.rows, []string{c.name, m.peaks[i].text("%.0f"), m.rss[i].text("%.0f"), fmt.Sprintf("%.0f", after[0]), fmt.Sprintf("%.0f", after[batches-1]), fmt.Sprintf("%+.0f", after.growth())})
		peaks.bars = append(peaks.bars, bar{name: c.name, figures: m.peaks[i], ours: c.ours})
		line := curve{name: c.name, ours: c.ours}
		for batch, megabytes := range after {
			line.points = append(line.points, point{at: float64(batch + 1), figures: figures{megabytes}})
		}
		course.curves = append(course.curves, line)
	}
	ours := m.contenders.find(vitrineName)
	peak, growth := m.peaks[ours].median(), m.after[ours].growth()
	goals := table{head: []string{"goal", "figure", ""}, rows: [][]string{
		{fmt.Sprintf("peak of server and children: ≤ %d MB", memoryGoal), fmt.Sprintf("%.0f MB", peak), met(peak <= memoryGoal)},
		{"flat: no more than 5% of growth in the second half of the batches", fmt.Sprintf("%+.1f%%", growth), met(growth <= 5)},
	}}
	for i, c := range m.contenders {
		if i != ours {
			theirs := m.peaks[i].median()
			goals.rows = append(goals.rows, []string{"not more than " + c.name, fmt.Sprintf("%.0f MB, theirs %.0f MB", peak, theirs), met(peak <= theirs)})
		}
	}
	return &finding{how: fmt.Sprintf(memoryHow, memoryMegapixels, memoryWorkers, batches, runtime.NumCPU(), peakPause), tables: []table{goals, all}, charts: []chart{peaks, course}}
}

// memoryHow is what the report says about the section.
const memoryHow = `Batches of JPEGs of %v megapixels, enlarged from the corpus, into the variants of the main job, %d at a time by everybody: vitrine with as
many workers, imgproxy and imagor with as many requests, sharp with as many photos. %d batches for each, on %d cores. What a server and
all its children hold, looked at every %v: libraries and other pages that they share are counted once, as they take memory once. The sum of the
resident sets counts them for each process.`

// growth tells by how many percent the median of the second half is above that
// of the half before it.
func (f figures) growth() float64 {
	half := len(f) / 2
	return 100 * (f[half:].median()/f[:half].median() - 1)
}
