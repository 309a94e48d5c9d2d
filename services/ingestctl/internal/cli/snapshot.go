package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
)

// snapshot is the state of a deployment at one moment. A part that is nil is not
// known.
type snapshot struct {
	Target  string        `json:"target"`
	At      time.Time     `json:"at"`
	Healthy bool          `json:"healthy"`
	API     *apiHealth    `json:"api,omitempty"`
	Worker  *workerHealth `json:"worker,omitempty"`
	Queue   *queueCounts  `json:"queue,omitempty"`
	DLQ     *queueCounts  `json:"dlq,omitempty"`
	// Services are what ECS runs; there are none on this machine.
	Services []serviceState `json:"services,omitempty"`
	Errors   []errorCount   `json:"errors,omitempty"`
	// Unknown are the parts that could not be read, and why.
	Unknown []unknownPart `json:"unknown,omitempty"`
	// Notes are what does not apply to this target.
	Notes []string `json:"notes,omitempty"`
}

// apiHealth is what the API answers about its health.
type apiHealth struct {
	URL     string `json:"url"`
	Healthy bool   `json:"healthy"`
	Detail  string `json:"detail,omitempty"`
}

// workerHealth is what the worker says of itself: on this machine its health
// answer, else what its log holds of the last minutes.
type workerHealth struct {
	Status        string    `json:"status,omitempty"`
	Detail        string    `json:"detail,omitempty"`
	InFlight      *int      `json:"in_flight,omitempty"`
	Retrying      int       `json:"retrying"`
	LastFailure   string    `json:"last_failure,omitempty"`
	LastFailureAt time.Time `json:"last_failure_at,omitzero"`
	LastStoredAt  time.Time `json:"last_stored_at,omitzero"`
	LastPolledAt  time.Time `json:"last_polled_at,omitzero"`
}

func (w *workerHealth) healthy() bool { return w.Status == "" || w.Status == "ok" }

// queueCounts is a queue's counts.
type queueCounts struct {
	Visible  int `json:"visible"`
	InFlight int `json:"in_flight"`
	Delayed  int `json:"delayed"`
	// OldestSeconds is the age of the oldest message, where it is known.
	OldestSeconds *float64 `json:"oldest_seconds,omitempty"`
}

// serviceState is what ECS runs of one service.
type serviceState struct {
	Name           string    `json:"name"`
	Running        int       `json:"running"`
	Desired        int       `json:"desired"`
	Pending        int       `json:"pending"`
	Rollout        string    `json:"rollout"`
	Reason         string    `json:"reason,omitempty"`
	TaskDefinition string    `json:"task_definition"`
	DeployedAt     time.Time `json:"deployed_at"`
	// Images are the digests that the running tasks were started from.
	Images []string `json:"images"`
}

func newServiceState(service *aws.Service, images []string) serviceState {
	state := serviceState{Name: service.Name, Running: service.Running, Desired: service.Desired, Pending: service.Pending, Images: images}
	if primary := service.Primary(); primary != nil {
		state.Rollout, state.Reason = primary.Rollout, primary.Reason
		state.TaskDefinition, state.DeployedAt = aws.Name(primary.TaskDefinition), primary.CreatedAt
	}
	return state
}

// errorCount is the errors that a service has logged.
type errorCount struct {
	Service string    `json:"service"`
	Since   time.Time `json:"since"`
	Count   int       `json:"count"`
	// AtLeast reports that counting stopped at the limit.
	AtLeast bool `json:"at_least,omitempty"`
	// Newest are the last of them.
	Newest []logLine `json:"newest"`
}

// logLine is one error of a service.
type logLine struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// unknownPart is a part that could not be read.
type unknownPart struct {
	Part  string `json:"part"`
	Error string `json:"error"`
}

// judge sets Healthy: what is not known is not unhealthy.
func (s *snapshot) judge() {
	s.Healthy = (s.API == nil || s.API.Healthy) && (s.Worker == nil || s.Worker.healthy())
	for i := range s.Services {
		s.Healthy = s.Healthy && s.Services[i].Rollout != aws.RolloutFailed
	}
}

