package awsjson

import (
	"context"
	"fmt"
	"net/http"
)

// Error is an error answer.
type Error struct {
	// Type is the error's shape, as in "QueueDoesNotExist".
	Type string
	// QueryCode is the code under which the older query protocol knew the
	// error. The SDK shows it instead of Type where it is set.
	QueryCode string
	// Status is that of the HTTP answer.
	Status int
	// Message is for people.
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s", e.Type, e.Message) }

func (e *Error) fault() string {
	if e.Status < http.StatusInternalServerError {
		return "Sender"
	}
	return "Receiver"
}

type hostKey struct{}

func withHost(ctx context.Context, host string) context.Context {
	return context.WithValue(ctx, hostKey{}, host)
}

// Host is the host and port by which the client of an operation knows the
// server, for the addresses in its answers.
func Host(ctx context.Context) string {
	host, _ := ctx.Value(hostKey{}).(string)
	return host
}
