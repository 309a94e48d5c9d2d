package fakes3

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// sidecar is what is kept of an object next to its content.
type sidecar struct {
	Key     []byte            `json:"key"`
	Headers map[string]string `json:"headers"`
}

func hash(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// files are the paths at which an object of this key may be, the usual one
// first.
func (d *disk) files(key string) []string {
	hashed := path.Join(d.hashedDir(), hash(key))
	first, _, _ := strings.Cut(key, "/")
	if !fs.ValidPath(key) || key == "." || first == hiddenDir {
		return []string{hashed}
	}
	return []string{key, hashed}
}

func (d *disk) headersFile(key string) string { return path.Join(d.headersDir(), hash(key)) }

func (d *disk) get(key string) (object, error) {
	root, err := d.root()
	if err != nil {
		return object{}, err
	}
	for _, name := range d.files(key) {
		found, err := read(root, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return object{}, fmt.Errorf("reading %q: %w", key, err)
		}
		found.headers = d.readSidecar(root, hash(key)).Headers
		return found, nil
	}
	return object{}, fs.ErrNotExist
}

// read answers fs.ErrNotExist also for a directory, and for a path that cannot
// be a file.
func read(root *os.Root, name string) (object, error) {
	info, err := root.Stat(name)
	if err == nil && info.IsDir() {
		return object{}, fs.ErrNotExist
	}
	if err != nil {
		return object{}, missing(err)
	}
	body, err := root.ReadFile(name)
	if err != nil {
		return object{}, missing(err)
	}
	return object{body: body, modified: info.ModTime()}, nil
}

func missing(err error) error {
	if unusable(err) {
		return fs.ErrNotExist
	}
	return err
}

// unusable reports whether the file system refused the path itself: a part of
// it is a file, it is a directory, or a name in it is too long or has bytes that
// no name can have.
func unusable(err error) bool {
	for _, refusal := range []error{
		syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.EILSEQ, fs.ErrExist,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// readSidecar is empty for a file that a person put there.
func (d *disk) readSidecar(root *os.Root, hash string) sidecar {
	var found sidecar
	text, err := root.ReadFile(path.Join(d.headersDir(), hash))
	if err != nil || json.Unmarshal(text, &found) != nil {
		return sidecar{Headers: map[string]string{}}
	}
	return found
}

// put writes the headers first: the object exists once its own file does.
func (d *disk) put(key string, o object) error {
	headers, err := json.Marshal(sidecar{Key: []byte(key), Headers: o.headers})
	if err != nil {
		return fmt.Errorf("encoding the headers of %q: %w", key, err)
	}
	if err := d.write(d.headersFile(key), headers, o.modified); err != nil {
		return fmt.Errorf("writing the headers of %q: %w", key, err)
	}
	files := d.files(key)
	for i, name := range files {
		err = d.write(name, o.body, o.modified)
		if err == nil {
			return d.removeFiles(files[i+1:])
		}
		if !unusable(err) {
			break
		}
	}
	return fmt.Errorf("writing %q: %w", key, err)
}

// removeFiles removes what an object left where it is no longer.
func (d *disk) removeFiles(names []string) error {
	root, err := d.root()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing %s: %w", name, err)
		}
	}
	return nil
}

func (d *disk) remove(key string) error {
	root, err := d.root()
	if err != nil {
		return err
	}
	removed := false
	for _, name := range d.files(key) {
		info, err := root.Stat(name)
		if err != nil && !errors.Is(missing(err), fs.ErrNotExist) {
			return fmt.Errorf("finding %q: %w", key, err)
		}
		if err != nil || info.IsDir() {
			continue
		}
		if err := d.removeFiles([]string{name}); err != nil {
			return err
		}
		removed = true
		d.prune(root, path.Dir(name))
	}
	if !removed {
		return fs.ErrNotExist
	}
	return d.removeFiles([]string{d.headersFile(key)})
}

// prune removes the directories that a removed object leaves empty, as S3 has
// none.
func (d *disk) prune(root *os.Root, dir string) {
	for dir != d.hashedDir() && dir != "." && root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

func (d *disk) keys() ([]string, error) {
	root, err := d.root()
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it was removed during the walk
		case err != nil:
			return err
		case entry.IsDir() && name == hiddenDir:
			return fs.SkipDir
		case entry.Type().IsRegular():
			found[name] = true
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	hashed, err := fs.ReadDir(root.FS(), d.hashedDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	for _, entry := range hashed {
		if key := d.readSidecar(root, entry.Name()).Key; len(key) > 0 {
			found[string(key)] = true
		}
	}
	return slices.Collect(maps.Keys(found)), nil
}
