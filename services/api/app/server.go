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

	"golang.org/x/net/netutil"
)

// Limits of the HTTP server. Each gives a caller that is slow, or means harm,
// less than it would need to get in the way of others.
const (
	headerTimeout = 10 * time.Second
	bodyTimeout   = 30 * time.Second
	// idleTimeout is above the 60 s of an ALB, so that it is the load balancer
	// that closes idle connections: it answers 502 for a request that meets a
	// connection which the target is just closing.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
	idleTimeout    = 75 * time.Second
	maxHeaderBytes = 16 << 10
	// maxConnections bounds the memory that connections cost, some 10 KiB each,
	// maxBodies what the bodies of all requests take together.
	maxConnections = 8192
	maxBodies      = 64 << 20
)

// How stopping goes. ECS takes the task out of the load balancer and sends
// SIGTERM at about the same time, so that requests still come for a moment, on
// new connections and on idle ones. Closing an idle connection just as a request
// is put on it makes the load balancer answer 502: hence all are served for
// lameDuck, each answer asking for its connection to be closed. Then nothing
// new is taken, and what is in flight ends. Together that stays within 25 s, and
// those within the 30 s that ECS leaves between SIGTERM and SIGKILL.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
const (
	lameDuck     = 3 * time.Second
	drainWithin  = 18 * time.Second
	finishWithin = 2 * time.Second
)

// server is the HTTP server with an orderly end.
type server struct {
	http     *http.Server
	log      *slog.Logger
	stopping atomic.Bool
	// lameDuck and drainWithin are the constants, but in tests.
	lameDuck, drainWithin time.Duration
}

func newServer(handler http.Handler, log *slog.Logger) *server {
	s := &server{log: log, lameDuck: lameDuck, drainWithin: drainWithin}
	s.http = &http.Server{
		Handler:           s.partingFrom(newBodies(maxBodies).counted(handler)),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return s
}

// partingFrom asks for connections to be closed once the server is stopping.
// http.Server.SetKeepAlivesEnabled would close the idle ones at once.
func (s *server) partingFrom(next http.Handler) http.Handler {
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
	go func() { failed <- s.http.Serve(netutil.LimitListener(listener, maxConnections)) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP: %w", err)
	case <-ctx.Done():
	}
	s.log.Info("stopping", "serving_for", s.lameDuck.String(), "draining_for", s.drainWithin.String())
	s.stopping.Store(true)
	timer := time.NewTimer(s.lameDuck)
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
		// Whoever is left sends its body slower than anybody waits for, and so has
		// not been accepted; or AWS answers too late.
		s.log.Warn("requests were cut off", "reason", err, "draining_for", s.drainWithin.String())
		_ = s.http.Close()
	}
	return nil
}
