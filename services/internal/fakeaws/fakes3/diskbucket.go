package fakes3

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
	"time"
)

// diskBucket is a bucket whose keys are paths under objects.
type diskBucket struct {
	disk    *disk
	objects string
	headers string
}

// file is the path of a key's object. Not every key can be one.
func (b *diskBucket) file(key string) (string, error) {
	first, _, _ := strings.Cut(key, "/")
	if !fs.ValidPath(key) || key == "." || first == hiddenDir {
		return "", fmt.Errorf("%w: %q", errKey, key)
	}
	return path.Join(b.objects, key), nil
}

func (b *diskBucket) headersFile(key string) string { return path.Join(b.headers, key+".headers") }

func (b *diskBucket) get(key string) (object, error) {
	name, err := b.file(key)
	if err != nil {
		return object{}, fs.ErrNotExist // what cannot be written is not there
	}
	info, err := b.disk.root.Stat(name)
	if err != nil || info.IsDir() {
		return object{}, missing(err)
	}
	body, err := b.disk.root.ReadFile(name)
	if err != nil {
		return object{}, missing(err)
	}
	return object{body: body, headers: b.readHeaders(key), modified: info.ModTime()}, nil
}

// missing is fs.ErrNotExist also for a directory, and for a key that no file
// can have.
func missing(err error) error {
	if err == nil || unusable(err) {
		return fs.ErrNotExist
	}
	return err
}

// unusable says whether the file system refused the path itself: a part of it
// is a file, it is a directory, or a name in it is too long.
func unusable(err error) bool {
	for _, refusal := range []error{syscall.ENOTDIR, syscall.EISDIR, syscall.ENAMETOOLONG, fs.ErrExist} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// readHeaders has none for a file that a person put there.
func (b *diskBucket) readHeaders(key string) map[string]string {
	var headers map[string]string
	text, err := b.disk.root.ReadFile(b.headersFile(key))
	if err != nil || json.Unmarshal(text, &headers) != nil {
		return map[string]string{}
	}
	return headers
}

// put writes the headers first: the object's own rename is what makes it be.
func (b *diskBucket) put(key string, o object) error {
	name, err := b.file(key)
	if err != nil {
		return err
	}
	headers, err := json.Marshal(o.headers)
	if err != nil {
		return fmt.Errorf("encoding the headers of %s: %w", key, err)
	}
	for _, file := range []struct {
		name    string
		content []byte
	}{{b.headersFile(key), headers}, {name, o.body}} {
		err := b.disk.write(file.name, file.content)
		if err != nil && unusable(err) {
			return fmt.Errorf("%w: %q: %w", errKey, key, err)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", key, err)
		}
	}
	if err := b.disk.root.Chtimes(name, time.Time{}, o.modified); err != nil {
		return fmt.Errorf("dating %s: %w", key, err)
	}
	return nil
}

func (b *diskBucket) remove(key string) error {
	name, err := b.file(key)
	if err != nil {
		return fs.ErrNotExist
	}
	if info, err := b.disk.root.Stat(name); err != nil || info.IsDir() {
		return missing(err)
	}
	if err := b.disk.root.Remove(name); err != nil {
		return fmt.Errorf("removing %s: %w", key, err)
	}
	if err := b.disk.root.Remove(b.headersFile(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the headers of %s: %w", key, err)
	}
	b.prune(path.Dir(name))
	return nil
}

// prune removes the directories that a removed object leaves empty, as S3 has
// none.
func (b *diskBucket) prune(dir string) {
	for dir != b.objects && dir != "." && b.disk.root.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

func (b *diskBucket) keys() ([]string, error) {
	var keys []string
	err := fs.WalkDir(b.disk.root.FS(), b.objects, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // it went while we walked
		case err != nil:
			return err
		case entry.IsDir() && name == hiddenDir:
			return fs.SkipDir
		case entry.Type().IsRegular():
			keys = append(keys, strings.TrimPrefix(name, b.objects+"/"))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the bucket: %w", err)
	}
	return keys, nil
}

func (b *diskBucket) drop() error {
	for _, dir := range []string{b.headers, b.objects} {
		if dir == "." {
			continue
		}
		if err := b.disk.root.RemoveAll(dir); err != nil {
			return fmt.Errorf("removing the bucket: %w", err)
		}
	}
	return nil
}
