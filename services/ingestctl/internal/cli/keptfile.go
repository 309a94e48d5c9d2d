package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
