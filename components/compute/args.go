package compute

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args shape a Compute. Environment, Data and an image for each of the two services
// are required; the tags of the other fields name their defaults and limits.
type Args struct {
	naming.Common
	// Environment is the second part of every name: "<project>-<environment>".
	Environment string `validate:"required,environment"`

	// Data is what the services work on.
	Data Data

	API    APIArgs
	Worker WorkerArgs
	Build  Build

	HTTPS      HTTPSArgs
	Network    NetworkArgs
	Monitoring MonitoringArgs
	Tracing    TracingArgs
	Balancer   BalancerArgs

	// CPUArchitecture is that of the tasks; the images must be for it.
	CPUArchitecture string `key:"cpuArchitecture" default:"x86_64" validate:"oneof=x86_64 arm64" description:"CPU of the tasks; the images must be for it"`
	// AssignPublicIP gives tasks in public subnets public addresses; in private
	// subnets they have none. The default VPC has no NAT: without an address, tasks
	// reach ECR, SSM, SQS, S3 and CloudWatch Logs only through VPC endpoints, which
	// must exist.
	AssignPublicIP *bool `key:"assignPublicIp" default:"true" description:"Public addresses for tasks in public subnets; false needs VPC endpoints"`
	// LogRetentionDays is one of the periods that CloudWatch Logs has.
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
	LogRetentionDays int `key:"logRetentionDays" default:"3" validate:"oneof=1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653" description:"Days that CloudWatch Logs keeps events"`

	// ContainerInsights are metrics of the cluster and its tasks that CloudWatch bills
	// one by one. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/deploy-container-insights-ECS-cluster.html
	ContainerInsights string `key:"containerInsights" validate:"oneof=disabled enabled enhanced" description:"Container Insights of the cluster, which is billed by the metric; empty changes nothing: a new cluster has the account's default"`

	// LogLevel is that of both services.
	LogLevel string `key:"logLevel" default:"INFO" validate:"oneof=DEBUG INFO WARNING WARN ERROR CRITICAL" description:"Log level of both services"`
	// AWSMaxRetries is how often both services attempt a call in all.
	AWSMaxRetries int `key:"awsMaxRetries" default:"5" validate:"min=1,max=20" description:"Attempts of a call to AWS in all"`

	ECR ECRArgs

	// Explain completes the error of an update after which ECS does not run what was
	// deployed. Without it the error only names the commands that show the reason.
	Explain Explanation
}

// ECRArgs are the settings of the two ECR repositories.
type ECRArgs struct {
	// ForceDelete allows the repositories to be destroyed with images in them. Without
	// it they are protected.
	ForceDelete bool `key:"ecrForceDelete" description:"Allows the repositories to be destroyed with images in them; without it they are protected"`
	// MaxTaggedImages is how many tagged images a repository keeps. An older one is
	// not there for a rollback either.
	MaxTaggedImages int `key:"ecrMaxTaggedImages" default:"5" validate:"min=1,max=1000" description:"Tagged images that a repository keeps"`
	// ExpireUntaggedAfterDays is how long an untagged image is kept.
	ExpireUntaggedAfterDays int `key:"ecrExpireUntaggedAfterDays" default:"3" validate:"min=1,max=365" description:"Days until an untagged image expires"`
}

// Build says what both images are built from. The Dockerfile takes the build
// arguments SERVICE (api or worker) and VERSION (the tag).
type Build struct {
	// Enabled builds both images from the context during the update, and pushes
	// them.
	Enabled bool `key:"buildImages" description:"Builds both images from this workspace during the update, with Docker"`
	// Context is the directory with the Dockerfile, relative to the program's
	// working directory.
	Context string
}

// Data is what the services work on and the roles that they have: outputs of a
// DataConfig, as a rule. All of it is required, except KMSKeyArn, ECSExec and, without
// Monitoring, DLQURL and AlarmTopicArn.
type Data struct {
	QueueURL           pulumi.StringInput
	BucketName         pulumi.StringInput
	TokenParameterName pulumi.StringInput
	// ExecutionRoleArn is the role that ECS starts tasks with.
	ExecutionRoleArn  pulumi.StringInput
	APITaskRoleArn    pulumi.StringInput
	WorkerTaskRoleArn pulumi.StringInput
	// KMSKeyArn is the key that logs are encrypted under; nil or an empty text is a key
	// of CloudWatch's. The key's policy has to allow it.
	KMSKeyArn pulumi.StringInput
	// DLQURL is the dead-letter queue that the dashboard shows; AlarmTopicArn is the
	// SNS topic that alarms notify.
	DLQURL        pulumi.StringInput
	AlarmTopicArn pulumi.StringInput
	// ECSExec turns ECS Exec on for both services; the roles of the tasks have to allow
	// it.
	ECSExec bool
}

const archARM = "arm64"

