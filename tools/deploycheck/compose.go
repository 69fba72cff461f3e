package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// The compose file and the example of what it takes its secrets from.
const (
	composeFile = "compose/compose.yaml"
	composeEnv  = "compose/env.example"
)

// checkCompose loads the compose file as the program does, with the example's
// values in the place of the secrets.
func checkCompose(ctx context.Context, s server, deploy fs.FS) ([]string, error) {
	text, err := fs.ReadFile(deploy, composeFile)
	if err != nil {
		return nil, err
	}
	example, err := fs.ReadFile(deploy, composeEnv)
	if err != nil {
		return nil, err
	}
	environ, err := dotenv.Parse(bytes.NewReader(example))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", composeEnv, err)
	}
	var problems []string
	for name := range maps.Keys(environ) {
		if !bytes.Contains(text, []byte("${"+name)) {
			problems = append(problems, fmt.Sprintf("%s: nothing reads %s", composeEnv, name))
		}
	}
	project, err := loader.LoadWithContext(ctx, types.ConfigDetails{
		WorkingDir:  "/deploy/compose",
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: text}},
		Environment: environ,
	})
	if err != nil {
		return append(problems, fmt.Sprintf("%s: %v", composeFile, err)), nil
	}
	more, err := checkProject(ctx, s, project)
	return append(problems, more...), err
}

// checkProject looks at what the schema doesn't: settings, and what every
// service here has.
func checkProject(ctx context.Context, s server, project *types.Project) (problems []string, err error) {
	report := func(format string, a ...any) {
		problems = append(problems, composeFile+": "+fmt.Sprintf(format, a...))
	}
	var nodes []map[string]string
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		service := project.Services[name]
		if service.Restart == "" {
			report("%s is not started again after a crash", name)
		}
		if !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
			report("%s may get new privileges", name)
		}
		if _, tag, ok := strings.Cut(service.Image, ":"); !ok || tag == "latest" {
			report("the image of %s has no version", name)
		}
		if service.Build != nil {
			environ := service.Environment.RemoveEmpty().ToMapping()
			refusals, err := s.refusals(ctx, environ)
			if err != nil {
				return problems, err
			}
			for _, refusal := range refusals {
				report("%s: %s", name, refusal)
			}
			nodes = append(nodes, environ)
			continue // the image has its health check
		}
		if service.HealthCheck == nil {
			report("%s has no health check", name)
		}
	}
	if len(nodes) < 2 {
		report("%d nodes are built, and not several", len(nodes))
	}
	unplayed, err := s.unplayed(ctx, composeFile, nodes)
	return append(problems, unplayed...), err
}
