package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/ingest-iac/ingest/services/worker/consumer"
)

// healthServer answers GET /healthz: 200 unless the consumer is stalled, then
// 503. ECS reads the status, ingestctl the body.
type healthServer struct{ *http.Server }

// health is the body of an answer. Times are in UTC; what is not known is left
// out.
type health struct {
	Status        string    `json:"status"` // ok or stalled
	Detail        string    `json:"detail,omitempty"`
	InFlight      int       `json:"in_flight"`
	Retrying      int       `json:"retrying"`
	LastFailure   string    `json:"last_failure,omitempty"`
	LastFailureAt time.Time `json:"last_failure_at,omitzero"`
	LastStoredAt  time.Time `json:"last_stored_at,omitzero"`
	LastPolledAt  time.Time `json:"last_polled_at,omitzero"`
}

func newHealth(h consumer.Health) (status int, body health) {
	seconds := func(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
	status, body = http.StatusOK, health{
		Status: "ok", InFlight: h.InFlight, Retrying: h.Retrying,
		LastFailure: h.LastFailure, LastFailureAt: seconds(h.LastFailureAt),
		LastStoredAt: seconds(h.LastStoredAt), LastPolledAt: seconds(h.LastPolledAt),
	}
	if h.Stalled != "" {
		status, body.Status, body.Detail = http.StatusServiceUnavailable, "stalled", h.Stalled
	}
	return status, body
}

func newHealthServer(ask func() consumer.Health) healthServer {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		status, body := newHealth(ask())
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		// A client that has gone needs no answer.
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

// close drops running requests: they ask for health only.
func (s healthServer) close() { _ = s.Close() }
