package cli

import (
	"fmt"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/completion"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Run implements the command.
func (c *completionCommand) Run(s *session) error {
	script, err := completion.Script(c.Shell, "ingestctl")
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.stdout, script)
	return err
}
