// Package naming gives resources their names and tags, and checks both against
// AWS's limits before anything is registered.
package naming

import (
	"fmt"
	"strings"
)

// Environment is one environment of one project; every name in it begins with
// "<project>-<environment>".
type Environment struct {
	Project string
	Name    string
}

// Prefix is what the names of an environment begin with.
func (e Environment) Prefix() string { return e.Project + "-" + e.Name }

// Named is a name within the environment.
func (e Environment) Named(parts ...string) string {
	return strings.Join(append([]string{e.Prefix()}, parts...), "-")
}

// TokenParameter is the SSM parameter that holds the token.
func (e Environment) TokenParameter() string { return "/" + e.Project + "/" + e.Name + "/token" }

// LogGroup is the CloudWatch log group of a service.
func (e Environment) LogGroup(service string) string { return "/" + e.Prefix() + "/" + service }

// AlarmTopic is the SNS topic that alarms notify.
func (e Environment) AlarmTopic() string { return e.Named("alarms") }

// ExecutionRole is the name of the IAM role that ECS starts tasks with.
func (e Environment) ExecutionRole() string { return e.Named("ecs-execution") }

// APITaskRole is the name of the IAM role that the api runs as.
func (e Environment) APITaskRole() string { return e.Named("api-task") }

// WorkerTaskRole is the name of the IAM role that the worker runs as.
func (e Environment) WorkerTaskRole() string { return e.Named("worker-task") }

// Roles are the names of all three roles.
func (e Environment) Roles() []string {
	return []string{e.ExecutionRole(), e.APITaskRole(), e.WorkerTaskRole()}
}

// Partition is the part of AWS that a region is in.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// ARN names a resource of a service in a region of an account.
func ARN(service, region, account, resource string) string {
	return strings.Join([]string{"arn", Partition(region), service, region, account, resource}, ":")
}

// Limit is the most characters that AWS takes for a kind of name.
type Limit struct {
	Kind   string
	Max    int
	Source string
}

// The limits that derived names meet.
var (
	Bucket       = Limit{"S3 bucket", 63, "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"}
	Queue        = Limit{"SQS queue", 80, "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html"}
	Role         = Limit{"IAM role", 64, "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"}
	LoadBalancer = Limit{"load balancer or target group", 32, "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"}
)

// Check says by how much a name is too long.
func (l Limit) Check(name string) error {
	if len(name) > l.Max {
		return fmt.Errorf("%s name %q has %d characters; AWS allows %d (%s): shorten the project's or the environment's name",
			l.Kind, name, len(name), l.Max, l.Source)
	}
	return nil
}
