package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// What vitrine is to reach, see the report.
const (
	limitGoal    = 0.9 // of the limit's photos a second
	imgproxyGoal = 2.5 // times vitrine's CPU time
	sharpGoal    = 1.8
)

// mainJob is what was measured of the contenders, in their order.
type mainJob struct {
	contenders contenders
	seconds    []figures // for all photos
	cpu        []figures // seconds for a photo
	peak       []held
	bytes      []int64   // of all variants of all photos
	quality    []quality // none for a contender that isn't judged
	photos     int
	distinct   int // photos of the corpus among them
}

// measureMainJob compares what this is all for: the photos of a listing, from
// its PUT to its publication.
func measureMainJob(ctx context.Context, l *lab) (f *finding, err error) {
	usual, err := l.usual()
	if err != nil {
		return nil, err
	}
	part, err := l.corpus("photos", listingPhotos)
	if err != nil {
		return nil, err
	}
	starters, leftOut := mainStarters(part)
	all, err := startAll(ctx, part, starters)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, all.stop()) }()
	m := &mainJob{
		contenders: all, photos: listingPhotos, distinct: min(len(usual), listingPhotos), seconds: make([]figures, len(all)), cpu: make([]figures, len(all)),
		peak: make([]held, len(all)), bytes: make([]int64, len(all)), quality: make([]quality, len(all)),
	}
	if err := part.inTurns(ctx, all.names(), func(ctx context.Context, round, contender int) error { return m.turn(ctx, part, round, contender) }); err != nil {
		return nil, err
	}
	if err := m.judge(ctx, part); err != nil {
		return nil, err
	}
	return m.finding(leftOut), nil
}

// mainStarters are the contenders that can be had, and the names of the others.
func mainStarters(l *lab) (starters []starter, leftOut []string) {
	starters = []starter{startVitrine("mainjob"), startLimit, startLibvips}
	if l.sharp {
		starters = append(starters, startSharp(sharpOnceName, "once", peersAtOnce), startSharp(sharpThriceName, "thrice", peersAtOnce))
	} else {
		leftOut = append(leftOut, "sharp (Node.js 20.9 or later)")
	}
	if l.imgproxy == "" {
		leftOut = append(leftOut, "imgproxy (-imgproxy PROGRAM)")
	} else {
		starters = append(starters, startImgproxy(imgproxyName, peersAtOnce), startImgproxy(imgproxyFastName, peersAtOnce, "IMGPROXY_WEBP_EFFORT=2"))
	}
	if l.imagor == "" {
		leftOut = append(leftOut, "imagor (-imagor PROGRAM)")
	} else {
		starters = append(starters, startImagor(peersAtOnce))
	}
	return starters, leftOut
}

// turn is a contender's in a round. The one that isn't counted is for what a
// look at would slow down: memory, and the variants themselves.
func (m *mainJob) turn(ctx context.Context, l *lab, round, contender int) (err error) {
	c := m.contenders[contender]
	to, err := l.folder(fmt.Sprintf("variants-%d", contender))
	if err != nil {
		return err
	}
	if round < 0 {
		if m.peak[contender], err = c.keep(ctx, to); err != nil {
			return err
		}
		m.bytes[contender], err = variantBytes(to, m.photos)
		return err
	}
	wall, cpu, err := c.once(ctx, to)
	m.seconds[contender] = append(m.seconds[contender], wall.Seconds())
	m.cpu[contender] = append(m.cpu[contender], cpu.Seconds()/float64(m.photos))
	return err
}

// judge judges whoever can be.
func (m *mainJob) judge(ctx context.Context, l *lab) error {
	l.progress("judge the pictures")
	var folders []string
	var of []int
	for i, c := range m.contenders {
		if !c.lying {
			folders, of = append(folders, filepath.Join(l.dir, fmt.Sprintf("variants-%d", i))), append(of, i)
		}
	}
	judged, err := l.judge(ctx, folders, m.distinct)
	if err != nil {
		return err
	}
	for i, contender := range of {
		m.quality[contender] = judged[i]
	}
	return nil
}

// rates are the photos a second of a contender.
func (m *mainJob) rates(contender int) figures {
	rates := make(figures, len(m.seconds[contender]))
	for i, seconds := range m.seconds[contender] {
		rates[i] = float64(m.photos) / seconds
	}
	return rates
}

