package sqsreceive

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/ingest-iac/ingest/services/worker/consumer"
)

// legacyPrefix stands before some codes, from the days of SQS's query protocol.
const legacyPrefix = "AWS.SimpleQueueService."

// final are the codes by which SQS says that a receipt handle is of no more
// use: it has expired, the message is no longer in flight, or its 12 hours are
// over. Any other code may pass, whoever SQS says is at fault.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
var final = map[string]bool{
	"ReceiptHandleIsInvalid": true,
	"InvalidParameterValue":  true,
	"MessageNotInflight":     true,
	"InvalidIdFormat":        true,
}

func entryError(entry types.BatchResultErrorEntry) error {
	code := aws.ToString(entry.Code)
	if final[strings.TrimPrefix(code, legacyPrefix)] {
		return fmt.Errorf("%w: %s: %s", consumer.ErrPermanent, code, aws.ToString(entry.Message))
	}
	return fmt.Errorf("SQS answered %s: %s", code, aws.ToString(entry.Message))
}
