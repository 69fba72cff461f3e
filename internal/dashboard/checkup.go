package dashboard

import (
	"cmp"
	"fmt"

	"github.com/vitrine-media/vitrine"
)

// warningView is what there is to say of a picture.
type warningView struct {
	Code, Message, Remedy string
	Evidence              []string // the figures, with the limits that they are beyond
	Other                 string   // the address of the picture that looks the same, "" for none
}

// warnings are those of a picture of a listing, in words.
func (w *words) warnings(l vitrine.Listing, warnings []vitrine.Warning) (views []warningView) {
	for _, warning := range warnings {
		view := warningView{Code: string(warning.Code)}
		view.Message, view.Remedy = w.check(warning.Code)
		for _, e := range warning.Evidence {
			sign := "≥"
			if e.Below {
				sign = "<"
			}
			view.Evidence = append(view.Evidence, fmt.Sprintf("%s %v %s %v", e.Figure, e.Is, sign, e.Value))
		}
		if o := warning.Other; o != nil {
			view.Other = "/listings/" + cmp.Or(o.ListingUUID, l.UUID) + "/media/" + o.MediaUUID
		}
		views = append(views, view)
	}
	return views
}

// check says what a check warns of, and what to do about it.
func (w *words) check(code vitrine.CheckCode) (message, remedy string) {
	switch code {
	case vitrine.CheckSmallSource:
		return w.SmallSource, w.SmallSourceDo
	case vitrine.CheckBlurred:
		return w.Blurred, w.BlurredDo
	case vitrine.CheckTooDark:
		return w.TooDark, w.TooDarkDo
	case vitrine.CheckTooBright:
		return w.TooBright, w.TooBrightDo
	case vitrine.CheckBars:
		return w.Bars, w.BarsDo
	case vitrine.CheckDrawing:
		return w.DrawingAsPhoto, w.DrawingAsPhotoDo
	case vitrine.CheckPhoto:
		return w.PhotoAsDrawing, w.PhotoAsDrawingDo
	case vitrine.CheckSame:
		return w.SamePicture, w.SamePictureDo
	case vitrine.CheckElsewhere:
		return w.PictureElsewhere, w.PictureElsewhereDo
	}
	return string(code), ""
}
