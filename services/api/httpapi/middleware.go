package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// What a handler leaves for the log.
const (
	keyMessageID = "message_id"
	keyCause     = "cause"
)

// logged writes one record for each request: what was asked and answered,
// never a token nor any of the payload. Health checks come every few seconds
// and are records for debugging only.
func logged(logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		started := time.Now()
		c.Next()
		status := c.Writer.Status()
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
		attrs := make([]slog.Attr, 0, 8)
		attrs = append(attrs,
			slog.String("method", c.Request.Method),
			slog.String("path", c.Request.URL.Path),
			slog.Int("status", status),
			slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000),
			slog.Int64("bytes", c.Request.ContentLength),
		)
		if id := c.GetString(keyMessageID); id != "" {
			attrs = append(attrs, slog.String(keyMessageID, id))
		}
		if cause, ok := c.Get(keyCause); ok {
			attrs = append(attrs, slog.Any("error", cause))
		}
		logger.LogAttrs(ctx, level, "request", attrs...)
	}
}

// recovered answers 500 for a handler that panics, and logs where.
func recovered(logger *slog.Logger) gin.HandlerFunc {
	return gin.CustomRecoveryWithWriter(nil, func(c *gin.Context, reason any) {
		if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(reason)
		}
		logger.ErrorContext(c.Request.Context(), "handler panicked", "reason", reason)
		answer(c, http.StatusInternalServerError, "Internal Server Error")
	})
}
