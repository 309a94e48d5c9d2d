// Package consumer moves messages from a queue to a store: each becomes one
// object, and is deleted from the queue once the object is there.
//
// Pollers receive messages (poll.go), as often as pace.go allows. Each message then
// has its own goroutine, which uploads it (upload.go) and has it deleted (delete.go).
// The message is in flight meanwhile: inflight.go owns its state, and visibility.go
// extends its visibility timeout. A message in flight is in one of these states:
//
//	from       to         when
//	received   uploading  an upload slot is free
//	received   returned   the consumer stops
//	received   expired    its visibility timeout has ended
//	uploading  stored     the object is written, or was there already
//	uploading  retrying   the upload failed, and may succeed later
//	uploading  returned   the error is permanent, or others are stored while it fails
//	retrying   uploading  its backoff is over and an upload slot is free
//	retrying   returned   the consumer stops
//	retrying   expired    its visibility timeout has ended
//	stored     deleting   its batch is complete
//	deleting   deleted    the queue has deleted it, or has given it to another receive
//	deleting   stored     the delete failed
//	stored     expired    the consumer stops before a delete succeeds
//
// A message leaves with deleted, returned or expired. A returned message becomes
// visible again after a delay, an expired one with its visibility timeout.
//
// Nothing is deleted before it is stored, and the key of a message never
// changes. So a crash at any point costs one more receive, which finds the
// object in place.
//
// # When uploads fail
//
// The queue moves a message to the dead-letter queue when its receive count is
// too high. During an outage of the store nothing is wrong with the messages,
// so they stay in flight with their visibility extended, and are tried again
// after a backoff of up to 30 s. What an outage costs is limited by the number
// of messages in flight. Two rules go with it:
//
//   - A consumer that has not stored anything since its start takes one message
//     at a time. So restarts during an outage receive few messages, and a
//     message that was received before stays hidden for a while after each.
//   - When every message in flight has failed and no more may be taken, one
//     more is taken after a pause, which grows from 5 s to 5 min. So messages
//     that fail for reasons of their own never block those behind them.
//
// A message that fails while others are stored, or with a permanent error, is
// returned to the queue, where its receive count rises.
package consumer
