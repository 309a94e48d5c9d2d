package apiapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
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
	// maxConnections bounds the memory that connections cost, some 10 KiB each.
	maxConnections = 8192
)

// How stopping goes: requests keep being served for as long as the load
// balancer may still send some, on connections that ask to be closed; then
// nothing new is taken, and what is in flight ends. Together they stay within
// 25 s, and those within the 30 s that ECS gives a container.
const (
	lameDuck    = 3 * time.Second
	drainWithin = 22 * time.Second
)

// server is the HTTP server with an orderly end.
type server struct {
	http *http.Server
	log  *slog.Logger
	// lameDuck and drainWithin are the constants, but in tests.
	lameDuck, drainWithin time.Duration
}

func newServer(handler http.Handler, log *slog.Logger) *server {
	return &server{
		log: log, lameDuck: lameDuck, drainWithin: drainWithin,
		http: &http.Server{
			Handler:           handler,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       bodyTimeout,
			IdleTimeout:       idleTimeout,
			MaxHeaderBytes:    maxHeaderBytes,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		},
	}
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
	s.http.SetKeepAlivesEnabled(false)
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
		// Whoever is left sends its body slower than anybody waits for.
		_ = s.http.Close()
		return fmt.Errorf("finishing requests within %s: %w", s.drainWithin, err)
	}
	return nil
}
