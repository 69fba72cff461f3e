package listingsapi

import "context"

type jobInput struct {
	ID numberParam `query:"id" required:"true" doc:"The jobId of an earlier answer."`
}

type jobOutput struct {
	Body job
}

// jobStatus tells how far a job has come (section 3.8).
func (a *api) jobStatus(ctx context.Context, in *jobInput) (*jobOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	view, err := a.gallery.Job(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	j := view.Job
	return &jobOutput{job{
		ID:                 j.ID,
		Type:               j.Type,
		Status:             j.Status,
		QueuePosition:      view.QueuePosition,
		Progress:           orNull(view.Progress),
		CreatedAt:          timestamp(j.CreatedAt),
		ResultData:         jobResult{j.Result},
		PublicErrorMessage: orNull(j.Error),
	}}, nil
}

type agencyOutput struct {
	Body agency
}

// agency says whose key this is and what the limits are: the connection check
// (section 1). A suspended account does not come this far.
func (a *api) agency(ctx context.Context, _ *struct{}) (*agencyOutput, error) {
	account, l := accountOf(ctx), a.limits
	return &agencyOutput{agency{
		ID:     account.ID,
		Name:   account.Name,
		Status: "active",
		Limits: agencyLimits{
			MinPhotos: l.MinPhotos, MaxPhotos: l.MaxPhotos, MaxVideos: l.MaxVideos, MaxFiles: l.MaxFiles,
			MaxPhotoBytes: l.MaxPhotoBytes, MaxVideoBytes: l.MaxVideoBytes, MaxVideoSeconds: l.MaxVideo.Seconds(),
			MaxPixels: l.MaxPixels, MaxSidePx: l.MaxSidePx,
			MaxBodyBytes: l.MaxBodyBytes, RatePerMinute: l.RatePerMinute, BulkPerMinute: l.BulkPerMinute,
		},
		Version: a.version,
	}}, nil
}
