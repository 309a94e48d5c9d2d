// Command deliver is what make and the workflows run around pulumi: everything in
// the delivery of this workspace that needs a decision.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/stacks/cmd/deliver/internal/pulumi"
	"github.com/ingest-iac/ingest/stacks/internal/workspace"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())
	stop()
	os.Exit(status)
}

// commands is the command line: a field for each command, in the file of its name.
type commands struct {
	Bootstrap       bootstrapCommand       `cmd:"" help:"Deploy bootstrap, and move its state into its own bucket."`
	Deploy          deployCommand          `cmd:"" help:"Deploy compute, and wait while its state is locked."`
	Destroy         destroyCommand         `cmd:"" help:"Destroy a stack, unless another stack needs it."`
	GithubVariables githubVariablesCommand `cmd:"" help:"Print the gh variable set lines that the workflows need."`
	StackInit       stackInitCommand       `cmd:"" help:"Make a stack, with bootstrap's key as its secrets provider."`
	PulumiVersion   pulumiVersionCommand   `cmd:"" help:"Print the version of Pulumi that CI installs."`

	CIPlan ciPlanCommand `cmd:"" name:"ci-plan" help:"Decide which jobs of CI ask for credentials."`

	ImageArgs imageArgsCommand `cmd:"" help:"Print the build arguments of an image."`
	Images    struct {
		Plan   imagesPlanCommand   `cmd:"" help:"Decide in CI which images are built and pushed."`
		Choose imagesChooseCommand `cmd:"" help:"Decide in CD which images are deployed."`
		Build  imagesBuildCommand  `cmd:"" help:"Build images for this machine."`
		Push   imagesPushCommand   `cmd:"" help:"Build the images of this commit and push them to ECR."`
	} `cmd:"" help:"Images of the services."`

	Preview        previewCommand        `cmd:"" help:"Preview a stack for a pull request."`
	PreviewComment previewCommentCommand `cmd:"" help:"Write the previews as one comment on the pull request."`
	Drift          driftCommand          `cmd:"" help:"Compare a stack with what is deployed."`
	DriftIssue     driftIssueCommand     `cmd:"" help:"Keep one issue for drift."`
	Summary        summaryCommand        `cmd:"" help:"Write the outputs of a deployment."`
}

// usageError is a wrong call, such as an unknown flag or a missing variable.
type usageError struct{ message string }

func (e usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return usageError{fmt.Sprintf(format, args...)}
}

// run runs one command and returns the exit status: 0, 1 for a refusal or a
// failure, 2 for a wrong call.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, environ []string) int {
	env := newEnvironment(environ)
	err := runCommand(ctx, args, stdin, stdout, stderr, env)
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		printError(stderr, env, err)
		return 2
	default:
		printError(stderr, env, err)
		return 1
	}
}

func runCommand(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env environment) error {
	var parsed commands
	exited := false
	parser, err := newParser(&parsed, env,
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { exited = true }),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return fmt.Errorf("reading the declaration of the command line: %w", err)
	}
	command, err := parser.Parse(args)
	if exited { // --help
		return nil
	}
	if err != nil {
		return usageError{err.Error()}
	}
	root, err := workspace.Root()
	if err != nil {
		return err
	}
	return command.Run(&app{
		root: root, stdin: stdin, stdout: stdout, stderr: stderr, env: env,
		pulumi: &pulumi.CLI{Root: root, Stdin: stdin, Stdout: stdout, Stderr: stderr},
	})
}

// newParser returns the parser of the command line.
func newParser(parsed *commands, env environment, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(parsed, append(options,
		kong.Name("deliver"),
		kong.Description("What make and the workflows run around pulumi."),
		kong.Resolvers(variables(env)),
	)...)
}

// variables takes the value of a flag that is not given from the variable that its
// tag from names. Kong's own tag env reads the environment of the process only.
func variables(env environment) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if value := env[flag.Tag.Get("from")]; value != "" {
			return value, nil
		}
		return nil, nil //nolint:nilnil // kong takes nil for no value
	})
}

// printError prints an error. GitHub shows a line that begins with ::error:: on the
// first page of the run.
func printError(stderr io.Writer, env environment, err error) {
	if env["GITHUB_ACTIONS"] != "" {
		fmt.Fprintf(stderr, "::error::%s\n", strings.ReplaceAll(err.Error(), "\n", "%0A"))
		return
	}
	fmt.Fprintf(stderr, "error: %s\n", err)
}
