package compute

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var (
	regionForm = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	// versionForm is what the worker takes, too; it becomes part of object keys.
	versionForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

// retentions are the days that CloudWatch Logs can keep events for.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int{
	1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731,
	1096, 1827, 2192, 2557, 2922, 3288, 3653,
}

// logLevels are those that the services know.
var logLevels = []string{"DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"}

// suffix is what Pulumi appends to a name: a hyphen and seven digits.
// https://www.pulumi.com/docs/iac/concepts/resources/names/#autonaming
const suffix = len("-0123456")

// Validate names everything that is wrong with the arguments, save for Data: so
// it can be asked before the data layer is. New does it, and checks Data, too.
func (a Args) Validate() error { return a.withDefaults().validate() }

// validate checks arguments that have their defaults.
func (a Args) validate() error {
	return errors.Join(
		a.tags().Validate(),
		a.names(),
		a.place(),
		a.images(),
		a.choices(),
		a.numbers(),
	)
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
		wrong = append(wrong, fmt.Errorf("project is %q; AWS takes no load balancer whose name begins with internal-", a.Project))
	}
	return errors.Join(wrong...)
}

// place checks where the component is made.
func (a Args) place() error {
	if a.Region != "" && !regionForm.MatchString(a.Region) {
		return fmt.Errorf("region is %q; allowed is one such as us-east-1", a.Region)
	}
	return nil
}

func (d Data) validate() error {
	var missing []string
	for _, input := range []struct {
		name  string
		value pulumi.StringInput
	}{
		{"QueueURL", d.QueueURL},
		{"BucketName", d.BucketName},
		{"TokenParameterName", d.TokenParameterName},
		{"ExecutionRoleArn", d.ExecutionRoleArn},
		{"APITaskRoleArn", d.APITaskRoleArn},
		{"WorkerTaskRoleArn", d.WorkerTaskRoleArn},
	} {
		if input.value == nil {
			missing = append(missing, "Data."+input.name)
		}
	}
	if missing != nil {
		return fmt.Errorf("%s not given; DataConfig has them as outputs", strings.Join(missing, ", "))
	}
	return nil
}

// choices checks the settings that are one of a few.
func (a Args) choices() error {
	var wrong []error
	if a.CPUArchitecture != archX86 && a.CPUArchitecture != archARM {
		wrong = append(wrong, fmt.Errorf("cpuArchitecture is %q; allowed are %s and %s", a.CPUArchitecture, archX86, archARM))
	}
	if !slices.Contains(logLevels, a.LogLevel) {
		wrong = append(wrong, fmt.Errorf("logLevel is %q; allowed are %s", a.LogLevel, strings.Join(logLevels, ", ")))
	}
	if !slices.Contains(retentions, a.LogRetentionDays) {
		wrong = append(wrong, fmt.Errorf("logRetentionDays is %d; CloudWatch Logs allows %v", a.LogRetentionDays, retentions))
	}
	if !versionForm.MatchString(a.PayloadVersion) {
		wrong = append(wrong, fmt.Errorf("payloadVersion is %q; allowed are 1 to 64 letters, digits, dots, hyphens and underscores", a.PayloadVersion))
	}
	return errors.Join(wrong...)
}

// numbers checks the settings that have a range: those of the services are what
// the services take.
func (a Args) numbers() error {
	var wrong []error
	for _, n := range []struct {
		name             string
		value, low, high int
	}{
		{"apiDesiredCount", *a.APIDesiredCount, 0, 100},
		{"workerDesiredCount", *a.WorkerDesiredCount, 0, 100},
		{"awsMaxRetries", a.AWSMaxRetries, 1, 20},
		{"workerPollWaitSeconds", *a.WorkerPollWaitSeconds, 0, 20},
		{"workerSleepOnEmptySeconds", a.WorkerSleepOnEmptySeconds, 0, 3_600},
		{"workerVisibilityTimeout", a.WorkerVisibilityTimeout, 1, 43_200},
		{"workerMaxMessages", a.WorkerMaxMessages, 1, 10},
		{"ecrMaxTaggedImages", a.ECRMaxTaggedImages, 1, 1_000},
		{"ecrExpireUntaggedAfterDays", a.ECRExpireUntaggedAfterDays, 1, 365},
	} {
		if n.value < n.low || n.value > n.high {
			wrong = append(wrong, fmt.Errorf("%s is %d; allowed is %d to %d", n.name, n.value, n.low, n.high))
		}
	}
	return errors.Join(wrong...)
}
