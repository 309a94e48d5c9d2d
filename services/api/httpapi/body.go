package httpapi

import (
	"errors"
	"io"
	"strings"
)

// The buffers that a body arrives in grow with it, so that a client that
// announces more than it sends takes little: by a half, between these bounds.
const (
	initialBufferCap = 4 << 10
	maxBufferCap     = 64 << 10
)

// body is what has arrived of a request's body.
type body struct {
	buffers [][]byte
	size    int
}

// readBody reads r to its end. length is the announced length, negative where it is
// unknown.
func readBody(r io.Reader, length int64) (body, error) {
	var b body
	for {
		// One byte more than is announced makes space for the end of the body.
		size := max(initialBufferCap, min(b.size/2, maxBufferCap))
		if rest := length + 1 - int64(b.size); length >= 0 && rest < int64(size) {
			size = int(max(rest, 1))
		}
		buffer := make([]byte, 0, size)
		for len(buffer) < cap(buffer) {
			n, err := r.Read(buffer[len(buffer):cap(buffer)])
			buffer = buffer[:len(buffer)+n]
			if errors.Is(err, io.EOF) {
				b.add(buffer)
				return b, nil
			}
			if err != nil {
				return body{}, err
			}
		}
		b.add(buffer)
	}
}

func (b *body) add(buffer []byte) {
	b.buffers = append(b.buffers, buffer)
	b.size += len(buffer)
}

// String is the body as one text.
func (b *body) String() string {
	var text strings.Builder
	text.Grow(b.size)
	for _, buffer := range b.buffers {
		text.Write(buffer)
	}
	return text.String()
}
