package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/ingest-iac/ingest/services/internal/service"
)

// helpCommand is here for the list of commands: Run turns it into --help.
type helpCommand struct {
	Command []string `arg:"" optional:"" help:"The command, as in: ingestctl help token rotate."`
}

type versionCommand struct{}

// Run implements the command.
func (c *versionCommand) Run(s *session) error {
	_, err := fmt.Fprintln(s.stdout, service.VersionLine("ingestctl"))
	return err
}

// examples are command lines that the help of a command shows, by the command.
var examples = map[string][]string{
	"send": {
		"ingestctl send",
		"ingestctl --stack prod send --subject Hi --timestream 1693561101",
		"ingestctl send mail.json",
	},
	"bulk": {
		"ingestctl bulk mails.ndjson",
		"zcat mails.ndjson.gz | ingestctl --stack prod bulk --rate 50",
		"ingestctl bulk --generate --count 500 --bad 5%",
		"ingestctl bulk failed.ndjson    # what an earlier run could not send",
	},
	"token set": {
		"ingestctl --stack prod token set --generate --print",
		"pass show ingest/prod | ingestctl --stack prod token set",
	},
	"token check": {"ingestctl --stack prod token check"},
	"token rotate": {
		"ingestctl --stack prod token rotate --generate --print",
		"ingestctl --stack prod token rotate --generate --print --overlap 24h",
	},
	"token revoke-previous": {"ingestctl --stack prod token revoke-previous"},
	"verify": {
		"ingestctl verify",
		"ingestctl --stack prod verify --timeout 5m",
		"ingestctl --api-url https://ingest.example.com verify --api-only",
	},
	"objects ls": {
		"ingestctl objects ls",
		"ingestctl --stack prod objects ls --day 2026-11-23 -o json",
	},
	"objects cat": {
		"ingestctl objects cat 9d1f4fb0-9a5f-4fb0-8f0e-0f6e2a6f7f11",
		"ingestctl objects cat --day 2026-11-23 9d1f4fb0-9a5f-4fb0-8f0e-0f6e2a6f7f11",
	},
	"status": {
		"ingestctl status",
		"ingestctl --stack prod status --watch --interval 10s",
	},
	"rollout": {
		"ingestctl --stack prod rollout",
		"ingestctl --stack prod rollout --events",
	},
	"logs": {
		"ingestctl --stack prod logs api --since 1h --level error",
		"ingestctl --stack prod logs worker --follow",
	},
	"dlq ls":      {"ingestctl --stack prod dlq ls --limit 10"},
	"dlq show":    {"ingestctl --stack prod dlq show 9d1f4fb0-9a5f-4fb0-8f0e-0f6e2a6f7f11 --payload"},
	"dlq redrive": {"ingestctl --stack prod dlq redrive --rate 10"},
	"dlq drop": {
		"ingestctl --stack prod dlq drop 9d1f4fb0-9a5f-4fb0-8f0e-0f6e2a6f7f11",
		"ingestctl --stack prod dlq drop --all",
	},
	"cost": {
		"ingestctl cost --payloads 10M",
		"ingestctl --stack prod cost --payloads 10M --worker-spot 100",
	},
	"help":    {"ingestctl help token rotate"},
	"version": {"ingestctl version"},
	"completion": {
		"source <(ingestctl completion bash)",
		"source <(ingestctl completion zsh)",
		"ingestctl completion fish | source",
	},
}

// showExamples puts the examples into the help of their commands.
func showExamples(app *kong.Application) {
	for _, command := range app.Leaves(false) {
		if lines := examples[command.Path()]; len(lines) > 0 {
			command.Detail = "Examples:\n\n  " + strings.Join(lines, "\n  ")
		}
	}
}
