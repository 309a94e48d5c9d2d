package fakesqs

import (
	"crypto/md5" //nolint:gosec // G501: SQS answers it, and the SDK checks it.
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
)

// size is what SQS counts of a message: its body and the names, types and
// values of its attributes, in bytes.
func size(body string, attributes map[string]queue.Attribute) int {
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
func attributesMD5(attributes map[string]queue.Attribute) string {
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
