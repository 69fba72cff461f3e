package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// server is vitrined as it is built.
type server struct {
	exe     string
	metrics func() (families, error) // what it tells when it runs, asked once
}

func newServer(ctx context.Context, exe string) server {
	return server{exe: exe, metrics: sync.OnceValues(func() (families, error) { return observed(ctx, exe) })}
}

// refusals are what the server says against these settings: of unknown ones, of
// wrong values, and of those that don't go together. It begins with that,
// whatever it is asked to do.
func (s server) refusals(ctx context.Context, environ map[string]string) ([]string, error) {
	cmd := exec.CommandContext(ctx, s.exe, "version")
	cmd.Env = []string{} // nil would be ours
	for _, name := range slices.Sorted(maps.Keys(environ)) {
		cmd.Env = append(cmd.Env, name+"="+environ[name])
	}
	output, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 2 {
		return strings.Split(strings.TrimSpace(string(output)), "\n"), nil
	} else if err != nil {
		return nil, fmt.Errorf("run %s version: %w: %s", s.exe, err, output)
	}
	return nil, nil
}

var rolesDefault = regexp.MustCompile(`\(VITRINE_ROLES, default ([a-z,]+)\)`)

// roles are all parts that a server plays when it isn't told otherwise.
func (s server) roles(ctx context.Context) ([]string, error) {
	help, err := exec.CommandContext(ctx, s.exe, "help").Output()
	if err != nil {
		return nil, fmt.Errorf("run %s help: %w", s.exe, err)
	}
	found := rolesDefault.FindSubmatch(help)
	if found == nil {
		return nil, fmt.Errorf("%s help doesn't list the roles", s.exe)
	}
	return strings.Split(string(found[1]), ","), nil
}

// unplayed gives the problem of roles that none of the nodes with these
// settings has: what they do would wait for ever.
func (s server) unplayed(ctx context.Context, where string, nodes []map[string]string) ([]string, error) {
	all, err := s.roles(ctx)
	if err != nil {
		return nil, err
	}
	played := make(map[string]bool)
	for _, environ := range nodes {
		mine, ok := environ["VITRINE_ROLES"]
		if !ok {
			return nil, nil // all of them
		}
		for role := range strings.SplitSeq(mine, ",") {
			played[role] = true
		}
	}
	var problems []string
	for _, role := range all {
		if !played[role] {
			problems = append(problems, fmt.Sprintf("%s: no node has the role %s", where, role))
		}
	}
	return problems, nil
}
