// Package faults plans the failures of the fake AWS, and counts the calls that it
// gets.
//
// A plan is a list of rules. Each names operations ("sqs.SendMessageBatch",
// "s3.*"), the calls among them that fail, and how. The rules may change
// while the fake AWS serves.
package faults

import (
	"net/http"
	"time"
)

// Drop says whether and when a call's connection is closed without an answer.
type Drop int

// The ways to lose a connection.
const (
	// Keep answers the call.
	Keep Drop = iota
	// DropBefore closes the connection before the call takes effect.
	DropBefore
	// DropAfter closes the connection after the call has taken effect.
	DropAfter
)

// Fault is what happens to a call. The zero Fault does nothing.
type Fault struct {
	// Delay passes before the call takes effect. It is real time, also under a
	// fake clock: it simulates the network, not the service.
	Delay time.Duration
	// Code is the AWS error code to answer, instead of taking effect.
	Code string
	// Status is the HTTP status that goes with Code; 500 when it is 0.
	Status int
	// Message goes with Code.
	Message string
	// Drop closes the connection. It is ignored where Code is set.
	Drop Drop
	// EveryEntry makes each n-th entry of a batch fail alone: 2 fails half of
	// them, counted across calls. They fail with Code, or with InternalError
	// where that is empty; the call itself succeeds. 0 leaves entries alone.
	EveryEntry int
}

// Answers of AWS that clients have to handle.
var (
	// Throttled is the answer of the JSON services (SQS, SSM) to too many calls.
	Throttled = Fault{Code: "ThrottlingException", Status: http.StatusBadRequest, Message: "Rate exceeded"}
	// SlowDown is S3's.
	SlowDown = Fault{Code: "SlowDown", Status: http.StatusServiceUnavailable, Message: "Please reduce your request rate."}
	// Internal is an error of AWS itself.
	Internal = Fault{Code: "InternalError", Status: http.StatusInternalServerError, Message: "We encountered an internal error. Please try again."}
	// Unavailable is a service that is down.
	Unavailable = Fault{Code: "ServiceUnavailable", Status: http.StatusServiceUnavailable, Message: "Service is unable to handle request."}
	// Denied is what a missing permission answers; no retry helps.
	Denied = Fault{Code: "AccessDeniedException", Status: http.StatusBadRequest, Message: "User is not authorized to perform this action."}
)

// Rule makes some calls of some operations fail. Without After, Every, Times and
// Probability it applies to every call; otherwise each that is given has to hold.
type Rule struct {
	// Operation is a pattern of path.Match over names such as "sqs.SendMessage".
	Operation string
	// After leaves the first calls alone, as many as it says.
	After int
	// Every applies the rule to each n-th of the calls that follow; 0 and 1 to each.
	Every int
	// Times ends the rule after that many failures; 0 never.
	Times int
	// Probability is the chance that the rule applies, in (0, 1]; 0 counts as 1.
	Probability float64
	// Fault is what happens to the calls.
	Fault Fault
}
