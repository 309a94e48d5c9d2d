package cli

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/apiclient"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/bulk"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/payloads"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

type bulkCommand struct {
	File        string  `arg:"" optional:"" help:"A JSON array or NDJSON, or - for stdin, which is read by default when it is not a terminal."`
	Concurrency int     `help:"How many payloads are sent at once." default:"8"`
	Rate        float64 `help:"How many payloads are sent a second at most; 0 is no limit." default:"0"`
	Attempts    int     `help:"How often a payload is sent in all while the API has trouble." default:"5"`
	Failed      string  `help:"The file for payloads to send again; by default failed.ndjson, or failed-2.ndjson where that exists." type:"path" placeholder:"FILE"`
	Refused     string  `help:"The file for payloads to correct, which the API refuses for good; by default refused.ndjson." type:"path" placeholder:"FILE"`

	Generate bool    `help:"Generate payloads instead of reading them."`
	Count    *int    `help:"How many payloads to generate; 10 by default."`
	Seed     *uint64 `help:"The same seed generates the same payloads; 1 by default."`
	Bad      string  `help:"The share of generated payloads that the API has to refuse, as in 5%." placeholder:"PERCENT"`
	Yes      bool    `help:"Do not ask before generated payloads go to a deployment."`
}

// Limits and defaults of bulk.
const (
	maxCount     = 1_000_000
	defaultCount = 10
	defaultSeed  = 1
)

// Validate is called by kong.
func (c *bulkCommand) Validate() error {
	if c.Concurrency < 1 || c.Concurrency > maxCount {
		return fmt.Errorf("--concurrency is %d; allowed is 1 to %d", c.Concurrency, maxCount)
	}
	if c.Count != nil && (*c.Count < 1 || *c.Count > maxCount) {
		return fmt.Errorf("--count is %d; allowed is 1 to %d", *c.Count, maxCount)
	}
	if c.Rate < 0 {
		return fmt.Errorf("--rate is %g; allowed is 0 or more", c.Rate)
	}
	if _, err := c.share(); err != nil {
		return err
	}
	for flag, given := range map[string]bool{"--count": c.Count != nil, "--seed": c.Seed != nil, "--bad": c.Bad != ""} {
		if given && !c.Generate {
			return fmt.Errorf("%s goes with --generate", flag)
		}
	}
	if c.Generate && c.File != "" {
		return fmt.Errorf("%s and --generate exclude each other", c.File)
	}
	return validAttempts(c.Attempts)
}

// share reads --bad.
func (c *bulkCommand) share() (float64, error) {
	if c.Bad == "" {
		return 0, nil
	}
	percent, err := strconv.ParseFloat(strings.TrimSuffix(c.Bad, "%"), 64)
	if err != nil || percent < 0 || percent > 100 {
		return 0, fmt.Errorf("--bad is %q; allowed is 0%% to 100%%", c.Bad)
	}
	return percent / 100, nil
}

// Run implements the command.
func (c *bulkCommand) Run(s *session) error {
	from, err := c.source(s)
	if err != nil {
		return err
	}
	defer from.close()
	on, err := s.target(s.tokenParts(target.APIURL)...)
	if err != nil {
		return err
	}
	if err := c.confirm(s, on, from.total); err != nil {
		return err
	}
	token, err := s.token(on)
	if err != nil {
		return err
	}
	kept, err := c.newKept()
	if err != nil {
		return err
	}
	client := apiclient.New(on.Get(target.APIURL), c.Attempts, c.Concurrency)
	defer client.Close()
	client.Grace = stopGrace
	step, finished := s.progress(from.total)
	summary, err := bulk.Run(s.ctx, bulk.Options{
		Send: client.Send, Payloads: from.all, Patience: from.patience, Token: token, Concurrency: c.Concurrency, Rate: c.Rate,
		Progress: step, Keep: kept.keep,
	})
	finished()
	report := &bulkReport{Summary: summary}
	if err != nil && from.reader != nil && !summary.Unread { // else it is still being read
		var failed error
		report.UnreadFile, failed = copyRest(freeName(filepath.Join(filepath.Dir(kept.failed.name), "unread.txt")), from.reader.Rest())
		err = errors.Join(err, failed)
	}
	// What was sent is told also where the rest could not be read.
	err = errors.Join(err, kept.finish(report), s.print(report, func(w *screen) { report.write(w, s) }))
	switch {
	case err != nil:
		return err
	case s.ctx.Err() != nil:
		return errInterrupted
	case summary.Failed+summary.Refused > 0:
		return errRefused
	}
	return nil
}

// stopGrace is how long Ctrl-C waits for the answers to requests in flight, and for the
// end of an input that is no file.
const stopGrace = 5 * time.Second

// source is where the payloads come from.
type source struct {
	all iter.Seq2[payloads.Payload, error]
	// total is how many there are; below 0 it is not known.
	total int
	// reader is nil for generated payloads, and for a file, which keeps the rest.
	reader *payloads.Reader
	// patience is as in bulk.Options.
	patience time.Duration
	close    func()
}

// source opens the payloads. A file is read to its end once before anything is
// sent, so that an error in it costs nothing.
func (c *bulkCommand) source(s *session) (source, error) {
	switch {
	case c.Generate:
		bad, err := c.share()
		generator := payloads.Generator{Count: valueOr(c.Count, defaultCount), Seed: valueOr(c.Seed, defaultSeed), Bad: bad}
		return source{all: generator.All(), total: generator.Count, close: func() {}}, err
	case c.File == "" && terminal(s.stdin):
		return source{}, errors.New("there is no input: name a file, pipe payloads into stdin, or make some with --generate")
	}
	name, input, err := open(s, c.File)
	if err != nil {
		return source{}, err
	}
	opened := source{total: -1, patience: stopGrace, close: func() { _ = input.Close() }}
	if file, regular := input.(*os.File); regular && isRegular(file) {
		opened.total, opened.patience = 0, 0
		for _, err := range payloads.NewReader(name, file).All() {
			if err != nil {
				opened.close()
				return source{}, fmt.Errorf("%w (nothing was sent)", err)
			}
			opened.total++
		}
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			opened.close()
			return source{}, fmt.Errorf("reading %s again: %w", name, err)
		}
	}
	opened.reader = payloads.NewReader(name, input)
	opened.all = opened.reader.All()
	return opened, nil
}

func isRegular(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

func valueOr[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

// open opens a file, or stdin for "-" or none, with the name that errors use.
func open(s *session, name string) (string, io.ReadCloser, error) {
	if name == "-" || name == "" {
		return "stdin", io.NopCloser(s.stdin), nil
	}
	file, err := os.Open(name) //nolint:gosec // the user names the file
	if err != nil {
		return "", nil, fmt.Errorf("reading payloads: %w", err)
	}
	return name, file, nil
}

// confirm asks before generated payloads go to a deployment.
func (c *bulkCommand) confirm(s *session, on target.Target, count int) error {
	if !c.Generate || c.Yes || on.OnThisMachine() {
		return nil
	}
	name := on.Name
	if on.Local { // --api-url names another machine
		if parsed, err := url.Parse(on.Get(target.APIURL)); err == nil {
			name = parsed.Host
		}
	}
	return s.confirm(fmt.Sprintf("%d generated payloads will be stored by %s. Type %s to send them: ", count, name, name), name)
}
