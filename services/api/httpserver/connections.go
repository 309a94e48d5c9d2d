package httpserver

import (
	"container/list"
	"context"
	"net"
	"runtime"
	"sync"
	"time"
)

// writeTimeout bounds one write to a client that does not read its answer.
const writeTimeout = 15 * time.Second

// writeBuffer bounds what the kernel keeps of answers that are not read, in bytes for
// each connection; it counts twice as much. Without a bound this grows to 4 MiB, and a
// few hundred such clients take all the memory that the kernel has for TCP: it then
// drops packets of every connection, which are sent again after 1 s, 3 s and 7 s.
// https://man7.org/linux/man-pages/man7/tcp.7.html (tcp_mem, tcp_wmem)
const writeBuffer = 32 << 10

// connections is a listener with a bound on its open connections. At the bound, a
// new connection replaces the one that has waited longest for its client: for a
// request, for the rest of one, or for an answer to be read.
type connections struct {
	net.Listener
	limit int

	mu   sync.Mutex
	open int
	// waiting are the connections that wait for their clients, longest first.
	waiting *list.List
}

func newConnections(listener net.Listener, limit int) *connections {
	return &connections{Listener: listener, limit: limit, waiting: list.New()}
}

// Accept implements net.Listener.
func (l *connections) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.add(accepted); c != nil {
			return c, nil
		}
		// Every connection is being served.
		_ = accepted.Close()
	}
}

// add counts a new connection and closes another one for it where needed. It
// returns nil when all are being served.
func (l *connections) add(accepted net.Conn) *connection {
	if tcp, ok := accepted.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(writeBuffer) // it fails for a connection that is closed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.limit {
		oldest := l.waiting.Front()
		if oldest == nil {
			return nil
		}
		c := oldest.Value.(*connection)
		c.forget()
		_ = c.Conn.Close()
	}
	l.open++
	c := &connection{Conn: accepted, all: l}
	c.waiting = l.waiting.PushBack(c)
	return c
}

// connection reports to connections whether it waits for its client.
type connection struct {
	net.Conn
	all *connections

	// The rest is guarded by all.mu.

	// waiting is the connection's place in all.waiting, nil while its request is
	// being served.
	waiting *list.Element
	closed  bool
	// writes counts the writes since the last read.
	writes int
}

// Read implements net.Conn. A client that has sent as much as fits, and so has perhaps
// sent more, waits behind the others: goroutines share the processors in turns of up to
// 10 ms, so that 64 clients whose data never ends would delay each new one by 320 ms on
// two processors.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n == len(p) {
		defer runtime.Gosched()
	}
	if n > 0 {
		c.all.mu.Lock()
		defer c.all.mu.Unlock()
		c.writes = 0
		if c.waiting != nil {
			c.all.waiting.MoveToBack(c.waiting)
		}
	}
	return n, err
}

// Write implements net.Conn. What is written is an answer, which the client has
// to read. Others have a turn after each further answer to what was read at once.
func (c *connection) Write(p []byte) (int, error) {
	c.all.mu.Lock()
	c.writes++
	if c.writes > 1 {
		defer runtime.Gosched()
	}
	switch {
	case c.closed:
	case c.waiting != nil:
		c.all.waiting.MoveToBack(c.waiting)
	default:
		c.waiting = c.all.waiting.PushBack(c)
	}
	c.all.mu.Unlock()
	if err := c.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// serving is called when the request has arrived as a whole.
func (c *connection) serving() {
	c.all.mu.Lock()
	defer c.all.mu.Unlock()
	if c.waiting != nil {
		c.all.waiting.Remove(c.waiting)
		c.waiting = nil
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.all.mu.Lock()
	c.forget()
	c.all.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite lets net/http end an answer before the request has been read as a
// whole; without it, the client may lose the answer.
func (c *connection) CloseWrite() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

// forget stops counting the connection; all.mu is held.
func (c *connection) forget() {
	if c.closed {
		return
	}
	c.closed = true
	c.all.open--
	if c.waiting != nil {
		c.all.waiting.Remove(c.waiting)
		c.waiting = nil
	}
}

type connectionKey struct{}

// withConnection is the server's ConnContext.
func withConnection(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, c)
}

// requestArrived marks the connection of a request as one that does not wait for its
// client.
func requestArrived(ctx context.Context) {
	if c, ok := ctx.Value(connectionKey{}).(*connection); ok {
		c.serving()
	}
}
