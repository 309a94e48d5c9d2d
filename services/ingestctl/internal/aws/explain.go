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

// explained is an error of the SDK's in one sentence, with what to do next where
// that is known.
type explained struct {
	sentence, next string
	err            error
}

func (e *explained) Error() string {
	if e.next == "" {
		return e.sentence
	}
	return e.sentence + "\nnext: " + e.next
}

func (e *explained) Unwrap() error { return e.err }

// Explain makes an error of the SDK's one sentence, and adds what to do next where
// there is something. Others stay as they are.
func Explain(err error, on target.Target) error {
	if err == nil {
		return nil
	}
	next, sentence := nextStep(err, on), inOneSentence(err)
	if next == "" && sentence == err.Error() {
		return err
	}
	return &explained{sentence: sentence, next: next, err: err}
}

// Raw is the whole text of an error that Explain has shortened; empty for any other.
func Raw(err error) string {
	var short *explained
	if !errors.As(err, &short) {
		return ""
	}
	return short.err.Error()
}

// inOneSentence keeps what was asked for and what AWS answered, without the names
// of operations, status codes and request ids.
func inOneSentence(err error) string {
	var operation *smithy.OperationError
	if !errors.As(err, &operation) {
		return err.Error()
	}
	asked := strings.TrimSuffix(err.Error(), operation.Error())
	var answer smithy.APIError
	if errors.As(operation, &answer) {
		message := strings.TrimSuffix(answer.ErrorMessage(), ".")
		if message == "" {
			return asked + answer.ErrorCode()
		}
		return fmt.Sprintf("%s%s (%s)", asked, message, answer.ErrorCode())
	}
	cause := error(operation)
	for inner := errors.Unwrap(cause); inner != nil; inner = errors.Unwrap(cause) {
		cause = inner
		var refused *net.OpError
		if errors.As(cause, &refused) {
			cause = refused
			break
		}
	}
	return asked + cause.Error()
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
