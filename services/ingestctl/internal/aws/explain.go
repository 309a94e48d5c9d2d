package aws

import (
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

// advice is what to do about an error's code. Services have codes of their own
// for the same thing.
var advice = []struct {
	codes []string
	next  string
}{
	{
		[]string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"},
		"the AWS credentials have expired: log in again (aws sso login)",
	},
	{
		[]string{"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException"},
		"AWS does not know these credentials: aws sts get-caller-identity says whose they are",
	},
	{
		[]string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden"},
		"these credentials may not do that: aws sts get-caller-identity says whose they are",
	},
	{
		[]string{"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "KmsThrottled"},
		"AWS limits the calls of the account for the moment: wait a minute, then try again",
	},
	{
		[]string{"ParameterNotFound", "ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NoSuchBucket", "ClusterNotFoundException", "ServiceNotFoundException"},
		"it is not there: %s",
	},
}

// Explain adds to an error of the SDK's what to do next, where there is something.
func Explain(err error, on target.Target) error {
	next := nextStep(err, on)
	if err == nil || next == "" {
		return err
	}
	return fmt.Errorf("%w\nnext: %s", err, next)
}

func nextStep(err error, on target.Target) string {
	var refused *net.OpError
	if on.Local && errors.As(err, &refused) {
		return "nothing answers on " + on.Endpoint + ": start the pipeline with `make run`, or name a stack with --stack"
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		for _, known := range advice {
			for _, code := range known.codes {
				if api.ErrorCode() == code {
					return strings.ReplaceAll(known.next, "%s", deploy(on))
				}
			}
		}
		return ""
	}
	// The chain of credentials has no error type of its own.
	if err != nil && strings.Contains(err.Error(), "get credentials") {
		return "there are no AWS credentials: log in (aws sso login) or set AWS_PROFILE"
	}
	return ""
}

func deploy(on target.Target) string {
	if on.Local {
		return "start the pipeline with `make run`"
	}
	return fmt.Sprintf("deploy the stack (make up STACK=data-config ENV=%s), or look at --region", on.Name)
}
