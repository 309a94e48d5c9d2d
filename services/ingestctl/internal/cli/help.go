package cli

import (
	"fmt"

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
