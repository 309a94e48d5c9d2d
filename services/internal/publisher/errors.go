package publisher

import "errors"

// ErrOverloaded says that more messages wait than can be sent soon: the
// message was not taken and may be offered again later.
var ErrOverloaded = errors.New("too many messages wait to be sent")
