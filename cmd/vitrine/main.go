// Command vitrine is the command line of vitrine's API: it sends listings and
// shows what becomes of their photos.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/vitrine-media/vitrine/client"
)

// The exit codes. The help tells them too.
const (
	exitOK          = 0
	exitUnpublished = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitRefused     = 4
	exitInterrupted = 130 // as a shell has it for Ctrl-C
)

const description = `Send listings to a vitrine server and see what becomes of their photos.

Exit codes:

  0    done
  1    the listing was refused, or isn't published though it was to be
  2    wrong use: an unknown flag, no key, a FILE that can't be read
  3    the server can't be reached, or can't answer
  4    the key was refused (401, 403)
  130  interrupted`

// commands is the whole command line. Flags win over the environment.
type commands struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server (VITRINE_SERVER); ${default} if not given."`
	Key    string `placeholder:"KEY" help:"The API key (VITRINE_KEY)."`
	JSON   bool   `name:"json" help:"Print the outcome as JSON."`

	Listing struct {
		Put putCommand `cmd:"" help:"Create or update a listing from FILE."`
	} `cmd:"" help:"Listings."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// environment names the variable of each flag that has one.
var environment = map[string]string{
	"server": "VITRINE_SERVER",
	"key":    "VITRINE_KEY",
}

// version is set by the linker.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: outcomes go to stdout, progress and complaints to stderr.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	var cli commands
	helped := false
	parser, err := kong.New(&cli,
		kong.Name("vitrine"),
		kong.Description(description),
		kong.Writers(stdout, stderr),
		kong.ConfigureHelp(kong.HelpOptions{WrapUpperBound: 80}),
		kong.Exit(func(int) { helped = true }), // only --help ends in the middle of Parse
		kong.Resolvers(kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			if value := getenv(environment[flag.Name]); value != "" {
				return value, nil
			}
			return nil, nil
		})),
	)
	if err != nil {
		return complain(ctx, stderr, err)
	}
	command, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		return complain(ctx, stderr, &usageError{err.Error() + " (vitrine --help tells more)"})
	}
	command.BindTo(ctx, (*context.Context)(nil))
	return complain(ctx, stderr, command.Run(&cli, &output{stdout: stdout, stderr: stderr}))
}

// output is where a command writes.
type output struct {
	stdout, stderr io.Writer
}

// usageError is a mistake on the command line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// errUnpublished ends a command that has already said what is wrong.
var errUnpublished = errors.New("not published")

// complain tells what went wrong, with a hint where one helps, and gives the
// exit code.
func complain(ctx context.Context, stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	code, hint := classify(ctx, err)
	if !errors.Is(err, errUnpublished) {
		_, _ = fmt.Fprintln(stderr, "vitrine:", clean(err.Error()))
	}
	if hint != "" {
		_, _ = fmt.Fprintln(stderr, "hint:", hint)
	}
	return code
}

func classify(ctx context.Context, err error) (code int, hint string) {
	if ctx.Err() != nil {
		return exitInterrupted, "what was accepted goes on; send the same again to see how it stands"
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage, ""
	}
	if errors.Is(err, errUnpublished) {
		return exitUnpublished, ""
	}
	if refusal, ok := errors.AsType[*client.Error](err); ok {
		switch {
		case refusal.StatusCode == http.StatusUnauthorized, refusal.StatusCode == http.StatusForbidden:
			return exitRefused, "the server's operator makes keys with: vitrined keys create --account NAME"
		case refusal.StatusCode == http.StatusTooManyRequests, refusal.StatusCode >= 500:
			return exitUnreachable, "the server is there but can't answer now; try again later"
		}
		return exitUnpublished, ""
	}
	return exitUnreachable, "is the server running, and is --server (VITRINE_SERVER) right?"
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(out *output) error {
	_, err := fmt.Fprintln(out.stdout, "vitrine", version)
	return err
}
