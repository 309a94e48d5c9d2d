package aws

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// Parameter is one SecureString parameter.
type Parameter struct {
	client *ssm.Client
	name   string
	key    *string
}

// NewParameter is the parameter of that name. New values are written under the key,
// or, if it is empty, under the one that AWS manages for SSM.
func NewParameter(config aws.Config, name, key string) *Parameter {
	parameter := &Parameter{client: ssm.NewFromConfig(config), name: name}
	if key != "" {
		parameter.key = &key
	}
	return parameter
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
// to be there: making it is the stack's work, which knows its tags and its key. With
// overlap, the API accepts the value before it for its TOKEN_OVERLAP; without, none.
func (p *Parameter) Write(ctx context.Context, value string, overlap bool) (int64, error) {
	current, err := p.Read(ctx)
	if err != nil {
		return 0, err
	}
	// The label comes first: once the new value is there, the API refuses any other
	// that has none.
	if overlap {
		err = p.label(ctx, current.Number)
	} else {
		_, err = p.RevokePrevious(ctx)
	}
	if err != nil {
		return 0, err
	}
	answer, err := p.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &p.name, Value: &value, Type: types.ParameterTypeSecureString, KeyId: p.key, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return 0, fmt.Errorf("setting the parameter %s: %w", p.name, err)
	}
	return answer.Version, nil
}

// label moves the label of the previous value to a version.
func (p *Parameter) label(ctx context.Context, version int64) error {
	answer, err := p.client.LabelParameterVersion(ctx, &ssm.LabelParameterVersionInput{
		Name: &p.name, ParameterVersion: &version, Labels: []string{token.PreviousLabel},
	})
	if err != nil {
		return fmt.Errorf("labelling version %d of the parameter %s: %w", version, p.name, err)
	}
	if len(answer.InvalidLabels) > 0 {
		return fmt.Errorf("labelling version %d of the parameter %s: SSM does not take the label %s", version, p.name, token.PreviousLabel)
	}
	return nil
}

// RevokePrevious takes the label from the previous value, and returns the number of
// that value: 0 if there is none.
func (p *Parameter) RevokePrevious(ctx context.Context) (int64, error) {
	selected := p.name + ":" + token.PreviousLabel
	answer, err := p.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &selected})
	var none *types.ParameterVersionNotFound
	switch {
	case errors.As(err, &none):
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("reading the parameter %s: %w", selected, err)
	}
	version := answer.Parameter.Version
	_, err = p.client.UnlabelParameterVersion(ctx, &ssm.UnlabelParameterVersionInput{
		Name: &p.name, ParameterVersion: &version, Labels: []string{token.PreviousLabel},
	})
	if err != nil {
		return 0, fmt.Errorf("removing the label from version %d of the parameter %s: %w", version, p.name, err)
	}
	return version, nil
}
