package cli

import (
	"fmt"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type tokenRevokeCommand struct{}

// revoked is the version that is not accepted any more, 0 if there was none.
type revoked struct {
	Parameter string `json:"parameter"`
	Version   int64  `json:"revoked_version"`
}

// Run implements the command.
func (c *tokenRevokeCommand) Run(s *session) error {
	on, parameter, err := s.tokenTarget()
	if err != nil {
		return err
	}
	version, err := parameter.RevokePrevious(s.ctx)
	if err != nil {
		return aws.Explain(err, on)
	}
	done := revoked{on.Get(target.TokenParameter), version}
	return s.print(done, func(w *screen) {
		if done.Version == 0 {
			_, _ = fmt.Fprintf(w, "%s has no previous token: nothing to revoke\n", done.Parameter)
			return
		}
		_, _ = fmt.Fprintf(w, "the previous token of %s (version %d) is revoked\n", done.Parameter, done.Version)
		_, _ = fmt.Fprintf(w, "the API refuses it within its TOKEN_TTL, a minute by default\n")
	})
}
