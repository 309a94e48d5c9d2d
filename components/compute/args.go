package compute

import (
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args shape a Compute. Project, Environment, Data and an image for each of the
// two services are required; the zero value of every other field stands for the
// default that its comment names.
type Args struct {
	// Project and Environment begin every name: "<project>-<environment>".
	Project     string
	Environment string
	// Region is where the provider works. An empty one is asked of AWS, with the
	// provider that the component is given.
	Region string
	// Owner and Tags are added to the tags of every resource.
	Owner string
	Tags  map[string]string

	// Data is what the services work on.
	Data Data

	// API and Worker name the images of the two services, unless Build is given.
	API    Image
	Worker Image
	// Build builds both images from a workspace and pushes them.
	Build *Build

	// CPUArchitecture is x86_64 (default) or arm64; the images have to be for it.
	CPUArchitecture string
	// APIDesiredCount and WorkerDesiredCount are numbers of tasks, 0 to 100;
	// default 1. 0 stops a service without taking it away.
	APIDesiredCount    *int
	WorkerDesiredCount *int
	// AssignPublicIP gives tasks public addresses; default true. The default VPC
	// has no NAT: without an address, tasks reach ECR, SSM, SQS, S3 and
	// CloudWatch Logs only through VPC endpoints, which have to be there.
	AssignPublicIP *bool
	// LogRetentionDays is one of the periods that CloudWatch Logs knows; default 3.
	LogRetentionDays int

	// LogLevel of both services: DEBUG, INFO (default), WARNING, WARN, ERROR, CRITICAL.
	LogLevel string
	// AWSMaxRetries is how often both services attempt a call in all, 1 to 20;
	// default 5.
	AWSMaxRetries int
	// WorkerPollWaitSeconds is how long a poll waits, 0 to 20; default 20.
	WorkerPollWaitSeconds *int
	// WorkerSleepOnEmptySeconds is a pause after an empty poll, 0 (default) to 3,600.
	WorkerSleepOnEmptySeconds int
	// WorkerVisibilityTimeout is how long a received message is hidden from other
	// polls, in seconds, 1 to 43,200; default 60.
	WorkerVisibilityTimeout int
	// WorkerMaxMessages is the most that one poll takes, 1 to 10; default 10.
	WorkerMaxMessages int
	// PayloadVersion is part of every object's key; default v1.
	PayloadVersion string

	// ECRForceDelete lets the repositories be destroyed, with images in them.
	// Without it they are protected.
	ECRForceDelete bool
	// ECRMaxTaggedImages is how many tagged images a repository keeps, 1 to 1,000;
	// default 5. An older one is gone for a roll-back, too.
	ECRMaxTaggedImages int
	// ECRExpireUntaggedAfterDays, 1 to 365; default 3.
	ECRExpireUntaggedAfterDays int
}

// Data is what the services work on and the roles that they have: outputs of a
// DataConfig, as a rule. All of it is required.
type Data struct {
	QueueURL           pulumi.StringInput
	BucketName         pulumi.StringInput
	TokenParameterName pulumi.StringInput
	// ExecutionRoleArn is the role that ECS starts tasks with.
	ExecutionRoleArn  pulumi.StringInput
	APITaskRoleArn    pulumi.StringInput
	WorkerTaskRoleArn pulumi.StringInput
}

const (
	archX86 = "x86_64"
	archARM = "arm64"
)

// pointer is a value for a field that tells its zero value from nothing.
func pointer[T any](value T) *T { return &value }

// withDefaults is the arguments with every default in place.
func (a Args) withDefaults() Args {
	orDefault(&a.CPUArchitecture, archX86)
	orDefault(&a.APIDesiredCount, pointer(1))
	orDefault(&a.WorkerDesiredCount, pointer(1))
	orDefault(&a.AssignPublicIP, pointer(true))
	orDefault(&a.LogRetentionDays, 3)
	orDefault(&a.LogLevel, "INFO")
	orDefault(&a.AWSMaxRetries, 5)
	orDefault(&a.WorkerPollWaitSeconds, pointer(20))
	orDefault(&a.WorkerVisibilityTimeout, 60)
	orDefault(&a.WorkerMaxMessages, 10)
	orDefault(&a.PayloadVersion, "v1")
	orDefault(&a.ECRMaxTaggedImages, 5)
	orDefault(&a.ECRExpireUntaggedAfterDays, 3)
	return a
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (a Args) environment() naming.Environment {
	return naming.Environment{Project: a.Project, Name: a.Environment}
}

func (a Args) tags() naming.Tags {
	return naming.Tags{Project: a.Project, Environment: a.Environment, Owner: a.Owner, Extra: a.Tags}
}
