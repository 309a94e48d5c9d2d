package pulumitools

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrLocked is the error of TryLock where another process has the lock.
var ErrLocked = errors.New("another process holds the lock")

// Lock waits for the lock of a file. The lock ends with the process.
func Lock(name string) (unlock func(), err error) { return flock(name, syscall.LOCK_EX) }

// TryLock takes the lock of a file, or returns ErrLocked at once.
func TryLock(name string) (unlock func(), err error) {
	return flock(name, syscall.LOCK_EX|syscall.LOCK_NB)
}

func flock(name string, how int) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the caller's own file
	if err != nil {
		return nil, fmt.Errorf("opening a lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), how)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(ErrLocked, file.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("taking the lock %s: %w", name, err), file.Close())
	}
	return func() { _ = file.Close() }, nil
}
