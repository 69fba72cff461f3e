package dashboard

import (
	"net/http"

	"golang.org/x/text/language"
)

// words are all that pages say, in one language. Texts with a verb of fmt are
// completed by the page that has them.
type words struct {
	Lang string // of the page, BCP 47

	// The frame.
	Listings, Webhooks, TheAccount, SignIn, SignOut, Language, SkipToContent, Documentation string

	// Signing in.
	Key, KeyHint, KeyUnknown, KeyLimited, KeySuspended string

	// Errors.
	ErrorOurs, ErrorMissing, ErrorRefused, ErrorSignIn string

	// What happens now.
	Now, NowWaiting, NowWorking, NowReady, NowFailed, NowTypical, NowSlow, NowMore, NowEnded, NowPublished string
	NowFlights, NowNoFlights, NowCodes, NowHosts, NowNoFailures                                            string

	// What happens now in all accounts.
	AllAccounts, AllAccountsHint, QueuesUnseen, ByLane, ByAccount, Lane, Running, WaitingNow, Later, LongestWait, OldestSent, FailedLately string
	NoAccounts, MoreAccounts, FailedSince                                                                                                  string
	LaneFetch, LaneBulk, LaneScan, LaneOptimise, LaneEncode, LaneDeliver, LaneSweep, LaneScrub                                             string

	// Listings.
	Search, SearchHint, AnyStatus, NeedsAttention, Find, NoListings, NothingFound, Older, Newest string
	Status, LastSync, FilesCount, Failed, Waiting, NoPicture, Advert, Classified                 string

	// A listing.
	AsPublic, AsSent, NotPublic, OpenGallery, Revision, Position                        string
	Ready, OnItsWay, AwaitsUpload, FailedState, Stale, NotShown, Retry, PublishedAt, Id string
	Publish, Hide, MoveUp, MoveDown, Remove, Replace, Upload, UploadHint                string
	NothingSent, Tour, Video, Panorama, Picture, Altered                                string

	// What has become of a listing.
	LastPlan, Revisions, NoRevisions, RevisionsHint, Timeline, By, Changes, FileGone           string
	WasKept, WasMoved, WasShifted, WasRefetched, WasChanged, WasAdded, WasRemoved              string
	WhyKept, WhyMoved, WhyShifted, WhyVersion, WhyFailed, WhyUpload, WhyAsk, WhyHere, WhyShown string
	WhyNew, WhyDeleted, WhyExpired, WhyRemoved, OtherBytes, AskedAgain, Described              string
	ByListings, ByClassifieds, ByDashboard, ByDeletion, ByExpiry                               string
	Compare, CompareAny, CompareBefore, CompareFrom, CompareTo, CompareSame, CompareOne        string
	JobBegun, JobEnded, JobFailed, EventSettled, EventPublished, FilesReady                    string

	// A file.
	Original, Variants, Name, Size, Pixels, Format, Placeholders, Blurhash, Thumbhash, Colour, Preview string
	UsedIn, Attempts, NoAttempts, When, WhatToDo, Source, Version                                      string
	WhoseSender, WhoseOrigin, WhoseUs, Digest, OpenOriginal, GPSRemoved, HadTags, SourceType           string

	// What there is to say of a picture, and what to do about it.
	CheckUp, SeeOther, WarningHint                                         string
	SmallSource, SmallSourceDo, Blurred, BlurredDo, TooDark, TooDarkDo     string
	TooBright, TooBrightDo, Bars, BarsDo, DrawingAsPhoto, DrawingAsPhotoDo string
	PhotoAsDrawing, PhotoAsDrawingDo, SamePicture, SamePictureDo           string
	PictureElsewhere, PictureElsewhereDo                                   string

	// Webhooks.
	Address, Events, AllEvents, Health, Healthy, Disabled, Paused, Answerless, NoWebhooks, SendTest, Enable, Disable string
	Deliveries, NoDeliveries, Event, Tries, Delivered, Pending, DeliveryFailed, Replay, Answer, NextTry              string

	// The account.
	Keys, Prefix, MayDo, Everything, Operates, MadeAt, RevokedAt, Good, Rules, RulesHint, Limits, LimitsHint, Setting, Value, From, None string

	// Times and amounts.
	JustNow, MinutesAgo, HoursAgo, DaysAgo, DateTime, Seconds string
	SpanSeconds, SpanMinutes, SpanHours, SpanDays             string
}

