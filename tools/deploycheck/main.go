// Command deploycheck reports what is wrong with the files in deploy, as far as
// that shows without a container engine or a cluster:
//
//	deploycheck VITRINED DEPLOY
//
// VITRINED is the server as it is built, which judges the settings that the
// files give it; DEPLOY is the folder. Each problem is a line on standard
// output. The exit status is 1 when there are any.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) != 2 {
		_, _ = fmt.Fprintln(stderr, "usage: deploycheck VITRINED DEPLOY")
		return 2
	}
	problems, err := check(ctx, newServer(ctx, args[0]), os.DirFS(args[1]))
	for _, problem := range problems {
		_, _ = fmt.Fprintln(stdout, problem)
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "deploycheck:", err)
	}
	if err != nil || len(problems) > 0 {
		return 1
	}
	return 0
}

// check gives the problems of all files. An error means that something could
// not be checked.
func check(ctx context.Context, s server, deploy fs.FS) ([]string, error) {
	image, errImage := checkDockerfile(ctx, deploy)
	compose, errCompose := checkCompose(ctx, s, deploy)
	kubernetes, errKubernetes := checkKubernetes(ctx, s, deploy)
	observe, errObserve := checkObserve(s, deploy)
	return slices.Concat(image, compose, kubernetes, observe), errors.Join(errImage, errCompose, errKubernetes, errObserve)
}
