package fakes3

import (
	"context"
	"crypto/md5" //nolint:gosec // G501: the ETag of an object is its MD5.
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/rclone/gofakes3"
)

// object is one object. Its body and headers are never changed.
type object struct {
	body     []byte
	headers  map[string]string
	modified time.Time
}

// store keeps the objects of one bucket. get and remove of a key that it does
// not have answer fs.ErrNotExist.
type store interface {
	get(key string) (object, error)
	put(key string, o object) error
	remove(key string) error
	keys() ([]string, error)
}

// bucket is a store with the time at which the bucket was made.
type bucket struct {
	store
	created time.Time
}

// backend is what gofakes3 serves.
type backend struct {
	clock clockwork.Clock
	// onDisk is the bucket that is kept on disk, if there is one.
	onDisk *disk
	// writing is held from the check of a write's conditions until it is done.
	writing sync.Mutex

	mu      sync.RWMutex
	buckets map[string]bucket
}

var _ gofakes3.Backend = (*backend)(nil)

func (b *backend) store(name string) store {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.buckets[name].store
}

func (b *backend) find(bucket string) (store, error) {
	if st := b.store(bucket); st != nil {
		return st, nil
	}
	return nil, gofakes3.BucketNotFound(bucket)
}

func (b *backend) ListBuckets(context.Context) ([]gofakes3.BucketInfo, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var all []gofakes3.BucketInfo
	for _, name := range slices.Sorted(maps.Keys(b.buckets)) {
		all = append(all, gofakes3.BucketInfo{Name: name, CreationDate: gofakes3.NewContentTime(b.buckets[name].created)})
	}
	return all, nil
}

func (b *backend) CreateBucket(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buckets[name].store != nil {
		return gofakes3.ResourceError(gofakes3.ErrBucketAlreadyExists, name)
	}
	made := bucket{store: newMemory(), created: b.clock.Now()}
	if b.onDisk != nil && name == b.onDisk.name {
		made.store = b.onDisk
	}
	b.buckets[name] = made
	return nil
}

func (b *backend) BucketExists(_ context.Context, name string) (bool, error) {
	return b.store(name) != nil, nil
}

func (b *backend) DeleteBucket(_ context.Context, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	st := b.buckets[name].store
	if st == nil {
		return gofakes3.BucketNotFound(name)
	}
	keys, err := st.keys()
	if err != nil {
		return err
	}
	if len(keys) > 0 {
		return gofakes3.ResourceError(gofakes3.ErrBucketNotEmpty, name)
	}
	delete(b.buckets, name)
	return nil
}

func (b *backend) GetObject(_ context.Context, bucket, key string, asked *gofakes3.ObjectRangeRequest) (*gofakes3.Object, error) {
	st, err := b.find(bucket)
	if err != nil {
		return nil, err
	}
	found, err := st.get(key)
	if err != nil {
		return nil, answer(key, err)
	}
	part, err := asked.Range(int64(len(found.body)))
	if err != nil {
		return nil, err
	}
	return found.out(key, part), nil
}

func (b *backend) HeadObject(_ context.Context, bucket, key string) (*gofakes3.Object, error) {
	st, err := b.find(bucket)
	if err != nil {
		return nil, err
	}
	found, err := st.get(key)
	if err != nil {
		return nil, answer(key, err)
	}
	head := found.out(key, nil)
	head.Contents = http.NoBody
	return head, nil
}

// PutObject reads the whole body before it takes the lock, under which
// it asks gofakes3 once more whether the conditions hold: between its own
// check and this write, others may have written.
func (b *backend) PutObject(ctx context.Context, bucket, key string, headers map[string]string, body io.Reader, size int64) (gofakes3.PutObjectResult, error) {
	st, err := b.find(bucket)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	content, err := gofakes3.ReadAll(body, size)
	if err != nil {
		return gofakes3.PutObjectResult{}, err
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if gofakes3.HasWriteConditions(ctx) {
		if err := checkConditions(ctx, st, key); err != nil {
			return gofakes3.PutObjectResult{}, err
		}
	}
	written := object{body: content, headers: headers, modified: b.clock.Now()}
	return gofakes3.PutObjectResult{}, answer(key, st.put(key, written))
}

func checkConditions(ctx context.Context, st store, key string) error {
	current, err := st.get(key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return answer(key, err)
	}
	return gofakes3.CheckWriteConditions(ctx, err == nil, hex.EncodeToString(current.etag()))
}

func (b *backend) CopyObject(ctx context.Context, fromBucket, fromKey, bucket, key string, headers map[string]string) (gofakes3.CopyObjectResult, error) {
	from, err := b.GetObject(ctx, fromBucket, fromKey, nil)
	if err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	if _, err := b.PutObject(ctx, bucket, key, headers, from.Contents, from.Size); err != nil {
		return gofakes3.CopyObjectResult{}, err
	}
	return gofakes3.CopyObjectResult{
		ETag: `"` + hex.EncodeToString(from.Hash) + `"`, LastModified: gofakes3.NewContentTime(b.clock.Now()),
	}, nil
}

// DeleteObject of a key that is not there succeeds, as it does on S3.
func (b *backend) DeleteObject(_ context.Context, bucket, key string) (gofakes3.ObjectDeleteResult, error) {
	st, err := b.find(bucket)
	if err != nil {
		return gofakes3.ObjectDeleteResult{}, err
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := st.remove(key); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return gofakes3.ObjectDeleteResult{}, answer(key, err)
	}
	return gofakes3.ObjectDeleteResult{}, nil
}

func (b *backend) DeleteMulti(ctx context.Context, bucket string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	var result gofakes3.MultiDeleteResult
	for _, key := range keys {
		if _, err := b.DeleteObject(ctx, bucket, key); err != nil {
			failed := gofakes3.ErrorResultFromError(err)
			failed.Key = key
			result.Error = append(result.Error, failed)
			continue
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

func (o object) etag() []byte {
	sum := md5.Sum(o.body) //nolint:gosec // G401: as above.
	return sum[:]
}

// answer is a store's error as gofakes3 sends it.
func answer(key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return gofakes3.KeyNotFound(key)
	default:
		return err
	}
}
