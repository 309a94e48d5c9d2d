package apiclient

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthTimeout is what the load balancer's health check waits, too.
const healthTimeout = 5 * time.Second

// Health asks the API for its health; nil means that it is healthy.
func Health(ctx context.Context, url string) error {
	status, _, err := askHealth(ctx, url)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("asking for health: the answer is %d %s", status, http.StatusText(status))
	}
	return err
}

// WorkerHealth asks the worker for its health and decodes the answer, which also
// one that is not healthy gives.
func WorkerHealth(ctx context.Context, url string, into any) error {
	status, body, err := askHealth(ctx, url)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading the worker's health (%d): %w", status, err)
	}
	return nil
}

func askHealth(ctx context.Context, url string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", http.NoBody)
	if err != nil {
		return 0, nil, fmt.Errorf("asking for health: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, fmt.Errorf("asking for health: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, 1<<16))
	if err != nil {
		return 0, nil, fmt.Errorf("asking for health: %w", err)
	}
	return response.StatusCode, body, nil
}
