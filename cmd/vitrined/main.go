// Command vitrined is the vitrine server: APIs, public pages and workers in
// one process, on a folder by default.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/commandline"
	"github.com/vitrine-media/vitrine/internal/sandbox"
)

// version is set by the linker.
var version = "dev"

// The exit codes.
const (
	exitOK    = 0
	exitError = 1 // it could not be done; stderr says why
	exitUsage = 2 // wrong arguments or settings; stderr names all of them
)

// gcPercent is twice Go's own: what lives in a server is small beside its
// children, so that some MB more spare a tenth of the CPU time of a small picture.
const gcPercent = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // from now on a second signal ends the process at once
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// The server starts itself with these, for children that decode what others
// have sent: one for pictures, and one that locks itself in to become ffmpeg.
const (
	imagingWorkerName = "imaging-worker"
	lockedName        = "locked"
)

// command is one thing that vitrined does.
type command struct {
	name   string
	help   string
	hidden bool // started by the server itself
	run    func(ctx context.Context, p *program) error
}

// program is what a command has to work with.
type program struct {
	settings       settings
	commands       []command // all that there are
	args           []string  // words that are no settings
	environ        []string
	stdin          io.Reader
	stdout, stderr io.Writer
}

// commands is the one table of commands.
var commands = []command{
	{name: "serve", help: "run the server", run: serve},
	{name: "keys create", help: "make an API key for --account; the key is the last line of stdout", run: keysCreate},
	{name: "keys list", help: "list the keys of --account", run: keysList},
	{name: "keys revoke", help: "revoke the key with this number: keys revoke --account NAME 3", run: keysRevoke},
	{name: "accounts show", help: "print the settings of --account", run: accountsShow},
	{name: "accounts set", help: "set what the origins of --account are like: accounts set versions=v,ts ignored=X-Amz-*; see accounts show", run: accountsSet},
	{name: "accounts suspend", help: "shut --account out: its keys answer 403", run: accountsSuspend},
	{name: "accounts resume", help: "let --account in again", run: accountsResume},
	{name: "migrate", help: "bring the database schema up to date", run: migrate},
	{name: "move", help: "carry an installation to another database, another bucket, or both: --to and --to-blobs", run: moveInstallation},
	{name: "scrub", help: "hold all stored objects against the database, and have mended what can be; --dry-run only tells, once the schema is up to date", run: scrubObjects},
	{name: "backup bytes", help: "save the bytes alone, before and after the rows are saved by pg_dump: backup bytes DIR", run: backupBytes},
	{name: "backup", help: "save everything, beside a running server: backup DIR; a second one into the same DIR saves what is new", run: backupAll},
	{name: "restore bytes", help: "put the bytes of a backup into the empty --blobs; the rows come from pg_restore: restore bytes DIR", run: restoreBytes},
	{name: "restore", help: "put a backup into the empty --db and --blobs, or the empty --data: restore DIR", run: restoreAll},
	{name: "completion", help: "print the script that has a shell complete commands and settings: completion bash, zsh or fish", run: completionScript},
	{name: "man", help: "print the man page, or write it into a folder: man DIR", run: manPage},
	{name: "version", help: "print the version", run: printVersion},
	{name: imagingWorkerName, hidden: true, run: imagingWorker},
}

// run is main without the process around it. A cancelled ctx stops the server
// in good order.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == commandline.CompleteCommand {
		return complete(stdout, args[1:])
	}
	asked := func(arg string) bool { return arg == "help" || arg == "-h" || arg == "--help" }
	if len(args) == 0 || args[0] != lockedName && slices.ContainsFunc(args, asked) {
		printUsage(stdout)
		return exitOK
	}
	if args[0] == lockedName { // what follows is another program's
		return sandbox.Exec(args[1:], stderr)
	}
	cmd, rest := findCommand(args)
	if cmd == nil {
		_, _ = fmt.Fprintf(stderr, "vitrined: unknown command %q; vitrined help lists them\n", strings.Join(args, " "))
		return exitUsage
	}
	settings, words, problems := parseSettings(rest, environ)
	if len(problems) > 0 {
		for _, problem := range problems {
			_, _ = fmt.Fprintln(stderr, "vitrined:", problem)
		}
		return exitUsage
	}
	err := cmd.run(ctx, &program{settings: settings, commands: commands, args: words, environ: environ, stdin: stdin, stdout: stdout, stderr: stderr})
	if refused, ok := errors.AsType[*vitrine.Error](err); ok && refused.Err == nil {
		err = errors.New(strings.Join(refused.Messages, "; ")) // the code is for programs
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "vitrined %s: %v\n", cmd.name, err)
		return exitError
	}
	return exitOK
}

// findCommand gives the command that args begin with, and the args after it.
func findCommand(args []string) (*command, []string) {
	for i, cmd := range commands {
		words := strings.Fields(cmd.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == cmd.name {
			return &commands[i], args[len(words):]
		}
	}
	return nil, nil
}

func printUsage(w io.Writer) {
	_, _ = fmt.Fprint(w, "Usage: vitrined COMMAND [SETTINGS]\n\nCommands:\n")
	for _, cmd := range commands {
		if !cmd.hidden {
			_, _ = fmt.Fprintf(w, "  %-17s %s\n", cmd.name, cmd.help)
		}
	}
	_, _ = fmt.Fprint(w, "\nSettings, as a flag or from the environment:\n")
	s := defaultSettings()
	for _, row := range s.table() {
		_, _ = fmt.Fprintf(w, "  --%-20s %s (%s, default %s)\n", row.name, row.help, row.env(), row.defaultText())
	}
}

func printVersion(_ context.Context, p *program) error {
	_, err := fmt.Fprintln(p.stdout, "vitrined", version)
	return err
}
