// Package peer reports whether the client of a connection has closed it, sooner
// than net/http's own watch over the connection gets to run.
package peer

import (
	"context"
	"net"
	"syscall"
)

type connKey struct{}

// With carries a request's connection; it suits http.Server.ConnContext.
func With(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// Gone reports whether the client is known to have closed the connection. It
// is false where that cannot be known.
func Gone(ctx context.Context) bool {
	conn, ok := ctx.Value(connKey{}).(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	gone := false
	if err := raw.Control(func(fd uintptr) { gone = closed(fd) }); err != nil {
		return true
	}
	return gone
}
