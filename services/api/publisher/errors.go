package publisher

import "errors"

// The reasons for which a message is not taken.
var (
	// ErrOverloaded says that more messages wait than can be sent soon: the
	// message was not taken and may be offered again later.
	ErrOverloaded = errors.New("too many messages wait to be sent")
	// ErrClosed says that the publisher is being closed.
	ErrClosed = errors.New("no more messages are sent")
)
