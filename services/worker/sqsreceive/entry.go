package sqsreceive

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/worker/consumer"
)

// legacyPrefix is the prefix of codes that date from SQS's query protocol.
const legacyPrefix = "AWS.SimpleQueueService."

// permanent are the codes for a receipt handle that is no longer valid: it has
// expired, the message is not in flight, or its 12 hours are over. Any other
// code may pass, even where SQS calls it the sender's fault.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
var permanent = map[string]bool{
	"ReceiptHandleIsInvalid": true,
	"InvalidParameterValue":  true,
	"MessageNotInflight":     true,
	"InvalidIdFormat":        true,
}

func entryError(entry types.BatchResultErrorEntry) error {
	code := aws.ToString(entry.Code)
	if permanent[strings.TrimPrefix(code, legacyPrefix)] {
		return fmt.Errorf("%w: %s: %s", consumer.ErrPermanent, code, aws.ToString(entry.Message))
	}
	return fmt.Errorf("SQS answered %s: %s", code, aws.ToString(entry.Message))
}
