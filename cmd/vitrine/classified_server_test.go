package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

const classifiedsPath = "/caas/v4/"

// fakeClassifieds are the classifieds of a fakeServer. Each settles at the third
// look at its statuses; its media whose URLs say "broken" fail, and a virtual tour
// whose URL says "titled" has a title.
type fakeClassifieds []*fakeClassified

type fakeClassified struct {
	id       string
	estate   string
	revision int64
	looks    int
	media    []client.MediaSource
}

func (s *fakeServer) serveClassifieds(api *http.ServeMux) {
	const one = classifiedsPath + "classifieds/{id}"
	api.HandleFunc("POST "+classifiedsPath+"classifieds", s.putClassified)
	api.HandleFunc("PUT "+one, s.putClassified)
	api.HandleFunc("GET "+one+"/statuses", s.classifiedStatuses)
	api.HandleFunc("GET "+one+"/media", s.classifiedMedia)
	api.HandleFunc("POST "+one+"/media/{media}/retry", s.retryClassifiedMedia)
}

// refuseProblem answers as the Classifieds API refuses.
func refuseProblem(w http.ResponseWriter, status int, code, title, detail string, broken ...string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	errors := []any{}
	for _, name := range broken {
		errors = append(errors, map[string]string{"name": name, "reason": "must not be blank"})
	}
	answer(w, map[string]any{"type": "urn:vitrine:problem:" + code, "title": title, "detail": detail, "status": status, "errors": errors})
}

// classified is the one of the path, whose absence is answered.
func (s *fakeServer) classified(w http.ResponseWriter, r *http.Request) *fakeClassified {
	for _, c := range s.caas {
		if c.id == r.PathValue("id") {
			return c
		}
	}
	refuseProblem(w, http.StatusNotFound, "not_found", "Not Found", "Classified "+r.PathValue("id")+" not found")
	return nil
}

func (s *fakeServer) putClassified(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Data struct {
			MetaData struct {
				Source struct{ OffererEstateID string }
			}
		}
		Media []client.MediaSource
	}
	var raw json.RawMessage
	decode(r, &raw)
	if err := json.Unmarshal(raw, &in); err != nil {
		panic(err)
	}
	for i, m := range in.Media {
		if m.Title == " " {
			refuseProblem(w, http.StatusBadRequest, "invalid", "Bad Request", "The request breaks a rule", fmt.Sprintf("/media/%d/title", i))
			return
		}
	}
	c := &fakeClassified{id: fmt.Sprintf("00000000-0000-4000-8000-%012d", len(s.caas)+1), estate: in.Data.MetaData.Source.OffererEstateID}
	if r.Method == http.MethodPut {
		if c = s.classified(w, r); c == nil {
			return
		}
	}
	for _, other := range s.caas {
		if r.Method == http.MethodPost && c.estate != "" && other.estate == c.estate {
			refuseProblem(w, http.StatusBadRequest, "duplicated_classified", "Duplicated Classified", "The offererEstateId is that of classifiedId: "+other.id)
			return
		}
	}
	plan := planOf(c.media, in.Media)
	revision := c.revision + 1
	if r.URL.Query().Get("dryRun") != "true" {
		s.note("%s %s", r.Method, raw)
		c.media, c.revision, c.looks = in.Media, revision, 0
		if r.Method == http.MethodPost {
			s.caas = append(s.caas, c)
		}
		w.WriteHeader(http.StatusAccepted)
	}
	var message any
	if strings.Contains(string(raw), "deleted") {
		message = "The classified was deleted; a PUT ends as UPDATING_FAILED"
	}
	answer(w, map[string]any{"classifiedId": c.id, "revision": revision, "plan": plan, "message": message})
}

func planOf(before, after []client.MediaSource) []client.PlanLine {
	items := func(media []client.MediaSource) (items []vitrine.Item) {
		for _, m := range media {
			key, version, _ := strings.Cut(m.URL, "?timestamp=")
			items = append(items, vitrine.Item{Key: key, Version: version})
		}
		return items
	}
	plan := []client.PlanLine{}
	for _, step := range vitrine.Plan(items(before), items(after)) {
		line := client.PlanLine{Action: step.Action, From: step.From, To: step.To, Why: step.Why}
		if step.To >= 0 {
			line.URL = after[step.To].URL
		} else {
			line.URL = before[step.From].URL
			line.MediaStays = slices.ContainsFunc(after, func(m client.MediaSource) bool { return m.URL == line.URL })
		}
		plan = append(plan, line)
	}
	return plan
}

// failed reports whether a media has.
func (c *fakeClassified) failed(m client.MediaSource) bool {
	return c.looks > 2 && strings.Contains(m.URL, "broken")
}

func (s *fakeServer) classifiedStatuses(w http.ResponseWriter, r *http.Request) {
	c := s.classified(w, r)
	if c == nil {
		return
	}
	c.looks++
	history := []vitrine.ListingStatus{vitrine.StatusReceived, vitrine.StatusUpdating, vitrine.StatusUpdated}
	for _, m := range c.media {
		if c.failed(m) {
			history[2] = vitrine.StatusCreatedWithMediaError
		}
	}
	items := []any{}
	for i := min(c.looks, len(history)) - 1; i >= 0; i-- {
		items = append(items, map[string]any{"classifiedId": c.id, "revision": c.revision, "status": history[i], "message": fmt.Sprintf("step %d", i+1),
			"statusDate": fmt.Sprintf("2026-11-22T10:00:0%d.000Z", i)})
	}
	answer(w, map[string]any{"items": items, "nextToken": nil})
}

func (s *fakeServer) classifiedMedia(w http.ResponseWriter, r *http.Request) {
	c := s.classified(w, r)
	if c == nil {
		return
	}
	items := []client.ClassifiedMedia{}
	for i, m := range c.media {
		item := client.ClassifiedMedia{MediaID: fmt.Sprintf("media-%d", i+1), MediaSource: m, Position: i, Status: vitrine.MediaDownloaded}
		switch {
		case m.MediaType == vitrine.Panorama:
			item.Panorama = &client.Panorama{Width: 4096, Height: 2048}
		case strings.Contains(m.URL, "drawn"):
			item.DigitalSourceType = vitrine.TrainedAlgorithmicMedia
		case strings.Contains(m.URL, "titled"):
			item.Link = &client.Link{Title: "Flat 77\x1b[2J from inside"}
		}
		if c.failed(m) {
			rule := vitrine.RuleOf(vitrine.SourceNotFound)
			item.Failure = &client.Failure{Code: rule.Code, Message: rule.Message, Owner: rule.Owner, Remedy: rule.Remedy, Retryable: rule.Retryable}
			if item.Stale = strings.Contains(m.URL, "stale"); !item.Stale {
				item.Status = vitrine.MediaDownloadingFailed
			}
		}
		items = append(items, item)
	}
	answer(w, map[string]any{"items": items})
}

func (s *fakeServer) retryClassifiedMedia(w http.ResponseWriter, r *http.Request) {
	switch media := r.PathValue("media"); {
	case s.classified(w, r) == nil:
	case media != "media-1":
		refuseProblem(w, http.StatusNotFound, "not_found", "Not Found", "Media "+media+" not found")
	default:
		s.note("retry of %s", media)
		w.WriteHeader(http.StatusAccepted)
		answer(w, map[string]string{"mediaId": media})
	}
}
