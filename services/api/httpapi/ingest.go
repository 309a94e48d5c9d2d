package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"

	"github.com/gin-gonic/gin"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/payload"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// retryAfterSeconds is what a 503 asks a client to wait: about as long as it takes
// to send all that can be pending.
const retryAfterSeconds = "1"

// statusClientGone is logged in place of the answer's status when the client left
// before it; nginx uses the same number. It is never sent.
const statusClientGone = 499

// largeBody is the size from which bodies are decoded and measured one at a time for
// each core but one, so that they neither take much memory nor delay the small ones.
const largeBody = 64 << 10

// ingest answers POST /ingest.
type ingest struct {
	Options
	decoding chan struct{}
}

func newIngest(o Options) *ingest {
	return &ingest{Options: o, decoding: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)-1))}
}

// httpError is an answer other than 200.
type httpError struct {
	status int
	detail any
	// cause is for the log; it holds neither token nor content.
	cause error
}

func (h *ingest) handle(c *gin.Context) {
	id, received, refused := h.accept(c)
	if refused == nil {
		c.Set(keyMessageID, id)
		c.Data(http.StatusOK, jsonType, accepted(id, received))
		return
	}
	if refused.cause != nil {
		c.Set(keyCause, refused.cause)
	}
	if errors.Is(refused.cause, context.Canceled) && c.Request.Context().Err() != nil {
		c.Set(keyLogStatus, statusClientGone)
	}
	if refused.status == http.StatusServiceUnavailable {
		c.Header("Retry-After", retryAfterSeconds)
	}
	answer(c, refused.status, refused.detail)
}

func accepted(id, received string) []byte {
	out := make([]byte, 0, 128)
	out = append(out, `{"status":"accepted","message_id":"`...)
	out = append(out, id...)
	out = append(out, `","received_at":"`...)
	out = append(out, received...)
	return append(out, `"}`...)
}

// accept makes the checks in the order of the contract: form, token present,
// token right, timestamp, idempotency key, size.
func (h *ingest) accept(c *gin.Context) (id, received string, refused *httpError) {
	request, size, refused := h.request(c)
	if refused != nil {
		return "", "", refused
	}
	ctx := c.Request.Context()
	if request.Token == "" {
		return "", "", &httpError{status: http.StatusUnauthorized, detail: "Token is required"}
	}
	if err := h.Tokens.Verify(ctx, request.Token); err != nil {
		return "", "", tokenError(err)
	}
	timestream, ok := request.Timestamp.Integer()
	if !ok {
		return "", "", &httpError{status: http.StatusBadRequest, detail: "email_timestream must be a unix timestamp"}
	}
	request.Fields.Timestream = timestream
	key, ok := idempotencyKey(c.Request.Header)
	if !ok {
		return "", "", &httpError{status: http.StatusBadRequest, detail: fmt.Sprintf(
			"Idempotency-Key must be 1 to %d visible ASCII characters, once", message.MaxIdempotencyKey)}
	}
	now := h.Now()
	if size += len(timestream) + message.AttributeSize(message.IdempotencyAttribute, key); size > message.MaxBytes {
		return "", "", &httpError{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf(
			"The message is %d bytes long as it is queued; allowed are %d", size, message.MaxBytes)}
	}
	sent := publisher.Message{Body: message.Encode(request.Fields, now), IdempotencyKey: key}
	// The body is not needed any more, and the publisher counts the message.
	_ = c.Request.Body.Close()
	id, err := h.Publisher.Publish(ctx, sent)
	if err != nil {
		return "", "", publishError(err)
	}
	return id, message.FormatTime(now), nil
}

// idempotencyKey is the client's, empty if it gave none. It is used unchanged,
// quotes included: the draft writes it as a structured string, but clients of other
// APIs send it without.
// https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
func idempotencyKey(header http.Header) (key string, ok bool) {
	given := header.Values("Idempotency-Key")
	if len(given) == 0 {
		return "", true
	}
	return given[0], len(given) == 1 && message.ValidIdempotencyKey(given[0])
}

// request reads and decodes the body. size is that of the message without its
// timestamp.
func (h *ingest) request(c *gin.Context) (request payload.Request, size int, refused *httpError) {
	read, refused := h.read(c)
	if refused != nil {
		return payload.Request{}, 0, refused
	}
	if read.size > largeBody {
		h.decoding <- struct{}{}
		defer func() { <-h.decoding }()
	}
	request, err := payload.Decode(c.GetHeader("Content-Type"), read.String())
	if err != nil {
		return payload.Request{}, 0, formError(err)
	}
	return request, message.Size(request.Fields), nil
}

// read takes the whole body, within its limit.
func (h *ingest) read(c *gin.Context) (body, *httpError) {
	tooLarge := &httpError{
		status: http.StatusRequestEntityTooLarge,
		detail: fmt.Sprintf("The body is too large; allowed are %d bytes", h.MaxBodyBytes),
	}
	length := c.Request.ContentLength
	if length > h.MaxBodyBytes {
		closeAfterReply(c)
		return body{}, tooLarge
	}
	read, err := readBody(http.MaxBytesReader(c.Writer, c.Request.Body, h.MaxBodyBytes), length)
	if err == nil {
		return read, nil
	}
	closeAfterReply(c)
	var over *http.MaxBytesError
	var timeout net.Error
	switch {
	case errors.As(err, &over):
		return body{}, tooLarge
	case errors.Is(err, publisher.ErrOverloaded):
		return body{}, publishError(err)
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, net.ErrClosed):
		return body{}, &httpError{status: http.StatusRequestTimeout, detail: "The body did not arrive in time", cause: err}
	default:
		return body{}, &httpError{status: http.StatusBadRequest, detail: "There was an error parsing the body", cause: err}
	}
}

// closeAfterReply has the answer sent at once and the connection closed with it:
// net/http would wait for the rest of the body first, so as to keep the
// connection. http.MaxBytesReader does the same, but does not see net/http's
// writer behind gin's.
func closeAfterReply(c *gin.Context) { c.Header("Connection", "close") }

func formError(err error) *httpError {
	var invalid *payload.InvalidError
	if errors.As(err, &invalid) {
		return &httpError{status: http.StatusUnprocessableEntity, detail: invalid.Detail}
	}
	return &httpError{status: http.StatusBadRequest, detail: "There was an error parsing the body"}
}

func tokenError(err error) *httpError {
	switch {
	case errors.Is(err, token.ErrInvalid):
		return &httpError{status: http.StatusForbidden, detail: "Invalid token"}
	case errors.Is(err, token.ErrNotFound):
		return &httpError{status: http.StatusInternalServerError, detail: "Token parameter not found", cause: err}
	default:
		return &httpError{status: http.StatusInternalServerError, detail: "Failed to retrieve token", cause: err}
	}
}

func publishError(err error) *httpError {
	if errors.Is(err, publisher.ErrOverloaded) || errors.Is(err, publisher.ErrNotSent) {
		return &httpError{status: http.StatusServiceUnavailable, detail: "Too many requests are waiting; try again later", cause: err}
	}
	return &httpError{status: http.StatusInternalServerError, detail: "Failed to publish message", cause: err}
}
