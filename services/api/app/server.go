package app

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

// Memory. At their bounds, connections take about 80 MiB (20 KiB each), bodies
// with the buffers that they arrive in about 50 MiB, and messages that are
// pending or in flight about 30 MiB. memoryLimit is above their sum, and below the
// 512 MiB of the smallest task.
const (
	maxConnections = 4096
	maxBodies      = 32 << 20
	memoryLimit    = 192 << 20
)

// Graceful shutdown. ECS takes the task out of the load balancer and sends
// SIGTERM at about the same time, so that requests still come for a moment, on
// new connections and on idle ones. Closing an idle connection just as a request
// is put on it makes the load balancer answer 502: so all are served for
// drainDelay, and each answer asks for its connection to be closed. Then no new
// request is taken, and those in flight end. Together that stays within 25 s, which
// is less than the 30 s that ECS leaves between SIGTERM and SIGKILL.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
const (
	drainDelay   = 3 * time.Second
	drainWithin  = 18 * time.Second
	finishWithin = 2 * time.Second
)

// server is the HTTP server with graceful shutdown.
type server struct {
	http     *http.Server
	log      *slog.Logger
	stopping atomic.Bool
	// The constants, except in tests.
	drainDelay, drainWithin time.Duration
	maxConnections          int
}

func newServer(handler http.Handler, log *slog.Logger) *server {
	s := &server{log: log, drainDelay: drainDelay, drainWithin: drainWithin, maxConnections: maxConnections}
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
func (s *server) closeConnections(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.stopping.Load() {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// serve answers on listener until ctx ends and everything accepted is answered.
func (s *server) serve(ctx context.Context, listener net.Listener) error {
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
