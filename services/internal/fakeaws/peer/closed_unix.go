//go:build unix

package peer

import (
	"errors"
	"syscall"
)

// closed looks at what would be read next, without taking it: nothing at all,
// without an error, is the end of the stream.
func closed(fd uintptr) bool {
	var next [1]byte
	n, _, err := syscall.Recvfrom(int(fd), next[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	if err != nil {
		return !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR)
	}
	return n == 0
}
