package listingsapi

import (
	"context"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
)

// checkUp is what there is to say of the pictures of a listing.
type checkUp struct {
	Items []checkedFile `json:"items" nullable:"false" doc:"The listing's files, in its order."`
}

// checkedFile is what there is to say of one.
type checkedFile struct {
	ID         int64     `json:"id"`
	ExternalID *string   `json:"externalId"`
	Position   int       `json:"position" doc:"Counted from 0."`
	Measured   bool      `json:"measured" doc:"Whether its picture was measured. Videos are not, nor is what isn't ready, or was made by an older version of the server; only its size is looked at then."`
	Warnings   []warning `json:"warnings" nullable:"false" doc:"None keeps a picture from being shown."`
}

// warning is what a check found.
type warning struct {
	Code     vitrine.CheckCode     `json:"code" enum:"small_source,blurred,too_dark,too_bright,bars,drawing_as_photo,photo_as_drawing,same_picture,picture_elsewhere" doc:"Stable, for programs. More may come."`
	Message  string                `json:"message" doc:"What is the matter."`
	Remedy   string                `json:"remedy" doc:"What to do about it."`
	Evidence []evidence            `json:"evidence" nullable:"false" doc:"The figures that it goes by."`
	Like     nullable[likePicture] `json:"like" doc:"The picture that looks the same; null for other warnings."`
}

// evidence is a figure of a picture, and the limit that it is beyond.
type evidence struct {
	Figure vitrine.Figure `json:"figure" doc:"docs/checkup.md says what each is." example:"sharpness"`
	Value  float64        `json:"value" example:"0.104"`
	Limit  string         `json:"limit" enum:"below,atLeast" doc:"What the check warns of: a value below that one, or of at least that."`
	Of     float64        `json:"of" example:"0.22"`
}

// likePicture is a picture that looks like another one.
type likePicture struct {
	ID        int64  `json:"id"`
	ListingID *int64 `json:"listingId" doc:"A listing in which it stands; null for the same one."`
}

type checkUpOutput struct {
	Body checkUp
}

// checkUp looks at the pictures of a listing.
func (a *api) checkUp(ctx context.Context, in *idInput) (*checkUpOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	return a.findCheckUp(ctx, gallery.Ref{ID: id})
}

// checkUpByExternalID does the same by the sender's own id.
func (a *api) checkUpByExternalID(ctx context.Context, in *externalIDInput) (*checkUpOutput, error) {
	ref, err := parseRef(in.ExternalID)
	if err != nil {
		return nil, err
	}
	return a.findCheckUp(ctx, ref)
}

func (a *api) findCheckUp(ctx context.Context, ref gallery.Ref) (*checkUpOutput, error) {
	_, checked, err := a.gallery.CheckUp(ctx, accountOf(ctx).ID, ref)
	if err != nil {
		return nil, err
	}
	out := &checkUpOutput{checkUp{Items: make([]checkedFile, len(checked))}}
	for i, m := range checked {
		out.Body.Items[i] = checkedFile{
			ID: m.Media.ID, ExternalID: orNull(m.Media.ExternalID), Position: m.Placement.Position,
			Measured: m.Measured, Warnings: warningsOf(m.Warnings),
		}
	}
	return out, nil
}

func warningsOf(warnings []vitrine.Warning) []warning {
	out := make([]warning, len(warnings))
	for i, w := range warnings {
		check := vitrine.RuleOfCheck(w.Code)
		out[i] = warning{Code: w.Code, Message: check.Message, Remedy: check.Remedy, Evidence: make([]evidence, len(w.Evidence))}
		for j, e := range w.Evidence {
			out[i].Evidence[j] = evidence{Figure: e.Figure, Value: e.Is, Limit: e.Condition(), Of: e.Value}
		}
		if w.Other != nil {
			out[i].Like = nullable[likePicture]{&likePicture{ID: w.Other.MediaID, ListingID: orNull(w.Other.ListingID)}}
		}
	}
	return out
}
