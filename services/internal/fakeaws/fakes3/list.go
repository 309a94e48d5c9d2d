package fakes3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/rclone/gofakes3"
)

// ListBucket answers a page of keys, and of prefixes where a delimiter joins
// keys, in the order of their bytes.
func (b *backend) ListBucket(_ context.Context, bucket string, prefix *gofakes3.Prefix, page gofakes3.ListBucketPage) (*gofakes3.ObjectList, error) {
	st, err := b.find(bucket)
	if err != nil {
		return nil, err
	}
	keys, err := st.keys()
	if err != nil {
		return nil, err
	}
	slices.Sort(keys)
	if prefix == nil {
		prefix = &gofakes3.Prefix{}
	}
	list := gofakes3.NewObjectList()
	count, last := int64(0), ""
	for _, key := range keys {
		entry, joined := prefixOf(key, prefix)
		if !strings.HasPrefix(key, prefix.Prefix) || entry == last || entry <= page.Marker {
			continue
		}
		if page.MaxKeys > 0 && count == page.MaxKeys {
			list.IsTruncated, list.NextMarker = true, last
			break
		}
		if joined {
			list.AddPrefix(entry)
		} else if err := add(list, st, key); err != nil {
			return nil, err
		}
		count, last = count+1, entry
	}
	return list, nil
}

// prefixOf is the key itself, or the common prefix that replaces it.
func prefixOf(key string, prefix *gofakes3.Prefix) (entry string, joined bool) {
	if prefix.Delimiter == "" || !strings.HasPrefix(key, prefix.Prefix) {
		return key, false
	}
	end := strings.Index(key[len(prefix.Prefix):], prefix.Delimiter)
	if end < 0 {
		return key, false
	}
	return key[:len(prefix.Prefix)+end+len(prefix.Delimiter)], true
}

// add lists the object under key, unless it went since the keys were read.
func add(list *gofakes3.ObjectList, st store, key string) error {
	found, err := st.get(key)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	list.Add(&gofakes3.Content{
		Key: key, LastModified: gofakes3.NewContentTime(found.modified),
		ETag: fmt.Sprintf(`"%x"`, found.etag()), Size: int64(len(found.body)),
	})
	return nil
}

// out is the object as gofakes3 sends it, whole or in part.
func (o object) out(key string, part *gofakes3.ObjectRange) *gofakes3.Object {
	body := o.body
	if part != nil {
		body = body[part.Start : part.Start+part.Length]
	}
	headers := maps.Clone(o.headers)
	if headers == nil {
		headers = map[string]string{}
	}
	headers["Last-Modified"] = o.modified.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	return &gofakes3.Object{
		Name: key, Metadata: headers, Size: int64(len(o.body)),
		Contents: io.NopCloser(bytes.NewReader(body)), Hash: o.etag(), Range: part,
	}
}
