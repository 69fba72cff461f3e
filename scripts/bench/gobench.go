package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// measured are the figures of a Go benchmark, one for each time that it was run,
// by its unit.
type measured map[string]figures

// goBench runs benchmarks of a package with the flags given, and gives what they
// measured by their names, without "Benchmark" and the number of cores.
func goBench(ctx context.Context, pkg string, flags ...string) (map[string]measured, error) {
	command := exec.CommandContext(ctx, "go", append([]string{"test", "-run", "^$", pkg}, flags...)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s%s", strings.Join(command.Args, " "), err, out, &stderr)
	}
	return readBenchmarks(bytes.NewReader(out))
}

// readBenchmarks reads the text that go test prints.
func readBenchmarks(r io.Reader) (map[string]measured, error) {
	all := map[string]measured{}
	reader := benchfmt.NewReader(r, "go test")
	for reader.Scan() {
		switch record := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, record
		case *benchfmt.Result:
			name := withoutCores(string(record.Name.Full()))
			if all[name] == nil {
				all[name] = measured{}
			}
			for _, value := range record.Values {
				all[name][value.Unit] = append(all[name][value.Unit], value.Value)
			}
		}
	}
	if err := reader.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("go test has run no benchmark")
	}
	return all, nil
}

// withoutCores cuts off the number of cores, which there is where it isn't 1.
func withoutCores(name string) string {
	i := strings.LastIndexByte(name, '-')
	if i < 0 {
		return name
	}
	if _, err := strconv.Atoi(name[i+1:]); err != nil {
		return name
	}
	return name[:i]
}
