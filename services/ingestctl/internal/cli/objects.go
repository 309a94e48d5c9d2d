package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/ingest-iac/ingest/services/internal/message"
)

type objectsCommand struct {
	Ls  objectsLsCommand  `cmd:"" help:"List what was stored of one day's messages."`
	Cat objectsCatCommand `cmd:"" help:"Print what was stored, byte for byte."`
}

// day is a day of messages: that on which they were received, in UTC.
type day struct {
	Day string `help:"The day in UTC, as 2006-01-02; today by default." placeholder:"DATE"`
}

// Validate is called by kong.
func (d day) Validate() error {
	if _, err := d.date(); err != nil {
		return fmt.Errorf("--day is %q; allowed is a date such as 2006-01-02", d.Day)
	}
	return nil
}

func (d day) date() (time.Time, error) {
	if d.Day == "" {
		return time.Now().UTC(), nil
	}
	return time.Parse(time.DateOnly, d.Day)
}

// prefix is what the keys of the day's objects begin with.
func (d day) prefix(on target.Target) (string, error) {
	date, err := d.date()
	return message.Prefix(on.Get(target.PayloadVersion), on.Get(target.Environment)) + date.Format("2006/01/02/"), err
}

type objectsLsCommand struct {
	day
	Limit int `help:"How many are listed at most; 0 is no limit." default:"1000"`
}

// Validate is called by kong.
func (c *objectsLsCommand) Validate() error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit is %d; allowed is 0 or more", c.Limit)
	}
	return c.day.Validate()
}

// listing is a day's objects.
type listing struct {
	Prefix  string       `json:"prefix"`
	Objects []aws.Object `json:"objects"`
	// More is set when the limit left some out.
	More bool `json:"more"`
}

// Run implements the command.
func (c *objectsLsCommand) Run(s *session) error {
	on, bucket, err := s.bucket()
	if err != nil {
		return err
	}
	prefix, err := c.prefix(on)
	if err != nil {
		return err
	}
	found := listing{Prefix: prefix, Objects: []aws.Object{}}
	for object, err := range bucket.List(s.ctx, prefix) {
		if err != nil {
			return aws.Explain(err, on)
		}
		if c.Limit > 0 && len(found.Objects) == c.Limit {
			found.More = true
			break
		}
		found.Objects = append(found.Objects, object)
	}
	return s.print(found, func(w *screen) { found.write(w) })
}

func (l listing) write(w io.Writer) {
	for _, object := range l.Objects {
		_, _ = fmt.Fprintf(w, "%s  %7d  %s\n", object.StoredAt.UTC().Format(time.RFC3339), object.Bytes, object.Key)
	}
	switch {
	case l.More:
		_, _ = fmt.Fprintf(w, "the first %d under %s; --limit 0 lists them all\n", len(l.Objects), l.Prefix)
	default:
		_, _ = fmt.Fprintf(w, "%d under %s\n", len(l.Objects), l.Prefix)
	}
}

type objectsCatCommand struct {
	day
	Object         string  `arg:"" optional:"" help:"A key, or the message id that the API gave, of a message of that day."`
	IdempotencyKey *string `help:"The idempotency key of the payload, in place of a key: its object is of no day." placeholder:"KEY"`
}

// Validate is called by kong.
func (c *objectsCatCommand) Validate() error {
	if (c.Object == "") == (c.IdempotencyKey == nil) {
		return errors.New("allowed is one of a key, a message id and --idempotency-key")
	}
	return errors.Join(validIdempotencyKey(c.IdempotencyKey), c.day.Validate())
}

// Run implements the command.
func (c *objectsCatCommand) Run(s *session) error {
	on, bucket, err := s.bucket()
	if err != nil {
		return err
	}
	key := c.Object
	switch {
	case c.IdempotencyKey != nil:
		key = message.KeyedObjectKey(on.Get(target.PayloadVersion), on.Get(target.Environment), *c.IdempotencyKey)
	case !strings.Contains(key, "/"):
		if key, err = c.find(s, on, bucket); err != nil {
			return err
		}
	}
	content, err := bucket.Get(s.ctx, key)
	if err != nil {
		return aws.Explain(err, on)
	}
	if _, err := s.stdout.Write(content); err != nil {
		return fmt.Errorf("printing %s: %w", key, err)
	}
	return nil
}

// find looks for the object of a message among the day's.
func (c *objectsCatCommand) find(s *session, on target.Target, bucket *aws.Bucket) (string, error) {
	prefix, err := c.prefix(on)
	if err != nil {
		return "", err
	}
	for object, err := range bucket.List(s.ctx, prefix) {
		if err != nil {
			return "", aws.Explain(err, on)
		}
		if object.MessageID() == c.Object {
			return object.Key, nil
		}
	}
	return "", fmt.Errorf("message %s: %w under %s: --day names another day, and %s lists it; what was sent with an idempotency key is found by --idempotency-key", c.Object, aws.ErrNotFound, prefix, s.again("objects ls --day DATE"))
}

// bucket is the payload bucket of a target.
func (s *session) bucket() (target.Target, *aws.Bucket, error) {
	on, config, err := s.connect(target.Bucket, target.Region, target.Environment, target.PayloadVersion)
	return on, aws.NewBucket(config, on.Get(target.Bucket)), err
}
