package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/bulk"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type bulkCommand struct {
	File        string  `arg:"" optional:"" help:"A JSON array or NDJSON, or - for stdin; without it, payloads are generated."`
	Count       int     `help:"How many payloads to generate." default:"10"`
	Seed        uint64  `help:"The same seed generates the same payloads." default:"1"`
	Bad         string  `help:"The share of generated payloads that the API has to refuse, as in 5%." default:"0%"`
	Concurrency int     `help:"How many payloads are sent at once." default:"8"`
	Rate        float64 `help:"How many payloads are sent a second at most; 0 is no limit." default:"0"`
	Attempts    int     `help:"How often a payload is sent in all while the API has trouble." default:"5"`
	Failed      string  `help:"The file that payloads which were not accepted go to; it can be sent again." default:"failed.ndjson"`
}

// Validate is called by kong.
func (c *bulkCommand) Validate() error {
	for name, value := range map[string]int{"--count": c.Count, "--concurrency": c.Concurrency, "--attempts": c.Attempts} {
		if value < 1 || value > 1_000_000 {
			return fmt.Errorf("%s is %d; allowed is 1 to 1000000", name, value)
		}
	}
	if c.Rate < 0 {
		return fmt.Errorf("--rate is %g; allowed is 0 or more", c.Rate)
	}
	_, err := c.share()
	return err
}

// share reads --bad.
func (c *bulkCommand) share() (float64, error) {
	percent, err := strconv.ParseFloat(strings.TrimSuffix(c.Bad, "%"), 64)
	if err != nil || percent < 0 || percent > 100 {
		return 0, fmt.Errorf("--bad is %q; allowed is 0%% to 100%%", c.Bad)
	}
	return percent / 100, nil
}

// Run implements the command.
func (c *bulkCommand) Run(s *session) error {
	on, err := s.target(s.tokenParts(target.APIURL)...)
	if err != nil {
		return err
	}
	token, err := s.token(on)
	if err != nil {
		return err
	}
	all, done, err := c.payloads(s)
	if err != nil {
		return err
	}
	defer done()
	client := apiclient.New(on.Get(target.APIURL), c.Attempts, c.Concurrency)
	defer client.Close()
	client.Grace = stopGrace
	step, finished := s.progress(c.total())
	summary, err := bulk.Run(s.ctx, bulk.Options{
		Send: client.Send, Payloads: all, Token: token, Concurrency: c.Concurrency, Rate: c.Rate, Progress: step,
	})
	finished()
	// What was sent is told and kept also where the rest could not be read.
	if err := errors.Join(err, c.keep(summary.Failed), s.print(summary, func(w *screen) { c.show(w, summary) })); err != nil {
		return err
	}
	switch {
	case s.ctx.Err() != nil:
		return errInterrupted
	case len(summary.Failed) > 0:
		return errRefused
	}
	return nil
}

// stopGrace is how long Ctrl-C waits for the answers to what is on its way.
const stopGrace = 5 * time.Second

// total is how many payloads there are; those of a file are not counted first.
func (c *bulkCommand) total() int {
	if c.File != "" {
		return -1
	}
	return c.Count
}

func (c *bulkCommand) payloads(s *session) (all iter.Seq2[payloads.Payload, error], done func(), err error) {
	if c.File == "" {
		bad, err := c.share()
		return payloads.Generator{Count: c.Count, Seed: c.Seed, Bad: bad}.All(), func() {}, err
	}
	input, err := open(s, c.File)
	if err != nil {
		return nil, nil, err
	}
	return payloads.Read(input), func() { _ = input.Close() }, nil
}

// keep writes what was not accepted; without any, there is no file.
func (c *bulkCommand) keep(failed []payloads.Payload) error {
	if len(failed) == 0 {
		return nil
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	for _, payload := range failed {
		if err := encoder.Encode(payload); err != nil {
			return fmt.Errorf("keeping what was not accepted: %w", err)
		}
	}
	if err := os.WriteFile(c.Failed, []byte(out.String()), 0o600); err != nil {
		return fmt.Errorf("keeping what was not accepted: %w", err)
	}
	return nil
}

func (c *bulkCommand) show(w io.Writer, summary bulk.Summary) {
	summary.Write(w)
	if len(summary.Failed) > 0 {
		_, _ = fmt.Fprintf(w, "not accepted: %d, kept in %s (send them again with: ingestctl bulk %s)\n", len(summary.Failed), c.Failed, c.Failed)
	}
}

// open opens a file, or stdin for "-".
func open(s *session, name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(s.stdin), nil
	}
	file, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("reading payloads: %w", err)
	}
	return file, nil
}
