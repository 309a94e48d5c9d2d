// Command plainconsumer handles one message after the other with the SDK's plain
// calls. The worker is compared with it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

func main() {
	ctx := context.Background()
	configuration, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	queue, url := sqs.NewFromConfig(configuration), aws.String(os.Getenv("SQS_QUEUE_URL"))
	store := s3.NewFromConfig(configuration, func(o *s3.Options) { o.UsePathStyle = true })
	for {
		received, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 20})
		if err != nil {
			log.Print(err)
			continue
		}
		for i := range received.Messages {
			m := &received.Messages[i]
			if err := put(ctx, store, m); err != nil {
				log.Print(err)
				continue
			}
			if _, err := queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				log.Print(err)
			}
		}
	}
}

func put(ctx context.Context, store *s3.Client, m *types.Message) error {
	var content struct {
		Timestream json.Number `json:"email_timestream"`
		ReceivedAt string      `json:"received_at"`
	}
	if err := json.Unmarshal([]byte(*m.Body), &content); err != nil {
		return fmt.Errorf("message %s: %w", *m.MessageId, err)
	}
	day := strings.ReplaceAll(content.ReceivedAt[:len("2026-01-02")], "-", "/")
	_, err := store.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(os.Getenv("S3_BUCKET")), Body: strings.NewReader(*m.Body), ContentType: aws.String("application/json"),
		Key: aws.String(fmt.Sprintf("emails/v1/local/%s/%s_msgid=%s.json", day, content.Timestream, *m.MessageId)), IfNoneMatch: aws.String("*"),
	})
	var answer smithy.APIError
	if errors.As(err, &answer) && answer.ErrorCode() == "PreconditionFailed" {
		return nil
	}
	return err //nolint:wrapcheck // main logs it.
}