func (m *mainJob) finding(leftOut []string) *finding {
	limit := m.contenders.find(limitName)
	costs := table{head: []string{"", "photos/s", "CPU s/photo", "× the limit's CPU", "peak memory, MB (RSS)", "KB/photo", "SSIM, mean (worst)", "Butteraugli, mean (worst)"}}
	speed := chart{name: "photos", title: "The main job: photos a second", unit: "photos/s, more is better"}
	cpu := chart{name: "cpu", title: "The main job: CPU time of a photo", unit: "s, less is better"}
	for i, c := range m.contenders {
		ssim, butteraugli := "–", "–"
		if q := m.quality[i]; len(q.ssim) > 0 {
			ssim = fmt.Sprintf("%.4f (%.4f)", q.ssim.mean(), q.ssim.quantile(0))
			butteraugli = fmt.Sprintf("%.3f (%.3f)", q.butteraugli.mean(), q.butteraugli.quantile(1))
		}
		costs.rows = append(costs.rows, []string{
			c.name, m.rates(i).text("%.1f"), m.cpu[i].text("%.3f"), m.cpu[i].by(m.cpu[limit]).text("%.2f"), fmt.Sprintf("%d (%d)", m.peak[i].once/1e6, m.peak[i].rss/1e6),
			fmt.Sprint(m.bytes[i] / int64(m.photos) / 1000), ssim, butteraugli,
		})
		speed.bars = append(speed.bars, bar{name: c.name, figures: m.rates(i), ours: c.ours})
		cpu.bars = append(cpu.bars, bar{name: c.name, figures: m.cpu[i], ours: c.ours})
	}
	f := &finding{how: fmt.Sprintf(mainJobHow, m.photos, m.distinct, runtime.NumCPU(), peersAtOnce), tables: []table{m.goals(), costs}, charts: []chart{speed, cpu}}
	if len(leftOut) > 0 {
		f.after = fmt.Sprintf("Not measured, since it wasn't to be had: %s.", strings.Join(leftOut, ", "))
	}
	return f
}

// mainJobHow is what the report says about the section.
const mainJobHow = `%d JPEGs (%d different ones) into WebP of 1024, 512 and 128 px, quality 80, by everybody.
vitrine is the whole server with its defaults, SQLite, a folder, and children that are locked in: from a PUT with URLs of an origin on loopback until
the listing is published, as the account's feed tells it; bytes are new in each round, and the origin's CPU time isn't counted, nor is that of whoever asks. The limit is
scripts/bench/limit: libjpeg scaled to raw planes, Lanczos, libwebp of effort 2 and a hash, with %d threads, files that it finds on the disk, and no server;
bare libvips is Debian's in its place.
sharp 0.35 is a process of its own, imgproxy and imagor are servers; they find the photos on the disk, %[4]d at a time, with their default effort 4 but where
another is named, and make each variant for a request, as they are made to do. CPU time is that of a process and all its descendants, without its start.
Memory was measured in a round of its own: what a process and its descendants hold, with
libraries and other pages that they share counted once, and in brackets the sum of their resident sets, where those count for each. Quality is that of the 1024 px variants beside the whole photo shrunk by Lanczos at full precision: SSIM of brightness (1 is
the same), and Butteraugli's 3-norm (0 is the same); the limit turns no photo upright, so it isn't judged.`

// goals is the table of what vitrine is to reach.
func (m *mainJob) goals() table {
	t := table{head: []string{"goal", "figure", ""}}
	vitrine, limit := m.contenders.find(vitrineName), m.contenders.find(limitName)
	share := m.seconds[limit].by(m.seconds[vitrine])
	t.rows = append(t.rows, []string{fmt.Sprintf("photos a second: ≥ %.0f%% of the limit's", 100*limitGoal), share.text("%.2f"), met(share.median() >= limitGoal)})
	for _, peer := range []struct {
		name string
		goal float64
	}{{imgproxyName, imgproxyGoal}, {sharpOnceName, sharpGoal}} {
		i := m.contenders.find(peer.name)
		if i < 0 {
			continue
		}
		times := m.cpu[i].by(m.cpu[vitrine])
		t.rows = append(t.rows, []string{fmt.Sprintf("CPU time: ≤ 1/%v of that of %s", peer.goal, peer.name), "1/" + times.text("%.2f"), met(times.median() >= peer.goal)})
		ours, theirs := m.quality[vitrine].ssim.mean(), m.quality[i].ssim.mean()
		t.rows = append(t.rows, []string{"quality: SSIM not below that of " + peer.name, fmt.Sprintf("%.4f, theirs %.4f", ours, theirs), met(ours >= theirs)})
		ours, theirs = m.quality[vitrine].butteraugli.mean(), m.quality[i].butteraugli.mean()
		t.rows = append(t.rows, []string{"quality: Butteraugli not above that of " + peer.name, fmt.Sprintf("%.3f, theirs %.3f", ours, theirs), met(ours <= theirs)})
	}
	return t
}
