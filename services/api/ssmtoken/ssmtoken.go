// Package ssmtoken is the tokens' source in SSM Parameter Store.
package ssmtoken

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// API is what the adapter calls of *ssm.Client.
type API interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
	GetParameters(context.Context, *ssm.GetParametersInput, ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)
}

// Parameter is one SecureString. It implements token.Source.
type Parameter struct {
	api  API
	name string
}

var _ token.Source = (*Parameter)(nil)

// New makes the adapter for the parameter called name.
func New(api API, name string) *Parameter { return &Parameter{api: api, name: name} }

// previous selects the version with the label of a rotation.
const previous = ":" + token.PreviousLabel

// Fetch reads the current value and the one with the label of a rotation in one
// call, decrypted. Its error wraps token.ErrNotFound if there is no such parameter.
func (p *Parameter) Fetch(ctx context.Context) (token.Tokens, error) {
	output, err := p.api.GetParameters(ctx, &ssm.GetParametersInput{
		Names: []string{p.name, p.name + previous}, WithDecryption: aws.Bool(true),
	})
	switch {
	case refused(err):
		return p.fetchCurrent(ctx)
	case err != nil:
		return token.Tokens{}, fmt.Errorf("asking SSM: %w", err)
	}
	// Without the label, the second name is one of output.InvalidParameters.
	var current, before *types.Parameter
	for i := range output.Parameters {
		if aws.ToString(output.Parameters[i].Selector) == previous {
			before = &output.Parameters[i]
		} else {
			current = &output.Parameters[i]
		}
	}
	if current == nil {
		return token.Tokens{}, fmt.Errorf("%w: %s", token.ErrNotFound, p.name)
	}
	tokens := tokensOf(current)
	// A label that was left on an older version must not make that one valid again.
	if before != nil && before.Version == current.Version-1 {
		tokens.Previous = aws.ToString(before.Value)
	}
	return tokens, nil
}

// refused reports whether SSM refuses the call itself, as it does while the role
// allows GetParameter alone.
func refused(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && (answer.ErrorCode() == "AccessDeniedException" || answer.ErrorCode() == "ValidationException")
}

// fetchCurrent reads the current value only: then the previous one is not accepted.
func (p *Parameter) fetchCurrent(ctx context.Context) (token.Tokens, error) {
	output, err := p.api.GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(p.name), WithDecryption: aws.Bool(true),
	})
	var absent *types.ParameterNotFound
	switch {
	case errors.As(err, &absent):
		return token.Tokens{}, fmt.Errorf("%w: %s", token.ErrNotFound, p.name)
	case err != nil:
		return token.Tokens{}, fmt.Errorf("asking SSM: %w", err)
	}
	return tokensOf(output.Parameter), nil
}

func tokensOf(current *types.Parameter) token.Tokens {
	return token.Tokens{Current: aws.ToString(current.Value), Since: aws.ToTime(current.LastModifiedDate)}
}
