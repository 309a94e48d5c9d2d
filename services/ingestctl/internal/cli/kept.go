package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/bulk"
)

// keptFile collects payloads under a temporary name and gets its own when it is
// complete. It replaces no file, and is not there when nothing was written.
type keptFile struct {
	name  string
	temp  *os.File
	empty bool
}

// newKeptFile opens a file next to where it will be, so that a folder that cannot
// be written is found at once.
func newKeptFile(name string) (*keptFile, error) {
	temp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fmt.Errorf("the payloads that are not accepted cannot be kept: %w", err)
	}
	return &keptFile{name: name, temp: temp, empty: true}, nil
}

func (f *keptFile) Write(text []byte) (int, error) {
	f.empty = f.empty && len(text) == 0
	n, err := f.temp.Write(text)
	if err != nil {
		err = fmt.Errorf("keeping what was not accepted: %w", err)
	}
	return n, err
}

// finish gives the file its name, or removes it when it is empty. Where that
// fails, the error says where the payloads are.
func (f *keptFile) finish() error {
	closed := f.temp.Close()
	if f.empty {
		return errors.Join(closed, os.Remove(f.temp.Name()))
	}
	if exists(f.name) {
		f.name = freeName(f.name)
	}
	if err := errors.Join(closed, os.Rename(f.temp.Name(), f.name)); err != nil {
		return fmt.Errorf("what was not accepted is kept in %s: %w", f.temp.Name(), err)
	}
	return nil
}

// freeName is a name that no file has: the given one, or that with a number.
func freeName(name string) string {
	extension := filepath.Ext(name)
	free := name
	for n := 2; exists(free); n++ {
		free = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), n, extension)
	}
	return free
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// copyRest keeps what is left of an input under a name of its own.
func copyRest(name string, rest io.Reader) (string, error) {
	file, err := newKeptFile(name)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, rest)
	if err = errors.Join(err, file.finish()); err != nil || file.empty {
		return "", err
	}
	return file.name, nil
}

// kept are the files for what was not accepted.
type kept struct{ failed, refused *keptFile }

func (c *bulkCommand) newKept() (*kept, error) {
	names := [2]string{c.Failed, c.Refused}
	for i, otherwise := range [2]string{"failed.ndjson", "refused.ndjson"} {
		if names[i] == "" {
			names[i] = freeName(otherwise)
		} else if exists(names[i]) {
			return nil, fmt.Errorf("%s exists, and may hold payloads that are nowhere else: name another file", names[i])
		}
	}
	failed, err := newKeptFile(names[0])
	if err != nil {
		return nil, err
	}
	refused, err := newKeptFile(names[1])
	if err != nil {
		return nil, errors.Join(err, failed.finish())
	}
	return &kept{failed: failed, refused: refused}, nil
}

func (k *kept) keep(payload bulk.NotAccepted) error {
	file := k.failed
	if payload.Permanent() {
		file = k.refused
	}
	line, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("keeping what was not accepted: %w", err)
	}
	_, err = file.Write(append(line, '\n'))
	return err
}

func (k *kept) finish(report *bulkReport) error {
	err := errors.Join(k.failed.finish(), k.refused.finish())
	if !k.failed.empty {
		report.FailedFile = k.failed.name
	}
	if !k.refused.empty {
		report.RefusedFile = k.refused.name
	}
	return err
}

// bulkReport counts the results of a run's payloads, and names the files of those that were
// not accepted.
type bulkReport struct {
	bulk.Summary
	FailedFile  string `json:"failed_file,omitempty"`
	RefusedFile string `json:"refused_file,omitempty"`
	UnreadFile  string `json:"unread_file,omitempty"`
}

func (r *bulkReport) write(w io.Writer, s *session) {
	r.Write(w)
	if r.FailedFile != "" {
		_, _ = fmt.Fprintf(w, "not accepted: %d, of which %d were never tried, kept in %s; send them again with: %s\n",
			r.Failed, r.NeverTried, r.FailedFile, s.again("bulk "+r.FailedFile))
	}
	if r.RefusedFile != "" {
		_, _ = fmt.Fprintf(w, "refused for good: %d, kept in %s with the reason of each; correct them before they are sent again\n", r.Refused, r.RefusedFile)
	}
	if r.Unread {
		_, _ = fmt.Fprintf(w, "the input did not end within %s; what came after that is neither sent nor kept\n", stopGrace)
	}
	if r.UnreadFile != "" {
		_, _ = fmt.Fprintf(w, "never tried: the rest of the input, kept as it is in %s; correct it, then send it with: %s\n", r.UnreadFile, s.again("bulk "+r.UnreadFile))
	}
}
