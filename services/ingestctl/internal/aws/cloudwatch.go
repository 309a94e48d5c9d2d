package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

const (
	// period is what SQS measures at.
	period = time.Minute
	// window is how far back a measurement is looked for: SQS stops measuring a
	// queue that is not used.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
	window = 15 * time.Minute
)

// Metrics reads metrics.
type Metrics struct{ client *cloudwatch.Client }

// NewMetrics is a client of CloudWatch.
func NewMetrics(config aws.Config) *Metrics {
	return &Metrics{client: cloudwatch.NewFromConfig(config)}
}

// OldestAge is how long the oldest message of a queue had been in it when SQS last
// measured that; nil without a recent measurement.
func (c *Metrics) OldestAge(ctx context.Context, queue string, now time.Time) (*time.Duration, error) {
	answer, err := c.client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/SQS"), MetricName: aws.String("ApproximateAgeOfOldestMessage"),
		Dimensions: []types.Dimension{{Name: aws.String("QueueName"), Value: &queue}},
		StartTime:  aws.Time(now.Add(-window)), EndTime: &now,
		Period: aws.Int32(int32(period / time.Second)), Statistics: []types.Statistic{types.StatisticMaximum},
	})
	if err != nil {
		return nil, fmt.Errorf("asking CloudWatch for the age of the oldest message: %w", err)
	}
	var newest time.Time
	var age *time.Duration
	for _, point := range answer.Datapoints {
		if at := aws.ToTime(point.Timestamp); age == nil || at.After(newest) {
			newest, age = at, aws.Duration(time.Duration(aws.ToFloat64(point.Maximum)*float64(time.Second)))
		}
	}
	return age, nil
}
