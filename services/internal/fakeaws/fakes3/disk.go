package fakes3

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// hiddenDir is the folder, directly under the directory, for everything that is
// not an object under its own key: headers, objects whose keys cannot be paths,
// files being written.
const hiddenDir = ".fakeaws"

const (
	dirMode  = 0o755
	fileMode = 0o644
)

// writeAttempts bounds how often a write is tried while directories disappear
// under it: a delete prunes an empty one, a person removes the tree.
const writeAttempts = 100

// disk is a bucket whose keys are paths under dir. An object whose key cannot be a
// path (a name of more than 255 bytes, "a//b", "a" next to "a/b") is a file in a
// hidden folder, named by the key's hash. Next to either is a file of headers,
// which names the key. All access goes through an os.Root: no key, and no link in
// the tree, leads out of it. The directory may be removed at any time; it is made
// again when it is next used.
type disk struct {
	dir       string
	name      string
	temporary atomic.Int64

	mu sync.Mutex
	// roots are all that were opened; the last one is used. A removed directory's
	// root stays open until close, since calls may be using it.
	roots []*os.Root
}

func openDisk(dir, name string) (*disk, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the directory of the objects: %w", err)
	}
	d := &disk{dir: absolute, name: name}
	root, err := d.root()
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	// What an earlier process was writing when it was killed.
	if err := root.RemoveAll(d.temporaryDir()); err != nil {
		return nil, errors.Join(fmt.Errorf("clearing half-written objects: %w", err), d.close())
	}
	return d, nil
}

// root is the directory as it is now, made if it is not there.
func (d *disk) root() (*os.Root, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.roots) > 0 {
		last := d.roots[len(d.roots)-1]
		opened, openedErr := last.Stat(".")
		current, err := os.Stat(d.dir)
		if openedErr == nil && err == nil && os.SameFile(opened, current) {
			return last, nil
		}
	}
	if err := os.MkdirAll(d.dir, dirMode); err != nil {
		return nil, fmt.Errorf("making the directory of the objects: %w", err)
	}
	root, err := os.OpenRoot(d.dir)
	if err != nil {
		return nil, fmt.Errorf("opening the directory of the objects: %w", err)
	}
	d.roots = append(d.roots, root)
	return root, nil
}

func (d *disk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	for _, root := range d.roots {
		errs = append(errs, root.Close())
	}
	d.roots = nil
	return errors.Join(errs...)
}

func (d *disk) temporaryDir() string { return path.Join(hiddenDir, "writing") }
func (d *disk) headersDir() string   { return path.Join(hiddenDir, "headers", d.name) }
func (d *disk) hashedDir() string    { return path.Join(hiddenDir, "hashed", d.name) }

// write puts content, dated modified, at name in one step: a reader, and a
// restart after a kill, sees all of it or nothing.
func (d *disk) write(name string, content []byte, modified time.Time) error {
	temporary := path.Join(d.temporaryDir(), strconv.FormatInt(d.temporary.Add(1), 10))
	var err error
	for range writeAttempts {
		err = d.tryWrite(temporary, name, content, modified)
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return err
}

func (d *disk) tryWrite(temporary, name string, content []byte, modified time.Time) error {
	root, err := d.root()
	if err != nil {
		return err
	}
	steps := []func() error{
		func() error { return root.MkdirAll(d.temporaryDir(), dirMode) },
		func() error { return root.WriteFile(temporary, content, fileMode) },
		func() error { return root.Chtimes(temporary, time.Time{}, modified) },
		func() error { return root.MkdirAll(path.Dir(name), dirMode) },
		func() error { return root.Rename(temporary, name) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			_ = root.Remove(temporary) // it may not have been written, or be gone
			return err
		}
	}
	return nil
}
