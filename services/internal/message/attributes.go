package message

// TraceparentAttribute is the message attribute that names the span which has sent
// the message. Without traces there is no attribute.
const TraceparentAttribute = "traceparent"

// AttributeType is the data type of every message attribute.
const AttributeType = "String"

// AttributeSize is what SQS counts of a message for an attribute: the name, the type
// and the value. An empty value is no attribute.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
func AttributeSize(name, value string) int {
	if value == "" {
		return 0
	}
	return len(name) + len(AttributeType) + len(value)
}
