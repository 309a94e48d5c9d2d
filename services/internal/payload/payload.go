// Package payload decodes the body of POST /ingest in the same way as the
// original's validation (FastAPI on pydantic v1), so that every payload is
// accepted, coerced or refused as before.
package payload

import (
	"mime"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/message"
)

// Request is a body of the right form.
type Request struct {
	// Fields are the email without its timestamp.
	Fields message.Fields
	// Timestamp is what was given for email_timestream, to be read by
	// Timestamp.Integer after the token has been checked.
	Timestamp Timestamp
	// Token is the presented token, empty where there is none.
	Token string
}

// Issue is one fault of a body, in the form of the original's 422 answers.
type Issue struct {
	Loc  []any  `json:"loc"`
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// InvalidError is a body that is not of the right form (422).
type InvalidError struct {
	// Detail is what the answer's detail holds: []Issue or []SyntaxIssue.
	Detail any
}

func (e *InvalidError) Error() string { return "the body is not of the form that is asked for" }

// SyntaxIssue is the one fault of a body that is no JSON.
type SyntaxIssue struct {
	Type  string            `json:"type"`
	Loc   []any             `json:"loc"`
	Msg   string            `json:"msg"`
	Input struct{}          `json:"input"`
	Ctx   map[string]string `json:"ctx"`
}

// UnreadableError is a body whose bytes cannot be read as text, or not within
// bounds (400).
type UnreadableError struct{ reason string }

func (e *UnreadableError) Error() string { return e.reason }

// Decode reads a body. Its errors are *InvalidError and *UnreadableError.
func Decode(contentType, body string) (Request, error) {
	if len(body) == 0 {
		return Request{}, invalid(Issue{Loc: loc(), Msg: missing, Type: typeMissing})
	}
	if !isJSON(contentType) {
		// The original then validates the text itself, which is never a dict.
		return Request{}, invalid(Issue{Loc: loc(), Msg: notDict, Type: typeDict})
	}
	decoded, ok := text(body)
	if !ok {
		return Request{}, &UnreadableError{"the body is not UTF-8"}
	}
	reader := parser{text: decoded, keep: wanted}
	root, err := reader.document()
	switch err := err.(type) { //nolint:errorlint // the parser's own errors, never wrapped
	case nil:
		return validate(root)
	case *syntaxError:
		return Request{}, &InvalidError{Detail: []SyntaxIssue{{
			Type: "json_invalid", Loc: loc(err.position), Msg: "JSON decode error",
			Ctx: map[string]string{"error": err.message},
		}}}
	default:
		return Request{}, &UnreadableError{err.Error()}
	}
}

// isJSON reports whether FastAPI parses a body of this type as JSON: also one
// without a type, and every +json.
func isJSON(contentType string) bool {
	if contentType == "" {
		return true
	}
	full, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		full, _, _ = strings.Cut(contentType, ";")
	}
	main, sub, _ := strings.Cut(strings.ToLower(strings.TrimSpace(full)), "/")
	return main == "application" && (sub == "json" || strings.HasSuffix(sub, "+json"))
}
