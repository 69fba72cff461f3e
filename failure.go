package vitrine

import "fmt"

// FailureCode names why a media could not be had or shown
// (Classifieds API contract, section 7).
type FailureCode string

// The failure codes. FailureTable says what each means.
const (
	SourceUnreachable FailureCode = "source_unreachable"
	SourceTimeout     FailureCode = "source_timeout"
	SourceRefused     FailureCode = "source_refused"
	SourceNotFound    FailureCode = "source_not_found"
	SourceError       FailureCode = "source_error"
	SourceURLExpired  FailureCode = "source_url_expired"
	SourceTruncated   FailureCode = "source_truncated"
	AddressForbidden  FailureCode = "address_forbidden"
	TooLarge          FailureCode = "too_large"
	TooManyPixels     FailureCode = "too_many_pixels"
	UnsupportedType   FailureCode = "unsupported_type"
	Unreadable        FailureCode = "unreadable"
	VideoTooLong      FailureCode = "video_too_long"
	Infected          FailureCode = "infected"
	UploadMissing     FailureCode = "upload_missing"
	Erased            FailureCode = "erased"
	Internal          FailureCode = "internal"
)

// Owner is whose turn it is after a failure.
type Owner string

// The owners of a failure.
const (
	OwnerSender Owner = "sender" // whoever sent the listing
	OwnerOrigin Owner = "origin" // whoever runs the server the URL points at
	OwnerUs     Owner = "us"     // whoever runs vitrine
)

// FailureRule is one row of the failure table.
type FailureRule struct {
	Code      FailureCode
	Owner     Owner
	Message   string // what happened, for a person
	Remedy    string // what to do about it, in one sentence
	Retryable bool   // whether sending a retry of the same source makes sense
}

// FailureTable is the one table of failures, for both APIs and the
// documentation (Classifieds API contract, section 7).
var FailureTable = []FailureRule{
	{SourceUnreachable, OwnerOrigin, "The server of the URL could not be reached.", "Check that the host name resolves and that the server accepts connections from the internet, then retry.", true},
	{SourceTimeout, OwnerOrigin, "The server of the URL did not answer in time.", "Serve the file faster or from another host, then retry.", true},
	{SourceRefused, OwnerSender, "The server of the URL refused the request.", "Make the file readable without a login, then retry or send a new URL.", true},
	{SourceNotFound, OwnerSender, "There is no file at the URL.", "Send a URL at which the file is.", true},
	{SourceError, OwnerOrigin, "The server of the URL answered with an error of its own.", "Retry when the server is well again.", true},
	{SourceURLExpired, OwnerSender, "The signed URL had expired before the file was fetched.", "Send the listing again with a freshly signed URL.", false},
	{SourceTruncated, OwnerOrigin, "The server sent fewer bytes than it had announced.", "Retry; if it happens again, upload the file anew at its origin.", true},
	{AddressForbidden, OwnerSender, "The URL leads to an address that must not be fetched from.", "Use a host with a public address, or ask the operator to allow this one.", false},
	{TooLarge, OwnerSender, "The file is larger than allowed.", "Send a smaller file.", false},
	{TooManyPixels, OwnerSender, "The picture has more pixels than allowed.", "Send the picture at a lower resolution.", false},
	{UnsupportedType, OwnerSender, "The file is of a type that is not accepted.", "Send a JPEG, PNG, WebP, HEIC, AVIF, GIF, TIFF or BMP picture, or an MP4, MOV or AVI video.", false},
	{Unreadable, OwnerSender, "The file is damaged and can't be decoded.", "Open the file, save it again, and send the new one.", false},
	{VideoTooLong, OwnerSender, "The video is longer than allowed.", "Send a shorter video.", false},
	{Infected, OwnerSender, "The virus scanner found something in the file.", "Clean the file, or ask the operator if you think that the finding is wrong.", false},
	{UploadMissing, OwnerSender, "The uploaded bytes are no longer there.", "Ask for a new upload URL and upload the file again.", false},
	{Erased, OwnerSender, "The account has had this file erased, and refuses it since.", "Take the file out of the list, or ask the operator to let it in again.", false},
	{Internal, OwnerUs, "Something went wrong on our side.", "Retry; if it happens again, tell the operator.", true},
}

// RuleOf is the row of the table for that code; an unknown code is Internal.
func RuleOf(code FailureCode) FailureRule {
	for _, rule := range FailureTable {
		if rule.Code == code {
			return rule
		}
	}
	return RuleOf(Internal)
}

// Failure is why one attempt, or a media, came to a bad end. It is an error.
type Failure struct {
	Code   FailureCode
	Detail string // the facts of this case ("HTTP 404", "50000 x 50000 px, 100 megapixels allowed"); safe to show to the sender
}

// Failf is a Failure with that detail.
func Failf(code FailureCode, format string, args ...any) *Failure {
	return &Failure{Code: code, Detail: fmt.Sprintf(format, args...)}
}

func (f *Failure) Error() string {
	if f.Detail == "" {
		return string(f.Code)
	}
	return string(f.Code) + ": " + f.Detail
}

// Message is the rule's sentence with the facts of this case.
func (f *Failure) Message() string {
	if f.Detail == "" {
		return RuleOf(f.Code).Message
	}
	return RuleOf(f.Code).Message + " (" + f.Detail + ")"
}
