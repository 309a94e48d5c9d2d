package fakesqs

import (
	"crypto/md5" //nolint:gosec // G501: SQS answers it, and the SDK checks it.
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"maps"
	"slices"
	"strings"
	"time"
)

// message is one message of one queue. The service's mutex guards it.
type message struct {
	id         string
	body       string
	bodyMD5    string
	attributes map[string]attribute
	group      string
	sentAt     time.Time
	// firstReceived is zero until the first receive.
	firstReceived time.Time
	receivedAt    time.Time
	receives      int
	// source is the ARN of the queue whose redrive brought the message here.
	source string

	// visibleAt and index are those of a message among the hidden; index is -1
	// for a visible one.
	visibleAt time.Time
	index     int
	inFlight  bool
	gone      bool
}

// attribute is a message attribute as the protocol writes it; BinaryValue is
// base64 there.
type attribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// size is what SQS counts of a message: its body and the names, types and
// values of its attributes, in bytes.
func size(body string, attributes map[string]attribute) int {
	total := len(body)
	for name, a := range attributes {
		total += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return total
}

func bodyMD5(body string) string {
	sum := md5.Sum([]byte(body)) //nolint:gosec // G401: as above.
	return hex.EncodeToString(sum[:])
}

// attributesMD5 is MD5OfMessageAttributes, or empty without attributes.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation
func attributesMD5(attributes map[string]attribute) string {
	if len(attributes) == 0 {
		return ""
	}
	sum := md5.New() //nolint:gosec // G401: as above.
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		a := attributes[name]
		writeSized(sum, []byte(name))
		writeSized(sum, []byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			sum.Write([]byte{2})
			writeSized(sum, a.BinaryValue)
		} else {
			sum.Write([]byte{1})
			writeSized(sum, []byte(a.StringValue))
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func writeSized(sum hash.Hash, value []byte) {
	//nolint:gosec // G115: a message has at most 1 MiB.
	sum.Write(binary.BigEndian.AppendUint32(nil, uint32(len(value))))
	sum.Write(value)
}

// handle is the receipt handle of the message's latest receive from q.
func (m *message) handle(q *queue) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s %s %d", q.uid, m.id, m.receives))
}

// byHandle finds the message that was received under handle. It is nil when
// that message is deleted or has been received again since: the handle is of
// no more use. errHandle answers what is no handle of this queue.
func (q *queue) byHandle(handle string) (*message, error) {
	if handle == "" {
		return nil, missingParameter("ReceiptHandle")
	}
	raw, err := base64.StdEncoding.DecodeString(handle)
	if err != nil {
		return nil, errHandle
	}
	var uid, id string
	var receive int
	if n, err := fmt.Sscanf(string(raw), "%s %s %d", &uid, &id, &receive); err != nil || n != 3 || uid != q.uid {
		return nil, errHandle
	}
	m := q.messages[id]
	if m == nil || m.receives != receive {
		return nil, nil
	}
	return m, nil
}
