package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/smithy-go"
)

// account looks up in AWS what no resource of a stack refers to.
type account struct {
	subscriptions interface {
		ListSubscriptionsByTopic(ctx context.Context, in *sns.ListSubscriptionsByTopicInput, opts ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error)
	}
	listeners interface {
		DescribeListeners(ctx context.Context, in *elb.DescribeListenersInput, opts ...func(*elb.Options)) (*elb.DescribeListenersOutput, error)
	}
	cors interface {
		GetBucketCors(ctx context.Context, in *s3.GetBucketCorsInput, opts ...func(*s3.Options)) (*s3.GetBucketCorsOutput, error)
	}
}

func newAccount(ctx context.Context) (account, error) {
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return account{}, fmt.Errorf("reading the settings of AWS: %w", err)
	}
	return account{sns.NewFromConfig(settings), elb.NewFromConfig(settings), s3.NewFromConfig(settings)}, nil
}

// foreign returns what is deployed next to the resources of a stack and belongs to
// none of them: subscriptions of its topics, listeners of its load balancers, CORS
// rules of its buckets.
func (a account) foreign(ctx context.Context, deployed []resourceState) ([]string, error) {
	var found []string
	for _, r := range deployed {
		var added []string
		var err error
		switch r.kind {
		case typeTopic:
			added, err = a.foreignSubscriptions(ctx, r, deployed)
		case typeBalancer:
			added, err = a.foreignListeners(ctx, r, deployed)
		case typeBucket:
			added, err = a.foreignCORS(ctx, r, deployed)
		}
		if err != nil {
			return found, fmt.Errorf("looking up what else belongs to %s: %w", r.id, err)
		}
		for _, what := range added {
			found = append(found, fmt.Sprintf("`%s` (`%s`): %s", r.name(), r.id, what))
		}
	}
	return found, nil
}

func (a account) foreignSubscriptions(ctx context.Context, topic resourceState, deployed []resourceState) ([]string, error) {
	var found []string
	pages := sns.NewListSubscriptionsByTopicPaginator(a.subscriptions, &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(topic.text("arn"))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Subscriptions {
			protocol, endpoint := aws.ToString(s.Protocol), aws.ToString(s.Endpoint)
			// Until an address confirms, SNS gives PendingConfirmation instead of an ARN.
			known := slices.ContainsFunc(deployed, func(r resourceState) bool {
				return r.kind == "aws:sns/topicSubscription:TopicSubscription" && r.refersTo(topic) && r.text("protocol") == protocol && r.text("endpoint") == endpoint
			})
			if !known {
				found = append(found, fmt.Sprintf("the %s subscription of %s", protocol, endpoint))
			}
		}
	}
	return found, nil
}

func (a account) foreignListeners(ctx context.Context, balancer resourceState, deployed []resourceState) ([]string, error) {
	var found []string
	pages := elb.NewDescribeListenersPaginator(a.listeners, &elb.DescribeListenersInput{LoadBalancerArn: aws.String(balancer.text("arn"))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, l := range page.Listeners {
			arn := aws.ToString(l.ListenerArn)
			if !slices.ContainsFunc(deployed, func(r resourceState) bool { return r.kind == typeListener && r.id == arn }) {
				found = append(found, fmt.Sprintf("the %s listener on port %d", l.Protocol, aws.ToInt32(l.Port)))
			}
		}
	}
	return found, nil
}

func (a account) foreignCORS(ctx context.Context, bucket resourceState, deployed []resourceState) ([]string, error) {
	if slices.ContainsFunc(deployed, func(r resourceState) bool {
		return r.kind == "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2" && r.refersTo(bucket)
	}) {
		return nil, nil
	}
	answer, err := a.cors.GetBucketCors(ctx, &s3.GetBucketCorsInput{Bucket: aws.String(bucket.id)})
	var refused smithy.APIError
	if errors.As(err, &refused) && refused.ErrorCode() == "NoSuchCORSConfiguration" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, rule := range answer.CORSRules {
		found = append(found, fmt.Sprintf("a CORS rule for %v from %v", rule.AllowedMethods, rule.AllowedOrigins))
	}
	return found, nil
}
