package classifiedsapi

import (
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// checkedMedia is what there is to say of the picture of a media.
type checkedMedia struct {
	MediaID  string    `json:"mediaId" format:"uuid"`
	Position int       `json:"position" doc:"Counted from 0."`
	URL      string    `json:"url" doc:"As sent."`
	Measured bool      `json:"measured" doc:"Whether its picture was measured. Videos and tours are not, nor is what isn't ready, or was made by an older version of the server; only its size is looked at then."`
	Warnings []warning `json:"warnings" nullable:"false" doc:"None keeps a picture from being shown."`
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
	MediaID      string  `json:"mediaId" format:"uuid"`
	ClassifiedID *string `json:"classifiedId" format:"uuid" doc:"A classified in which it stands; null for the same one."`
}

// checkUp looks at the pictures of a classified, in the order of its list.
func (a *api) checkUp(c *call) (*answer, error) {
	id, err := c.classifiedID()
	if err != nil {
		return nil, err
	}
	checked, err := a.gallery.CheckUpClassified(c.Context(), c.account, id)
	if err != nil {
		return nil, err
	}
	out := list[checkedMedia]{Items: make([]checkedMedia, len(checked))}
	for i, m := range checked {
		out.Items[i] = checkedMedia{
			MediaID: m.Media.UUID, Position: m.Placement.Position, URL: m.Placement.URL,
			Measured: m.Measured, Warnings: warningsOf(m.Warnings),
		}
	}
	return &answer{status: http.StatusOK, body: out}, nil
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
			out[i].Like = nullable[likePicture]{&likePicture{MediaID: w.Other.MediaUUID, ClassifiedID: orNull(w.Other.ListingUUID)}}
		}
	}
	return out
}
