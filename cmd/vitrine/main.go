// Command vitrine is the command line of vitrine's APIs: it sends listings,
// classifieds and photos and shows what becomes of them.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/vitrine-media/vitrine/client"
)

const description = "Send listings and photos to a vitrine server and see what becomes of them."

const exitCodes = `  0    done
  1    the request was refused, a file, a job or a delivery failed, or a
       listing isn't published though it was to be
  2    wrong use: an unknown flag, no key, a file that can't be read
  3    the server can't be reached, or can't answer
  4    the key was refused (401, 403)
  130  interrupted`

// commands is the whole command line. Flags win over the environment.
type commands struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server (VITRINE_SERVER); ${default} if not given."`
	Key    string `placeholder:"KEY" help:"The API key (VITRINE_KEY)."`
	JSON   bool   `name:"json" help:"Print the outcome as JSON."`

	Listing struct {
		Put     putCommand            `cmd:"" help:"Create or update a listing from FILE."`
		Checkup listingCheckUpCommand `cmd:"" help:"Tell which pictures are blurred, dark, the same twice, and by what."`
	} `cmd:"" help:"Send listings and look at their pictures."`
	Media struct {
		Upload uploadCommand `cmd:"" help:"Upload photos and videos from this machine."`
		Import importCommand `cmd:"" help:"Have the server fetch photos and videos by their URLs."`
		Get    getCommand    `cmd:"" help:"Show a file and its pictures."`
		Delete deleteCommand `cmd:"" help:"Delete a file, from all listings too."`
		Link   linkCommand   `cmd:"" help:"Give a file an id of your own."`
		Unlink unlinkCommand `cmd:"" help:"Take your own id from a file."`
	} `cmd:"" help:"Upload, show and delete files."`
	Classified struct {
		Put     classifiedPutCommand     `cmd:"" help:"Create or update a classified from FILE and show the plan."`
		Plan    classifiedPlanCommand    `cmd:"" help:"Show what a put would do, and change nothing."`
		Status  classifiedStatusCommand  `cmd:"" help:"Show how a classified and its media stand."`
		Checkup classifiedCheckUpCommand `cmd:"" help:"Tell which pictures are blurred, dark, the same twice, and by what."`
		Retry   classifiedRetryCommand   `cmd:"" help:"Have one media fetched again now."`
	} `cmd:"" help:"Send classifieds and see how they stand."`
	Import struct {
		OpenImmo openImmoCommand `cmd:"" name:"openimmo" help:"Send the listings of an OpenImmo transfer with their pictures."`
	} `cmd:"" help:"Send what other systems export."`
	Events struct {
		Tail tailCommand `cmd:"" help:"Show what happens, as it happens."`
	} `cmd:"" help:"See what happens."`
	Webhooks struct {
		List   webhookListCommand   `cmd:"" help:"Show the webhooks."`
		Add    webhookAddCommand    `cmd:"" help:"Have events delivered to a URL."`
		Remove webhookRemoveCommand `cmd:"" help:"End the deliveries to a webhook."`
		Replay webhookReplayCommand `cmd:"" help:"Deliver events again."`
		Test   webhookTestCommand   `cmd:"" help:"Deliver a test and tell how it went."`
	} `cmd:"" help:"Have events delivered."`
	Job struct {
		Watch watchCommand `cmd:"" help:"Follow a job to its end."`
	} `cmd:"" help:"Follow jobs."`
	Doctor     doctorCommand     `cmd:"" help:"Look at the server, the key, versions, clocks and limits, and say what to do."`
	Check      checkCommand      `cmd:"" help:"Tell whether a feed would work, with each fault and what to do; nothing is sent."`
	Sandbox    sandboxCommand    `cmd:"" help:"Serve photos that misbehave as their addresses say, to try out a server with."`
	Completion completionCommand `cmd:"" help:"Have a shell complete commands and flags: print its script."`
	Man        manCommand        `cmd:"" help:"Print the man page, or write one for each command into DIR."`
	Version    versionCommand    `cmd:"" help:"Print the version."`

	Complete completeCommand `cmd:"" name:"__complete" hidden:""` // commandline.CompleteCommand
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
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: outcomes go to stdout, progress and complaints to stderr.
func run(ctx context.Context, args []string, getenv func(string) string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var cli commands
	helped := false
	parser, err := kong.New(&cli,
		kong.Name("vitrine"),
		kong.Description(description+"\n\nExit codes:\n\n"+exitCodes),
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
	command.BindTo(stdin, (*io.Reader)(nil))
	return complain(ctx, stderr, command.Run(&cli, &output{stdout: stdout, stderr: stderr}))
}

// connect gives the client of the server and key that were named.
func (cli *commands) connect() (*client.Client, error) {
	if cli.Key == "" {
		return nil, &usageError{"a key is needed: --key or VITRINE_KEY"}
	}
	return client.New(cli.Server, cli.Key), nil
}

// output is where a command writes.
type output struct {
	stdout, stderr io.Writer
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(cli *commands, out *output) error {
	if cli.JSON {
		return printJSON(out.stdout, map[string]string{"program": "vitrine", "version": version})
	}
	_, err := fmt.Fprintln(out.stdout, "vitrine", version)
	return err
}
