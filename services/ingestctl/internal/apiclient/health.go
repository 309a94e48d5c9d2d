package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// healthTimeout is what the load balancer's health check waits, too.
const healthTimeout = 5 * time.Second

// Health asks the API for its health; nil means that it is well.
func Health(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/healthz", http.NoBody)
	if err != nil {
		return fmt.Errorf("asking for the API's health: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking for the API's health: %w", err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("asking for the API's health: it answered %s", response.Status)
	}
	return nil
}
