// Package httpserver serves HTTP within bounds of time and memory, and stops without
// cutting off what it has accepted.
package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Limits of the HTTP server. Each keeps a slow or malicious client from taking
// what others need.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	// idleTimeout is above the 60 s of an ALB, so that it is the load balancer
	// that closes idle connections: it answers 502 for a request that arrives on a
	// connection which the target is just closing.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
	idleTimeout    = 75 * time.Second
	maxHeaderBytes = 16 << 10
)

// At their bounds, connections take about 80 MiB (20 KiB each), and bodies with the
// buffers that they arrive in about 50 MiB.
const (
	maxConnections = 4096
	maxBodies      = 32 << 20
)

// Graceful shutdown. ECS takes the task out of the load balancer and sends
// SIGTERM at about the same time, so that requests still come for a moment, on
// new connections and on idle ones. Closing an idle connection just as a request
// is put on it makes the load balancer answer 502: so all are served for
// DrainDelay, and each answer asks for its connection to be closed. Then no new
// request is taken, and those in flight end, which may take DrainWithin.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
const (
	DrainDelay  = 3 * time.Second
	DrainWithin = 18 * time.Second
)

// Server is an HTTP server with graceful shutdown.
type Server struct {
	http     *http.Server
	log      *slog.Logger
	stopping atomic.Bool
	// Fields that tests override.
	drainDelay, drainWithin time.Duration
	maxConnections          int
}

// New makes a server that still takes requests for drainDelay after it is told to stop:
// DrainDelay behind a load balancer, else 0. Reading a body that there is no memory for
// ends with publisher.ErrOverloaded.
func New(handler http.Handler, drainDelay time.Duration, log *slog.Logger) *Server {
	s := &Server{log: log, drainDelay: drainDelay, drainWithin: DrainWithin, maxConnections: maxConnections}
	s.http = &http.Server{
		Handler:           s.closeConnections(newBodyLimiter(maxBodies).limited(handler)),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withConnection,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s
}

// closeConnections asks for connections to be closed once the server is stopping.
// http.Server.SetKeepAlivesEnabled would close the idle ones at once.
func (s *Server) closeConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// Serve answers on listener until ctx ends and everything accepted is answered, at most
// drainDelay and DrainWithin later. It returns an error only where listener fails.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- s.http.Serve(newConnections(listener, s.maxConnections)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	s.log.Info("stopping", "serving_for", s.drainDelay.String(), "draining_for", s.drainWithin.String())
	s.stopping.Store(true)
	timer := time.NewTimer(s.drainDelay)
	defer timer.Stop()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-timer.C:
	}
	// The context that ended is what began this.
	draining, cancel := context.WithTimeout(context.Background(), s.drainWithin)
	defer cancel()
	err := s.http.Shutdown(draining)
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		return fmt.Errorf("serving HTTP: %w", served)
	}
	if err != nil {
		// What is left are bodies that arrive too slowly, so that nothing of them has
		// been accepted, or AWS answers too late.
		s.log.Warn("requests were cut off", "reason", err, "draining_for", s.drainWithin.String())
		_ = s.http.Close()
	}
	return nil
}
