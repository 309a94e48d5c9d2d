// Package httpapi is the HTTP handler of the api: routes, limits and answers.
package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"go.opentelemetry.io/otel/trace"
)

// TokenVerifier checks a presented token. Its errors wrap token.ErrInvalid,
// token.ErrNotFound or token.ErrUnavailable.
type TokenVerifier interface {
	Verify(ctx context.Context, presented string) error
}

// Publisher sends a message to the queue and returns the id that the queue
// gave it. An error that wraps publisher.ErrOverloaded means that the message
// was not taken and may be offered again later.
type Publisher interface {
	Publish(ctx context.Context, m publisher.Message) (messageID string, err error)
}

// Options are what the API is made of; all are required but Tracer and Version.
type Options struct {
	Tokens    TokenVerifier
	Publisher Publisher
	Counts    *Counts
	// MaxBodyBytes bounds a request's body.
	MaxBodyBytes int64
	Now          func() time.Time
	Logger       *slog.Logger
	// Tracer makes a span of each POST /ingest.
	Tracer trace.Tracer
	// Version is what the API's document says of itself.
	Version string
}

func (o Options) validate() error {
	var wrong []error
	for name, missing := range map[string]bool{
		"Tokens": o.Tokens == nil, "Publisher": o.Publisher == nil, "Counts": o.Counts == nil, "Now": o.Now == nil, "Logger": o.Logger == nil,
	} {
		if missing {
			wrong = append(wrong, fmt.Errorf("httpapi: option %s is missing", name))
		}
	}
	if o.MaxBodyBytes < 1 {
		wrong = append(wrong, fmt.Errorf("httpapi: option MaxBodyBytes is %d; allowed is 1 or more", o.MaxBodyBytes))
	}
	return errors.Join(wrong...)
}

// New makes the API's handler.
func New(o Options) (http.Handler, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.Use(o.Counts.counted, logged(o.Logger))
	if o.Tracer != nil {
		router.Use(traced(o.Tracer))
	}
	router.Use(recovered(o.Logger))
	router.NoRoute(func(c *gin.Context) { answer(c, http.StatusNotFound, "Not Found") })
	router.NoMethod(func(c *gin.Context) { answer(c, http.StatusMethodNotAllowed, "Method Not Allowed") })

	healthy := []byte(`{"status":"ok"}`)
	router.GET("/healthz", func(c *gin.Context) { c.Data(http.StatusOK, jsonType, healthy) })
	router.POST(ingestPath, newIngest(o).handle)
	for _, path := range []string{ingestPath, "/healthz"} {
		router.Any(path+"/", withoutSlash(path))
	}

	openapi, err := Document(o.Version)
	if err != nil {
		return nil, err
	}
	router.GET("/openapi.json", func(c *gin.Context) { c.Data(http.StatusOK, jsonType, openapi) })
	docs, err := newDocs()
	if err != nil {
		return nil, err
	}
	router.GET("/docs", docs.page)
	router.GET("/docs/*asset", docs.asset)
	return router, nil
}

const ingestPath = "/ingest"

const jsonType = "application/json"

// answer writes the original's form of every answer that is not 200.
func answer(c *gin.Context, status int, detail any) {
	c.JSON(status, map[string]any{"detail": detail})
	c.Abort()
}

// withoutSlash redirects as the original's router did: with 307, which keeps
// method and body. The place is given without a host, since a load balancer's
// clients know it under another.
func withoutSlash(path string) gin.HandlerFunc {
	return func(c *gin.Context) {
		location := path
		if query := c.Request.URL.RawQuery; query != "" {
			location += "?" + query
		}
		c.Redirect(http.StatusTemporaryRedirect, location)
	}
}
