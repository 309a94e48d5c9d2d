package fakesqs

import (
	"fmt"
	"net/http"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

// legacy stands before the codes that the query protocol knew under a prefix.
const legacy = "AWS.SimpleQueueService."

func clientError(shape, queryCode, message string) *awsjson.Error {
	return &awsjson.Error{Type: shape, QueryCode: queryCode, Status: http.StatusBadRequest, Message: message}
}

// The errors of the operations, by the API reference.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html
var (
	errNoQueue = clientError("QueueDoesNotExist", legacy+"NonExistentQueue",
		"The specified queue does not exist.")
	errQueueExists = clientError("QueueNameExists", "QueueAlreadyExists",
		"A queue already exists with the same name and a different value for attribute(s).")
	errEmptyBatch = clientError("EmptyBatchRequest", legacy+"EmptyBatchRequest",
		"There should be at least one entry in the request.")
	errIDsNotDistinct = clientError("BatchEntryIdsNotDistinct", legacy+"BatchEntryIdsNotDistinct",
		"Two or more batch entries in the request have the same Id.")
	errEntryID = clientError("InvalidBatchEntryId", legacy+"InvalidBatchEntryId",
		"A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
	errHandle = clientError("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid",
		"The input receipt handle is invalid.")
	errNotInflight = clientError("MessageNotInflight", legacy+"MessageNotInflight",
		"The message referred to isn't in flight.")
	errCharacters = clientError("InvalidMessageContents", "InvalidMessageContents",
		"Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.")
	errOverLimit = clientError("OverLimit", "OverLimit",
		"Too many messages in flight: 120000 are received and not deleted.")
	errMoveRunning = clientError("UnsupportedOperation", legacy+"UnsupportedOperation",
		"There is already a task running. Only one active task is allowed for a source queue arn at a given time.")
	errNoTask = clientError("ResourceNotFoundException", "ResourceNotFoundException",
		"Task does not exist, or is not running.")
)

func invalidParameter(name string, value any, reason string) *awsjson.Error {
	return clientError("InvalidParameterValueException", "InvalidParameterValue",
		fmt.Sprintf("Value %v for parameter %s is invalid. Reason: %s", value, name, reason))
}

func missingParameter(name string) *awsjson.Error {
	return clientError("MissingRequiredParameterException", "MissingParameter",
		fmt.Sprintf("The request must contain the parameter %s.", name))
}

func tooManyEntries(n int) *awsjson.Error {
	return clientError("TooManyEntriesInBatchRequest", legacy+"TooManyEntriesInBatchRequest",
		fmt.Sprintf("Maximum number of entries per request are %d. You have sent %d.", maxEntries, n))
}

func batchTooLong(size int) *awsjson.Error {
	return clientError("BatchRequestTooLong", legacy+"BatchRequestTooLong",
		fmt.Sprintf("Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxBytes, size))
}

func messageTooLong(limit int) *awsjson.Error {
	return clientError("InvalidParameterValueException", "InvalidParameterValue",
		fmt.Sprintf("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit))
}

func noSuchAttribute(name string) *awsjson.Error {
	return clientError("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute "+name+".")
}

func invalidAttribute(name, value string) *awsjson.Error {
	return clientError("InvalidAttributeValue", "InvalidAttributeValue", fmt.Sprintf("Invalid value for the parameter %s: %q.", name, value))
}

// errClosing answers a poll whose client has gone.
var errClosing = &awsjson.Error{
	Type: "ServiceUnavailable", QueryCode: "ServiceUnavailable",
	Status: http.StatusServiceUnavailable, Message: "The poll was cut short.",
}
