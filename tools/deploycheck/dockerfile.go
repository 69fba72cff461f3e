package main

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/opencontainers/go-digest"
)

const dockerfile = "Dockerfile"

// checkDockerfile translates the Dockerfile as a build does, up to where
// something would be run, and with the rules of BuildKit's linter.
func checkDockerfile(ctx context.Context, deploy fs.FS) ([]string, error) {
	text, err := fs.ReadFile(deploy, dockerfile)
	if err != nil {
		return nil, err
	}
	results, err := dockerfile2llb.DockerfileLint(ctx, text, dockerfile2llb.ConvertOpt{
		SourceMap:    &llb.SourceMap{Definition: &llb.Definition{}, Filename: dockerfile, Language: "Dockerfile", Data: text},
		MetaResolver: bareImages{},
	})
	if err != nil {
		return nil, fmt.Errorf("lint %s: %w", dockerfile, err)
	}
	var problems []string
	if results.Error != nil {
		problems = append(problems, fmt.Sprintf("%s: %s", dockerfile, results.Error.Message))
	}
	for _, warning := range results.Warnings {
		line := int32(0)
		if ranges := warning.Location.GetRanges(); len(ranges) > 0 {
			line = ranges[0].GetStart().GetLine()
		}
		problems = append(problems, fmt.Sprintf("%s:%d: %s: %s", dockerfile, line, warning.RuleName, warning.Detail))
	}
	return problems, nil
}

// bareImages stand for the base images, so that no registry is asked.
type bareImages struct{}

func (bareImages) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"]}}`)
	return ref, digest.FromBytes(config), config, nil
}
