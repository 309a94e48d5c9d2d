package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// healthServer answers GET /healthz: 200 while healthy returns nil, else 503
// with its reason.
type healthServer struct{ *http.Server }

// health is the body of an answer.
type health struct {
	Status string `json:"status"`
	Detail string `json:"detail,omitempty"`
}

func newHealthServer(healthy func() error) healthServer {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		status, body := http.StatusOK, health{Status: "ok"}
		if err := healthy(); err != nil {
			status, body = http.StatusServiceUnavailable, health{Status: "stuck", Detail: err.Error()}
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// Whoever asked and went away needs no answer.
		_ = json.NewEncoder(w).Encode(body)
	})
	return healthServer{&http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      5 * time.Second,
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
	}}
}

func (s healthServer) serve(listener net.Listener, log *slog.Logger) {
	if err := s.Serve(listener); err != nil && !errors.Is(err, http.ErrServerClosed) {
		log.Error("serving health checks", "error", err)
	}
}

// close drops what is under way: it answers nothing but liveness.
func (s healthServer) close() { _ = s.Close() }