func (s *snapshot) write(w *screen) {
	_, _ = fmt.Fprintf(w, "%s at %s\n\n", s.Target, clock(s.At))
	if s.API != nil {
		health := w.paint(green, "healthy")
		if !s.API.Healthy {
			health = w.paint(red, "NOT HEALTHY") + ": " + s.API.Detail
		}
		_, _ = fmt.Fprintf(w, "api     %s (%s)\n", health, s.API.URL)
	}
	if s.Worker != nil {
		_, _ = fmt.Fprintf(w, "worker  %s\n", s.Worker.text(w))
	}
	if s.Queue != nil {
		_, _ = fmt.Fprintf(w, "queue   %s\n", s.Queue)
	}
	if s.DLQ != nil {
		_, _ = fmt.Fprintf(w, "dlq     %s\n", s.DLQ)
	}
	for _, unknown := range s.Unknown {
		_, _ = fmt.Fprintf(w, "%-6s  not known: %s\n", unknown.Part, strings.ReplaceAll(unknown.Error, "\n", "\n        "))
	}
	s.writeServices(w)
	for _, errs := range s.Errors {
		errs.write(w)
	}
	for _, note := range s.Notes {
		_, _ = fmt.Fprintf(w, "\n%s\n", note)
	}
}

func (w *workerHealth) text(on *screen) string {
	var parts []string
	switch {
	case w.Status == "ok":
		parts = append(parts, on.paint(green, "healthy"))
	case w.Status != "":
		parts = append(parts, on.paint(red, "NOT HEALTHY")+": "+cmp.Or(w.Detail, w.Status))
	}
	if w.InFlight != nil {
		parts = append(parts, strconv.Itoa(*w.InFlight)+" in flight")
	}
	parts = append(parts, "retrying "+strconv.Itoa(w.Retrying))
	if w.LastFailure != "" {
		parts = append(parts, "last failure at "+clock(w.LastFailureAt)+": "+printable(w.LastFailure))
	}
	return strings.Join(parts, ", ")
}

// String is the counts in a line.
func (q *queueCounts) String() string {
	text := fmt.Sprintf("%d waiting, %d in flight", q.Visible, q.InFlight)
	if q.Delayed > 0 {
		text += fmt.Sprintf(", %d delayed", q.Delayed)
	}
	if q.OldestSeconds != nil {
		text += fmt.Sprintf("; the oldest is %s old", time.Duration(*q.OldestSeconds*float64(time.Second)).Round(time.Second))
	}
	return text
}

func (s *snapshot) writeServices(w *screen) {
	if len(s.Services) == 0 {
		return
	}
	rows := make([][]string, 0, len(s.Services))
	for i := range s.Services {
		service := &s.Services[i]
		images := make([]string, 0, len(service.Images))
		for _, digest := range service.Images {
			images = append(images, shortDigest(digest))
		}
		rows = append(rows, []string{
			service.Name, fmt.Sprintf("%d/%d", service.Running, service.Desired), service.Rollout,
			clock(service.DeployedAt), service.TaskDefinition, strings.Join(images, " "),
		})
	}
	_, _ = fmt.Fprintln(w)
	w.table([]string{"SERVICE", "TASKS", "ROLLOUT", "DEPLOYED", "TASK DEFINITION", "IMAGE"}, rows)
	for i := range s.Services {
		if service := &s.Services[i]; service.Rollout == aws.RolloutFailed {
			_, _ = fmt.Fprintf(w, "%s: %s\n", service.Name, service.Reason)
		}
	}
}

func (e *errorCount) write(w *screen) {
	count := strconv.Itoa(e.Count)
	if e.AtLeast {
		count = "at least " + count
	}
	_, _ = fmt.Fprintf(w, "\nerrors of the %s since %s: %s", e.Service, clock(e.Since), count)
	if e.Count > len(e.Newest) {
		_, _ = fmt.Fprintf(w, ", the last %d:", len(e.Newest))
	}
	_, _ = fmt.Fprintln(w)
	for _, line := range e.Newest {
		_, _ = fmt.Fprintf(w, "  %s\n", printable(line.Text))
	}
}

// shortDigest is a digest as people compare it.
func shortDigest(digest string) string {
	const length = len("sha256:") + 12
	return digest[:min(length, len(digest))]
}
