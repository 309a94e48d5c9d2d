package token

import "errors"

// The reasons for which a presented token is refused.
var (
	// ErrInvalid is a token that is not accepted: not the current one and not the
	// previous one of a rotation, or any token while the parameter still holds its
	// placeholder.
	ErrInvalid = errors.New("invalid token")
	// ErrNotFound is a parameter that does not exist.
	ErrNotFound = errors.New("token parameter not found")
	// ErrUnavailable is a parameter that cannot be read at the moment.
	ErrUnavailable = errors.New("token parameter unavailable")
)