// formats are the forms of the component's own arguments.
var formats = args.Formats{
	// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
	"imageTag": {
		Form:    regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`),
		Allowed: "up to 128 letters, digits, '_', '.' and '-', such as sha-abc1234",
	},
	// https://docs.aws.amazon.com/acm/latest/userguide/authen-overview.html
	"certificate": {
		Form:    regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`),
		Allowed: "the ARN of an ACM certificate: arn:aws:acm:<region>:<account>:certificate/<id>",
	},
	// The first name of a certificate has up to 64 characters.
	// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
	"domainName": {
		Form:    regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`),
		Not:     regexp.MustCompile(`^.{65}`),
		Allowed: "one domain name in lower case, up to 64 characters, such as ingest.example.com",
	},
	"hostedZone": {
		Form:    regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`),
		Allowed: "the id of a hosted zone, such as Z0123456789ABCDEFGHIJ",
	},
	"image": {Form: referenceForm, Allowed: "<registry>/<repository>@sha256:<64 hexadecimal digits>"},
	// What the worker accepts, too; it becomes part of object keys.
	"payloadVersion": {
		Form:    regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`),
		Allowed: "1 to 64 letters, digits, dots, hyphens and underscores",
	},
}

// Settings are what the tags of Args declare.
var Settings = args.Declare[Args](naming.Formats, formats, networkFormats, tracingFormats, balancerFormats)

// suffix is what Pulumi appends to a name: a hyphen and seven digits.
// https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
const suffix = len("-0123456")

// Validate names everything that is wrong with the arguments, except Data: a stack
// calls it before it reads the data layer. New calls it, and checks Data, too.
func (a Args) Validate() error {
	Settings.SetDefaults(&a)
	return errors.Join(Settings.Validate(&a), a.tags().Validate(), a.names(), a.images(), a.scaling(),
		a.HTTPS.validate(a.Region), a.Balancer.validate(a.Region, a.HTTPS.CloudFront), a.Network.validate(a.HTTPS.CloudFront), checkSize("API", a.API.CPU, a.API.Memory), checkSize("Worker", a.Worker.CPU, a.Worker.Memory))
}

// names checks the names that grow with the project's and the environment's.
func (a Args) names() error {
	var wrong []error
	names := a.environment()
	for _, name := range []string{names.Named(albName), names.Named(apiName)} {
		wrong = append(wrong, naming.LoadBalancer.Check(name+strings.Repeat("0", suffix)))
	}
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
	if strings.HasPrefix(names.Prefix(), "internal-") {
		wrong = append(wrong, &args.Error{
			Field: "Project", Value: a.Project, Allowed: "any other name: AWS accepts no load balancer whose name begins with internal-",
		})
	}
	return errors.Join(wrong...)
}

// images checks that each service has exactly one image.
func (a Args) images() error {
	return errors.Join(
		oneImage("API", a.API.ImageTag, a.API.Image, a.Build.Enabled, a.environment().Named(apiName)),
		oneImage("Worker", a.Worker.ImageTag, a.Worker.Image, a.Build.Enabled, a.environment().Named(workerName)),
		a.Build.validate(),
	)
}

func oneImage(service, tag, reference string, built bool, repository string) error {
	ways := 0
	for _, given := range []bool{tag != "", reference != "", built} {
		if given {
			ways++
		}
	}
	if ways == 1 {
		return nil
	}
	value := tag
	if value == "" {
		value = reference
	}
	return &args.Error{
		Field: service + ".ImageTag", Value: value,
		Allowed: "exactly one of {" + service + ".ImageTag} (a tag in the ECR repository " + repository + "), {" +
			service + ".Image} (a reference with digest in any registry) and {Build.Enabled} (true builds both from this workspace)",
	}
}

func (b Build) validate() error {
	if !b.Enabled {
		return nil
	}
	if _, err := os.Stat(filepath.Join(b.Context, dockerfile)); b.Context == "" || err != nil {
		return &args.Error{Field: "Build.Context", Value: b.Context, Allowed: "a directory with a " + dockerfile}
	}
	return nil
}

// validate names every output of the data layer that is missing.
func (d Data) validate(monitored bool) error {
	var wrong []error
	for _, input := range []struct {
		name   string
		value  pulumi.StringInput
		needed bool
	}{
		{"QueueURL", d.QueueURL, true},
		{"BucketName", d.BucketName, true},
		{"TokenParameterName", d.TokenParameterName, true},
		{"ExecutionRoleArn", d.ExecutionRoleArn, true},
		{"APITaskRoleArn", d.APITaskRoleArn, true},
		{"WorkerTaskRoleArn", d.WorkerTaskRoleArn, true},
		{"DLQURL", d.DLQURL, monitored},
		{"AlarmTopicArn", d.AlarmTopicArn, monitored},
	} {
		if input.needed && input.value == nil {
			wrong = append(wrong, &args.Error{Field: "Data." + input.name, Allowed: "an output of DataConfig"})
		}
	}
	return errors.Join(wrong...)
}

func (a Args) environment() naming.Environment {
	return naming.Environment{Project: a.Project, Name: a.Environment}
}

func (a Args) tags() naming.Tags { return a.TagsOf(a.Environment) }