var english = &words{
	Lang:     "en",
	Listings: "Listings", Webhooks: "Webhooks", TheAccount: "Account", SignIn: "Sign in", SignOut: "Sign out", Language: "Français", SkipToContent: "Skip to the content", Documentation: "Documentation",

	Key: "API key", KeyHint: "The key of your account, as your CRM uses it. It begins with vtr_.",
	KeyUnknown: "This key is not known, or it was revoked.", KeyLimited: "This key is limited to the Classifieds API. A key that may do everything is needed here.",
	KeySuspended: "This account is suspended. The operator can say why.",

	ErrorOurs: "Something went wrong on our side.", ErrorMissing: "There is nothing here.", ErrorRefused: "That can't be done.", ErrorSignIn: "Sign in first.",

	Now: "Now", NowWaiting: "files waiting", NowWorking: "in the works", NowReady: "ready in the last hour", NowFailed: "failed in the last hour",
	NowTypical: "from sent to public, typically", NowSlow: "from sent to public, slowest 5 %", NowMore: "So much has happened that only the newest of it is counted.",
	NowEnded: "Files, last hour", NowPublished: "Seconds from sent to public, slowest, last hour", NowFlights: "In the works", NowNoFlights: "Nothing.",
	NowCodes: "Failures by code", NowHosts: "Failures by origin", NowNoFailures: "None in the last hour.",

	AllAccounts: "All accounts", AllAccountsHint: "You see this because your key is an operator's.", QueuesUnseen: "The queues can't be seen just now.", ByLane: "Queue by lane", ByAccount: "Queue by account",
	Lane: "Lane", Running: "Running", WaitingNow: "Waiting", Later: "Later", LongestWait: "Longest wait", OldestSent: "Oldest sent", FailedLately: "Failed, last hour",
	NoAccounts: "Nothing waits, and nothing has failed in the last hour.", MoreAccounts: "Accounts beyond these: %d.",
	FailedSince: "So much happens that failures are counted only since %s.",
	LaneFetch:   "downloads", LaneBulk: "downloads that let others go first", LaneScan: "virus scans", LaneOptimise: "variants of pictures", LaneEncode: "videos",
	LaneDeliver: "webhooks", LaneSweep: "clean-up", LaneScrub: "checks of what is stored",

	Search: "Search", SearchHint: "Your id or ours", AnyStatus: "Any status", NeedsAttention: "Needs attention", Find: "Find",
	NoListings: "Nothing has been sent yet. Send a listing with its photos by the API, and it is here.", NothingFound: "No listing matches.", Older: "Older", Newest: "Newest",
	Status: "Status", LastSync: "Last sent", FilesCount: "%d files", Failed: "%d failed", Waiting: "%d on the way", NoPicture: "No picture", Advert: "listing", Classified: "classified",

	AsPublic: "As the public sees it", AsSent: "As it was sent", NotPublic: "The public doesn't see this.", OpenGallery: "Open the gallery", Revision: "Revision", Position: "Place",
	Ready: "Ready", OnItsWay: "On its way", AwaitsUpload: "Waits for its upload", FailedState: "Failed", Stale: "Shows its last good version", NotShown: "Not shown",
	Retry: "Try again", PublishedAt: "Published", Id: "Our id", NothingSent: "The list is empty.",
	Publish: "Publish", Hide: "Hide", MoveUp: "Move up", MoveDown: "Move down", Remove: "Take out", Replace: "Replace", Upload: "Add files",
	UploadHint: "Or drop them here; dropped on a file, a new one takes its place. What your CRM sends next counts again.",
	Tour:       "Virtual tour", Video: "Video", Panorama: "Panorama", Picture: "Picture", Altered: "Made or altered with a trained model",

	LastPlan: "What the last change of the list did", Revisions: "Revisions", NoRevisions: "None is kept.", RevisionsHint: "The newest %d changes of the list at most are kept, and as many that left it as it was.",
	Timeline: "What happened", By: "By", Changes: "Changes", FileGone: "File %d, deleted since",
	WasKept: "kept", WasMoved: "moved", WasShifted: "shifted", WasRefetched: "fetched again", WasChanged: "changed", WasAdded: "added", WasRemoved: "removed",
	WhyKept: "Same place, same version.", WhyMoved: "It was put in another place.", WhyShifted: "Others came, went or moved before it.",
	WhyVersion: "Its version changed.", WhyFailed: "It had failed before.", WhyUpload: "It was never uploaded.", WhyAsk: "It may have changed: its URL has no version.",
	WhyHere: "It was here already: nothing to fetch.", WhyShown: "This version is shown already: nothing to fetch.",
	WhyNew: "It was not here yet.", WhyDeleted: "It was deleted for good.", WhyExpired: "It was not uploaded in time.", WhyRemoved: "The new list is without it.", OtherBytes: "Its bytes are others.", AskedAgain: "It was asked for again in between.", Described: "It is described otherwise.",
	ByListings: "Listings API", ByClassifieds: "Classifieds API", ByDashboard: "dashboard", ByDeletion: "deletion of a file", ByExpiry: "upload that expired",
	Compare: "Compare", CompareAny: "Compare any two", CompareBefore: "Compare revision %d with the one before", CompareFrom: "From revision", CompareTo: "to revision",
	CompareSame: "Both have the same list.", CompareOne: "There are not two revisions to compare yet.",
	JobBegun: "Publication asked for", JobEnded: "Publication done", JobFailed: "Publication failed",
	EventSettled: "All files have ended", EventPublished: "The public sees it", FilesReady: "Files ready: %d",

	Original: "Original", Variants: "Variants", Name: "Name", Size: "Size", Pixels: "Pixels", Format: "Format", Placeholders: "Placeholders",
	Blurhash: "Blurhash", Thumbhash: "Thumbhash", Colour: "Colour", Preview: "Preview",
	UsedIn: "Where it stands", Attempts: "What was tried", NoAttempts: "Nothing yet.", When: "When",
	WhatToDo: "What to do", Source: "Source", Version: "Version", WhoseSender: "the sender's", WhoseOrigin: "the origin's", WhoseUs: "ours",
	Digest: "SHA-256", OpenOriginal: "Open the original", GPSRemoved: "Pictures that are served hold no metadata: no place, no camera, no names.", HadTags: "The file that was sent has:",
	SourceType: "Digital source type",

	CheckUp: "Check-up", SeeOther: "See the other one", WarningHint: "A warning keeps nothing from being shown.",
	SmallSource: "The picture is small, and looks coarse on a large screen.", SmallSourceDo: "Send the original, at least 1024 pixels on its longer side.",
	Blurred: "The picture is blurred, or a small one that was enlarged.", BlurredDo: "Send another shot, or the original before it was scaled.",
	TooDark: "The picture is very dark.", TooDarkDo: "Send another shot with more light, or brighten this one.",
	TooBright: "Much of the picture is white, and nothing can be seen there.", TooBrightDo: "Send another shot with less exposure.",
	Bars: "The picture has bars along two of its sides.", BarsDo: "Send it without them; galleries fit pictures by themselves.",
	DrawingAsPhoto: "It stands among the photos and looks like a plan, a screenshot or another drawing.", DrawingAsPhotoDo: "Give it the category of what it is, such as FLOOR_PLAN, or send a photo in its place.",
	PhotoAsDrawing: "It has the category of a drawing and looks like a photo.", PhotoAsDrawingDo: "Give it the category of what it shows.",
	SamePicture: "Another picture of the listing looks the same.", SamePictureDo: "Keep the better of the two.",
	PictureElsewhere: "A picture of another listing looks the same.", PictureElsewhereDo: "Check that it stands in the right listing.",

	Address: "Address", Events: "Events", AllEvents: "all", Health: "Health", Healthy: "well", Disabled: "off", Paused: "left alone until %s", Answerless: "no answer %d times in a row",
	NoWebhooks: "There are no webhooks. They are made by the API.", SendTest: "Send a test", Enable: "Switch on", Disable: "Switch off",
	Deliveries: "Deliveries", NoDeliveries: "Nothing has been delivered yet.", Event: "Event", Tries: "Tries", Delivered: "delivered", Pending: "pending",
	DeliveryFailed: "failed", Replay: "Send again", Answer: "Answer", NextTry: "Next try",

	Keys: "Keys", Prefix: "Begins with", MayDo: "May do", Everything: "everything", Operates: "sees the queues of all accounts", MadeAt: "Made", RevokedAt: "Revoked", Good: "good",
	Rules: "Rules of this account", RulesHint: "The operator sets them.", Limits: "Limits", LimitsHint: "The same for all accounts of this server.",
	Setting: "Setting", Value: "Value", From: "From", None: "none",

	JustNow: "just now", MinutesAgo: "%d min ago", HoursAgo: "%d h ago", DaysAgo: "%d days ago", DateTime: "2 Jan 2006, 15:04 UTC", Seconds: "%.1f s",
	SpanSeconds: "%d s", SpanMinutes: "%d min", SpanHours: "%d h", SpanDays: "%d days",
}

// languages are what pages can be read in; the first where a reader asks for none of them.
var languages = []*words{english, french}

var matcher = language.NewMatcher([]language.Tag{language.English, language.French})

// languageCookie keeps what a reader has chosen.
const languageCookie = "language"

// wordsOf gives the words of the language that a reader has chosen, or that the
// browser asks for.
func wordsOf(r *http.Request) *words {
	if c, err := r.Cookie(languageCookie); err == nil {
		for _, w := range languages {
			if w.Lang == c.Value {
				return w
			}
		}
	}
	_, i := language.MatchStrings(matcher, r.Header.Get("Accept-Language"))
	return languages[i]
}

// setLanguage changes over to the other language.
func (d *Dashboard) setLanguage(w http.ResponseWriter, r *http.Request) {
	other := english
	if wordsOf(r) == english {
		other = french
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: other.Lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: d.encrypted(), SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, local(r.FormValue("to")), http.StatusSeeOther)
}
