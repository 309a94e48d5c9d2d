package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ingest-iac/ingest/services/internal/tracing"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// What a handler leaves for the log.
const (
	keyMessageID = "message_id"
	keyCause     = "cause"
	// keyLogStatus replaces the status in the log.
	keyLogStatus = "log_status"
)

// Counts count the answers to POST /ingest.
type Counts struct {
	// Accepted counts those of status 200, Rejected all others, also those whose
	// client has gone.
	Accepted, Rejected atomic.Int64
}

func (n *Counts) counted(c *gin.Context) {
	c.Next()
	switch {
	case c.FullPath() != ingestPath:
	case c.Writer.Status() == http.StatusOK:
		n.Accepted.Add(1)
	default:
		n.Rejected.Add(1)
	}
}

// traced makes a span of each POST /ingest, within the client's trace if the request
// names one. Of what names it, only ids and flags are used.
func traced(tracer trace.Tracer) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.FullPath() != ingestPath {
			return
		}
		ctx := c.Request.Context()
		if given := c.Request.Header.Values("traceparent"); len(given) == 1 {
			ctx = tracing.WithParent(ctx, given[0])
		}
		ctx, span := tracer.Start(ctx, http.MethodPost+" "+ingestPath, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("http.request.method", http.MethodPost), attribute.String("http.route", ingestPath)))
		defer span.End()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
		status := c.Writer.Status()
		span.SetAttributes(attribute.Int("http.response.status_code", status))
		if status >= http.StatusInternalServerError {
			span.SetStatus(codes.Error, "")
		}
	}
}

// logged writes one record for each request, which holds neither the token nor the
// payload. Health checks come every few seconds and are logged at DEBUG.
func logged(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		started := time.Now()
		c.Next()
		status := c.Writer.Status()
		if replaced := c.GetInt(keyLogStatus); replaced != 0 {
			status = replaced
		}
		level := slog.LevelInfo
		switch {
		case status >= http.StatusInternalServerError:
			level = slog.LevelError
		case c.FullPath() == "/healthz":
			level = slog.LevelDebug
		}
		ctx := c.Request.Context()
		if !logger.Enabled(ctx, level) {
			return
		}
		// The record has no source position: slog.Logger would look it up each time,
		// and the handler does not print it.
		record := slog.NewRecord(time.Now(), level, "request", 0)
		record.AddAttrs(
			slog.String("method", bounded(c.Request.Method)),
			slog.String("path", bounded(c.Request.URL.EscapedPath())),
			slog.Int("status", status),
			slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
			slog.Int64("bytes", c.Request.ContentLength),
		)
		if id := c.GetString(keyMessageID); id != "" {
			record.AddAttrs(slog.String(keyMessageID, id))
		}
		if span := trace.SpanContextFromContext(ctx); span.IsValid() {
			record.AddAttrs(slog.String("trace_id", span.TraceID().String()))
		}
		if cause, ok := c.Get(keyCause); ok {
			record.AddAttrs(slog.Any("error", cause))
		}
		// An error of stdout is ignored, as slog.Logger does.
		_ = logger.Handler().Handle(ctx, record)
	}
}

// maxLogged bounds what a client can have written to the log, in bytes.
const maxLogged = 256

// bounded cuts a text of which every character is logged as it is.
func bounded(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return text[:maxLogged-len("…")] + "…"
}

// recovered answers 500 for a handler that panics, and logs where.
func recovered(logger *slog.Logger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, reason any) {
		if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(reason)
		}
		logger.ErrorContext(c.Request.Context(), "handler panicked", "reason", reason, "stack", string(debug.Stack()))
		answer(c, http.StatusInternalServerError, "Internal Server Error")
	})
}
