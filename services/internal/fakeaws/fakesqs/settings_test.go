package fakesqs

import (
	"testing"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs/queue"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAttributes_haveBounds(t *testing.T) {
	for name, values := range map[string]struct{ good, bad []string }{
		"VisibilityTimeout":             {[]string{"0", "43200"}, []string{"-1", "43201", "x", ""}},
		"DelaySeconds":                  {[]string{"0", "900"}, []string{"-1", "901"}},
		"ReceiveMessageWaitTimeSeconds": {[]string{"0", "20"}, []string{"-1", "21"}},
		"MessageRetentionPeriod":        {[]string{"60", "1209600"}, []string{"59", "1209601"}},
		"MaximumMessageSize":            {[]string{"1024", "1048576"}, []string{"1023", "1048577"}},
		"RedrivePolicy": {
			[]string{"", `{"deadLetterTargetArn":"arn:a","maxReceiveCount":"1000"}`, `{"deadLetterTargetArn":"arn:a","maxReceiveCount":1}`},
			[]string{"{", `{"deadLetterTargetArn":"arn:a"}`, `{"maxReceiveCount":1}`, `{"deadLetterTargetArn":"arn:a","maxReceiveCount":0}`, `{"deadLetterTargetArn":"arn:a","maxReceiveCount":1001}`},
		},
		"Policy":     {[]string{"", "{}"}, nil},
		"NoSuchName": {nil, []string{"1"}},
	} {
		for _, value := range values.good {
			s := defaults()
			require.NoError(t, s.set(name, value), "%s %q", name, value)
			if value != "" {
				assert.Equal(t, value, s.texts()[name])
			}
		}
		for _, value := range values.bad {
			s := defaults()
			require.Error(t, s.set(name, value), "%s %q", name, value)
		}
	}
}

func TestAttributes_failedChange_changesNothing(t *testing.T) {
	b := newBench(t, nil)
	before := b.attributesOf(b.queues["q"])
	for _, attributes := range []map[string]string{
		{"DelaySeconds": "5", "VisibilityTimeout": "x"},
		{"DelaySeconds": "5", "RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}`},
	} {
		_, err := b.setAttributes(t.Context(), &setAttributesIn{QueueUrl: "q", Attributes: attributes})
		require.Error(t, err)
		assert.Equal(t, before, b.attributesOf(b.queues["q"]))
	}
}

func TestCreateQueue_twice_needsSameAttributes(t *testing.T) {
	b := newBench(t, map[string]string{"VisibilityTimeout": "60"})
	require.NoError(t, b.Create("q", map[string]string{"VisibilityTimeout": "60"}))
	assert.Equal(t, "QueueNameExists", code(t, b.Create("q", map[string]string{"VisibilityTimeout": "61"})))
	for _, name := range []string{"", "a b", "a.fifo"} {
		require.Error(t, b.Create(name, nil), name)
	}
}

// The bytes that are summed are spelled out here as the documentation has them.
func TestAttributesMD5(t *testing.T) {
	assert.Empty(t, attributesMD5(nil))
	one := map[string]queue.Attribute{"a": {DataType: "String", StringValue: "b"}}
	assert.Equal(t, bodyMD5("\x00\x00\x00\x01a\x00\x00\x00\x06String\x01\x00\x00\x00\x01b"), attributesMD5(one))
	two := map[string]queue.Attribute{"b": {DataType: "Binary", BinaryValue: []byte{7}}, "a": one["a"]}
	assert.Equal(t, bodyMD5("\x00\x00\x00\x01a\x00\x00\x00\x06String\x01\x00\x00\x00\x01b"+
		"\x00\x00\x00\x01b\x00\x00\x00\x06Binary\x02\x00\x00\x00\x01\x07"), attributesMD5(two))
}
