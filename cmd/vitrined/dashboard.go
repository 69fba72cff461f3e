package main

import (
	"slices"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/dashboard"
)

// shownSettings are those that senders are shown: what they may run into. The
// others are nobody's business but the operator's.
var shownSettings = []string{
	"min-photos", "max-photos", "max-videos", "max-files", "max-media", "max-photo-bytes", "max-video-bytes", "max-video", "max-pixels", "max-side",
	"max-body-bytes", "max-queued", "rate-limit", "bulk-rate-limit", "classifieds-rate-limit", "fetch-tries", "fetch-patience", "fetch-timeout",
	"video-timeout", "fetch-per-origin", "upload-time", "upload-kept", "original-kept", "job-kept", "answer-kept", "swap-patience", "event-kept",
	"tour-check", "variant-sizes", "webp-quality",
}

// shown gives those settings as they are in force, and where each came from.
func (s *settings) shown() []dashboard.Setting {
	var all []dashboard.Setting
	for _, row := range s.table() {
		if slices.Contains(shownSettings, row.name) {
			all = append(all, dashboard.Setting{Name: row.name, Value: row.value.get(), Help: row.help, From: s.source(row)})
		}
	}
	return all
}

// accountRules gives the settings of one account.
func accountRules(rules vitrine.AccountSettings) []dashboard.Setting {
	var all []dashboard.Setting
	for _, row := range accountTable(&rules) {
		all = append(all, dashboard.Setting{Name: row.name, Value: row.value.get(), Help: row.help})
	}
	return all
}
