package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/ingest-iac/ingest/services/api/publisher"
	"github.com/ingest-iac/ingest/services/internal/message"
	"github.com/ingest-iac/ingest/services/internal/payload"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// retryAfterSeconds is what a 503 asks a caller to wait: about as long as a
// full waiting room takes to be sent.
const retryAfterSeconds = "1"

// statusClientGone stands in the log for an answer that nobody waited for; nginx
// made the number known.
const statusClientGone = 499

// ingest answers POST /ingest.
type ingest struct{ Options }

// refusal is an answer other than 200.
type refusal struct {
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
	if c.Request.Context().Err() != nil && refused.cause != nil {
		// Nobody is there to read an answer.
		c.AbortWithStatus(statusClientGone)
		return
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
// token right, timestamp, size.
func (h *ingest) accept(c *gin.Context) (id, received string, refused *refusal) {
	body, refused := h.read(c)
	if refused != nil {
		return "", "", refused
	}
	request, err := payload.Decode(c.GetHeader("Content-Type"), body)
	if err != nil {
		return "", "", formRefusal(err)
	}
	ctx := c.Request.Context()
	if request.Token == "" {
		return "", "", &refusal{status: http.StatusUnauthorized, detail: "Token is required"}
	}
	if err := h.Tokens.Verify(ctx, request.Token); err != nil {
		return "", "", tokenRefusal(err)
	}
	timestream, ok := request.Timestamp.Integer()
	if !ok {
		return "", "", &refusal{status: http.StatusBadRequest, detail: "email_timestream must be a unix timestamp"}
	}
	request.Fields.Timestream = timestream
	now := h.Now()
	encoded := message.Encode(request.Fields, now)
	if len(encoded) > message.MaxBytes {
		return "", "", &refusal{status: http.StatusRequestEntityTooLarge, detail: fmt.Sprintf(
			"The message is %d bytes long as it is queued; allowed are %d", len(encoded), message.MaxBytes)}
	}
	id, err = h.Publisher.Publish(ctx, encoded)
	if err != nil {
		return "", "", publishRefusal(err)
	}
	return id, message.FormatTime(now), nil
}

// read takes the whole body, within its limit.
func (h *ingest) read(c *gin.Context) ([]byte, *refusal) {
	tooLarge := &refusal{
		status: http.StatusRequestEntityTooLarge,
		detail: fmt.Sprintf("The body is too large; allowed are %d bytes", h.MaxBodyBytes),
	}
	length := c.Request.ContentLength
	if length > h.MaxBodyBytes {
		giveUpBody(c)
		return nil, tooLarge
	}
	limited := http.MaxBytesReader(c.Writer, c.Request.Body, h.MaxBodyBytes)
	body, err := readAll(limited, length)
	if err != nil {
		giveUpBody(c)
	}
	var over *http.MaxBytesError
	var timeout net.Error
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &over):
		return nil, tooLarge
	case errors.Is(err, publisher.ErrOverloaded):
		return nil, publishRefusal(err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return nil, &refusal{status: http.StatusRequestTimeout, detail: "The body did not arrive in time", cause: err}
	default:
		return nil, &refusal{status: http.StatusBadRequest, detail: "There was an error parsing the body", cause: err}
	}
}

// giveUpBody has the answer go out at once, and the connection end with it:
// net/http would wait for the rest of the body first, so as to keep the
// connection. http.MaxBytesReader does the same, but does not see net/http's
// writer behind gin's.
func giveUpBody(c *gin.Context) { c.Header("Connection", "close") }

// trusted is how much memory a request gets on its word, in bytes: most bodies
// fit, and those that announce more than they send take no more.
const trusted = 64 << 10

// readAll is io.ReadAll with a buffer of the right size at once, where the
// length is known and small.
func readAll(r io.Reader, length int64) ([]byte, error) {
	var body bytes.Buffer
	body.Grow(int(max(0, min(length, trusted))) + bytes.MinRead)
	_, err := body.ReadFrom(r)
	return body.Bytes(), err
}

func formRefusal(err error) *refusal {
	var invalid *payload.InvalidError
	if errors.As(err, &invalid) {
		return &refusal{status: http.StatusUnprocessableEntity, detail: invalid.Detail}
	}
	return &refusal{status: http.StatusBadRequest, detail: "There was an error parsing the body"}
}

func tokenRefusal(err error) *refusal {
	switch {
	case errors.Is(err, token.ErrInvalid):
		return &refusal{status: http.StatusForbidden, detail: "Invalid token"}
	case errors.Is(err, token.ErrNotFound):
		return &refusal{status: http.StatusInternalServerError, detail: "Token parameter not found", cause: err}
	default:
		return &refusal{status: http.StatusInternalServerError, detail: "Failed to retrieve token", cause: err}
	}
}

func publishRefusal(err error) *refusal {
	if errors.Is(err, publisher.ErrOverloaded) {
		return &refusal{status: http.StatusServiceUnavailable, detail: "Too many requests are waiting; try again later", cause: err}
	}
	return &refusal{status: http.StatusInternalServerError, detail: "Failed to publish message", cause: err}
}
