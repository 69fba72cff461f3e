package listingsapi

import (
	"context"
	"net/http"

	"github.com/vitrine-media/vitrine"
)

// attempt is a line of a media's timeline.
type attempt struct {
	Stage      string            `json:"stage" enum:"fetch,scan,optimise,encode,repair" doc:"What was tried."`
	Number     int               `json:"number" doc:"1 for the first try of this stage."`
	JobID      int64             `json:"jobId"`
	StartedAt  instant           `json:"startedAt"`
	DurationMs int64             `json:"durationMs"`
	HTTPStatus *int              `json:"httpStatus" doc:"Null when there was no answer."`
	Bytes      int64             `json:"bytes" doc:"Received."`
	Type       *string           `json:"contentType" doc:"By content, null when it was not seen."`
	Failure    nullable[failure] `json:"failure" doc:"Null when it went well."`
}

type timeline struct {
	Items []attempt `json:"items"`
}

type timelineOutput struct {
	Body timeline
}

// timeline gives what was tried for a file, oldest first.
func (a *api) timeline(ctx context.Context, in *idInput) (*timelineOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	attempts, err := a.gallery.Timeline(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	out := &timelineOutput{timeline{Items: []attempt{}}}
	for _, at := range attempts {
		out.Body.Items = append(out.Body.Items, attemptOf(at))
	}
	return out, nil
}

func attemptOf(at vitrine.Attempt) attempt {
	line := attempt{
		Stage: at.Stage, Number: at.Number, JobID: at.JobID, StartedAt: timestamp(at.StartedAt),
		DurationMs: at.Duration.Milliseconds(), HTTPStatus: orNull(at.HTTPStatus), Bytes: at.Bytes, Type: orNull(at.Type),
	}
	if at.Outcome != vitrine.OutcomeOK {
		line.Failure = failureOf(&vitrine.Failure{Code: vitrine.FailureCode(at.Outcome), Detail: at.Detail})
	}
	return line
}

// retryMedia fetches a file again from where it came.
func (a *api) retryMedia(ctx context.Context, in *idInput) (*importOutput, error) {
	id, err := parseID(string(in.ID))
	if err != nil {
		return nil, err
	}
	result, err := a.gallery.Retry(ctx, accountOf(ctx).ID, id)
	if err != nil {
		return nil, err
	}
	return &importOutput{Status: http.StatusAccepted, Body: importedOf(&result.Media, result.JobID)}, nil
}
