package aws

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func answered(code string) error {
	return fmt.Errorf("reading: %w", &smithy.OperationError{
		ServiceID: "SSM", OperationName: "GetParameter", Err: &smithy.GenericAPIError{Code: code, Message: "no"},
	})
}

func TestExplain_error_saysWhatToDo(t *testing.T) {
	prod, local := target.Target{Name: "prod"}, target.Local("")
	for _, c := range []struct {
		err  error
		on   target.Target
		want string
	}{
		{answered("ExpiredTokenException"), prod, "next: the AWS credentials have expired: log in again (aws sso login)"},
		{answered("UnrecognizedClientException"), prod, "next: AWS does not know these credentials"},
		{answered("AccessDeniedException"), prod, "next: these credentials may not do that"},
		{answered("ThrottlingException"), prod, "next: AWS limits the calls"},
		{answered("ParameterNotFound"), prod, "next: it is not there: deploy the stack (make up STACK=data-config ENV=prod), or look at --region"},
		{answered("NoSuchBucket"), local, "next: it is not there: start the pipeline with `make run`"},
		{errors.New("operation error SSM: GetParameter, get identity: get credentials: failed to refresh"), prod, "next: there are no AWS credentials: log in (aws sso login) or set AWS_PROFILE"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, local, "next: nothing answers on http://127.0.0.1:4566: start the pipeline with `make run`"},
	} {
		got := Explain(c.err, c.on)
		require.ErrorIs(t, got, c.err)
		assert.Contains(t, got.Error(), c.want)
	}
}

func TestExplain_sdkError_isOneSentence(t *testing.T) {
	err := answered("ValidationException")
	got := Explain(err, target.Target{})
	require.EqualError(t, got, "reading: no (ValidationException)")
	assert.Equal(t, err.Error(), Raw(got))
	refused := fmt.Errorf("reading: %w", &smithy.OperationError{ServiceID: "SSM", OperationName: "GetParameter", Err: fmt.Errorf("exceeded maximum number of attempts, 1, %w",
		&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")})})
	assert.EqualError(t, Explain(refused, target.Target{}), "reading: dial tcp: connection refused")
}

func TestExplain_otherError_isUnchanged(t *testing.T) {
	require.NoError(t, Explain(nil, target.Target{}))
	err := errors.New("a bug")
	assert.Equal(t, err, Explain(err, target.Target{}))
	assert.Empty(t, Raw(err))
}
