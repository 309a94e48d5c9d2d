package suite

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBatch_answersForEachEntry(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"MaximumMessageSize": "1024"})
	sent, err := p.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{
		QueueUrl: &url, Entries: []types.SendMessageBatchRequestEntry{
			{Id: aws.String("good"), MessageBody: aws.String("fits")},
			{Id: aws.String("long"), MessageBody: aws.String(strings.Repeat("x", 1025))},
			{Id: aws.String("odd"), MessageBody: aws.String("a\x00b")},
		},
	})
	require.NoError(t, err)
	require.Len(t, sent.Successful, 1)
	assert.Equal(t, "good", *sent.Successful[0].Id)
	codes := map[string]string{}
	for _, failed := range sent.Failed {
		codes[*failed.Id] = *failed.Code
		assert.True(t, failed.SenderFault)
	}
	assert.Equal(t, map[string]string{"long": "InvalidParameterValue", "odd": "InvalidMessageContents"}, codes)
}

func TestBatch_invalid_isRefused(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, nil)
	entries := func(n int, body string, id func(int) string) []types.SendMessageBatchRequestEntry {
		var all []types.SendMessageBatchRequestEntry
		for i := range n {
			all = append(all, types.SendMessageBatchRequestEntry{Id: aws.String(id(i)), MessageBody: &body})
		}
		return all
	}
	for name, c := range map[string]struct {
		entries []types.SendMessageBatchRequestEntry
		code    string
	}{
		"empty":    {[]types.SendMessageBatchRequestEntry{}, "EmptyBatchRequest"},
		"eleven":   {entries(11, "x", strconv.Itoa), "TooManyEntriesInBatchRequest"},
		"twice":    {entries(2, "x", func(int) string { return "a" }), "BatchEntryIdsNotDistinct"},
		"id":       {entries(1, "x", func(int) string { return "a b" }), "InvalidBatchEntryId"},
		"too long": {entries(2, strings.Repeat("x", 600<<10), strconv.Itoa), "BatchRequestTooLong"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.sqs.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: c.entries})
			assert.Equal(t, c.code, strings.TrimPrefix(code(t, err), "AWS.SimpleQueueService."))
		})
	}
	p.none(t, url)
}

func TestMessage_limits(t *testing.T) {
	p := newPlace(t)
	url, _ := p.queue(t, map[string]string{"MaximumMessageSize": "262144"})
	send := func(body string) error {
		_, err := p.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		return err
	}
	require.NoError(t, send(strings.Repeat("x", 262144)))
	assert.Equal(t, "InvalidParameterValue", code(t, send(strings.Repeat("x", 262145))))
	require.NoError(t, send("tab\tline\nreturn\r \ud7ff\ue000\ufffd\U00010000\U0010ffff"))
	for _, forbidden := range []string{"\x00", "\x0b", "\x1f", "\ufffe", "\uffff"} {
		var contents *types.InvalidMessageContents
		require.ErrorAs(t, send("a"+forbidden), &contents, "%q", forbidden)
	}
}
