package listingsapi

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/vitrine-media/vitrine"
)

// operations are those of a bulk request (section 3.5). A list that is none, is
// empty or is too long is refused as a whole.
func parseOperations(raw json.RawMessage, most int) ([]json.RawMessage, error) {
	var r rules
	o, ok := openObject(raw, &r)
	if !r.hold(ok, "the request body must be an object") {
		return nil, r.err()
	}
	if !r.hold(o.has("operations"), "operations must be an array") {
		return nil, r.err()
	}
	list, ok := o.list("operations")
	if ok {
		r.hold(len(list) > 0, "operations must contain at least 1 element")
		r.hold(len(list) <= most, "operations must contain no more than %d elements", most)
	}
	return list, r.err()
}

// parseOp opens an operation. Its name is given even when it has none that is
// known, for its result to carry.
func parseOp(raw json.RawMessage, r *rules) (o object, name string) {
	o, ok := openObject(raw, r)
	if !r.hold(ok, "an operation must be an object") {
		return o, ""
	}
	if r.hold(o.has("op"), "op is required") {
		name, _ = o.text("op")
	}
	o.fields = slices.DeleteFunc(o.fields, func(f field) bool { return f.name == "op" }) // it is none of the advert's
	return o, name
}

// refused is what the result of a failed operation says.
func (a *api) refused(ctx context.Context, err error) Refused {
	body := a.answerTo(ctx, err)
	text := body.Message.text
	if rules := body.Message.rules; rules != nil {
		text = strings.Join(rules, "; ")
	}
	return Refused{Error: text, Code: body.Code}
}

// answerBulk is the answer to a bulk request; an error when nothing succeeded.
func answerBulk[R result](results []R) (*bulkAnswer[R], error) {
	s := summary{Total: len(results)}
	for _, r := range results {
		if r.succeeded() {
			s.Succeeded++
		}
	}
	s.Failed = s.Total - s.Succeeded
	for _, r := range results {
		code := r.passing()
		if s.Succeeded > 0 || code == "" {
			continue
		}
		// Sent again it may go well, so that it is not the sender's 422.
		return nil, vitrine.Errorf(code, "Every operation failed, and not for what was sent; send this later")
	}
	if s.Succeeded > 0 {
		return &bulkAnswer[R]{Results: results, Summary: s}, nil
	}
	row := refusal(vitrine.CodeUnprocessable, "All operations failed")
	return nil, &bulkRefusal[R]{
		StatusCode: row.StatusCode, Message: row.Message.text, Text: row.Text, Code: row.Code,
		Results: results, Summary: s,
	}
}

// Error and GetStatus make bulkRefusal what huma writes as it stands.
func (e *bulkRefusal[R]) Error() string  { return e.Message }
func (e *bulkRefusal[R]) GetStatus() int { return e.StatusCode }
