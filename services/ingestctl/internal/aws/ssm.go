package aws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Parameter is one SecureString parameter.
type Parameter struct {
	client *ssm.Client
	name   string
}

// NewParameter is the parameter of that name.
func NewParameter(config aws.Config, name string) *Parameter {
	return &Parameter{client: ssm.NewFromConfig(config), name: name}
}

// TokenVersion is one value of the parameter.
type TokenVersion struct {
	// Value is the token itself: it is sent and compared, never shown.
	Value string
	// Number counts the values, from 1.
	Number int64
	// Since is when the value was set.
	Since time.Time
}

// Read reads the current value, decrypted.
func (p *Parameter) Read(ctx context.Context) (TokenVersion, error) {
	answer, err := p.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &p.name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return TokenVersion{}, fmt.Errorf("reading the parameter %s: %w", p.name, err)
	}
	return TokenVersion{
		Value:  aws.ToString(answer.Parameter.Value),
		Number: answer.Parameter.Version,
		Since:  aws.ToTime(answer.Parameter.LastModifiedDate),
	}, nil
}

// Write gives the parameter a new value, and returns its number. The parameter has
// to be there: making it is the stack's work, which knows its tags and its key.
func (p *Parameter) Write(ctx context.Context, value string) (int64, error) {
	if _, err := p.Read(ctx); err != nil {
		return 0, err
	}
	answer, err := p.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &p.name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return 0, fmt.Errorf("setting the parameter %s: %w", p.name, err)
	}
	return answer.Version, nil
}
