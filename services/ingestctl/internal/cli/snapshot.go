package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
)

// snapshot is a deployment at one moment.
type snapshot struct {
	Target   string        `json:"target"`
	At       time.Time     `json:"at"`
	API      apiHealth     `json:"api"`
	Queue    queueCounts   `json:"queue"`
	DLQ      queueCounts   `json:"dlq"`
	Services []aws.Service `json:"services,omitempty"`
	// Errors are the newest that the services have logged since ErrorsSince.
	Errors      []logLine `json:"errors"`
	ErrorsSince time.Time `json:"errors_since,omitzero"`
	// Notes say what is not known, and why.
	Notes []string `json:"notes,omitempty"`
}

// apiHealth is what the API says of its health.
type apiHealth struct {
	URL     string `json:"url"`
	Healthy bool   `json:"healthy"`
	Detail  string `json:"detail,omitempty"`
}

// queueCounts is a queue's counts.
type queueCounts struct {
	Visible  int `json:"visible"`
	InFlight int `json:"in_flight"`
	Delayed  int `json:"delayed"`
	// OldestSeconds is the age of the oldest message, where it is known.
	OldestSeconds *float64 `json:"oldest_seconds,omitempty"`
}

// logLine is one error of a service.
type logLine struct {
	Service string    `json:"service"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
}

// Write writes the snapshot for a person.
func (s *snapshot) Write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s at %s\n\n", s.Target, s.At.UTC().Format(time.RFC3339))
	health := "healthy"
	if !s.API.Healthy {
		health = "NOT HEALTHY: " + s.API.Detail
	}
	_, _ = fmt.Fprintf(w, "api    %s (%s)\n", health, s.API.URL)
	_, _ = fmt.Fprintf(w, "queue  %s\n", s.Queue)
	_, _ = fmt.Fprintf(w, "dlq    %s\n", s.DLQ)
	s.writeServices(w)
	if !s.ErrorsSince.IsZero() {
		_, _ = fmt.Fprintf(w, "\nerrors since %s: %d\n", s.ErrorsSince.UTC().Format(time.RFC3339), len(s.Errors))
		for _, line := range s.Errors {
			_, _ = fmt.Fprintf(w, "  %s  %s\n", line.Service, line.Text)
		}
	}
	for _, note := range s.Notes {
		_, _ = fmt.Fprintf(w, "\n%s\n", note)
	}
}

// String is the counts in a line.
func (q queueCounts) String() string {
	text := fmt.Sprintf("%d waiting, %d in flight", q.Visible, q.InFlight)
	if q.Delayed > 0 {
		text += fmt.Sprintf(", %d delayed", q.Delayed)
	}
	if q.OldestSeconds != nil {
		text += fmt.Sprintf("; the oldest is %s old", time.Duration(*q.OldestSeconds*float64(time.Second)).Round(time.Second))
	}
	return text
}

func (s *snapshot) writeServices(w io.Writer) {
	if len(s.Services) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "\nSERVICE\tTASKS\tROLLOUT\tDEPLOYED\tTASK DEFINITION\tIMAGE\n")
	for i := range s.Services {
		service := &s.Services[i]
		images := make([]string, 0, len(service.Images))
		for _, digest := range service.Images {
			images = append(images, short(digest))
		}
		_, _ = fmt.Fprintf(table, "%s\t%d/%d\t%s\t%s\t%s\t%s\n", service.Name, service.Running, service.Desired, service.Rollout,
			service.DeployedAt.UTC().Format(time.RFC3339), service.TaskDefinition, strings.Join(images, " "))
	}
	_ = table.Flush()
	for i := range s.Services {
		if service := &s.Services[i]; service.Rollout == "FAILED" {
			_, _ = fmt.Fprintf(w, "%s: %s\n", service.Name, service.Reason)
		}
	}
}

// short is a digest as people compare it.
func short(digest string) string {
	const length = len("sha256:") + 12
	return digest[:min(length, len(digest))]
}
