// Package ssmtoken is the token's source in SSM Parameter Store.
package ssmtoken

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/token"
)

// API is what the adapter calls of *ssm.Client.
type API interface {
	GetParameter(context.Context, *ssm.GetParameterInput, ...func(*ssm.Options)) (*ssm.GetParameterOutput, error)
}

// Parameter is one SecureString. It implements token.Source.
type Parameter struct {
	api  API
	name string
}

var _ token.Source = (*Parameter)(nil)

// New makes the adapter for the parameter called name.
func New(api API, name string) *Parameter { return &Parameter{api: api, name: name} }

// Fetch reads the parameter, decrypted. Its error wraps token.ErrNotFound where
// there is no such parameter.
func (p *Parameter) Fetch(ctx context.Context) (string, error) {
	output, err := p.api.GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(p.name), WithDecryption: aws.Bool(true),
	})
	var absent *types.ParameterNotFound
	switch {
	case errors.As(err, &absent):
		return "", fmt.Errorf("%w: %s", token.ErrNotFound, p.name)
	case err != nil:
		return "", fmt.Errorf("asking SSM: %w", err)
	}
	return aws.ToString(output.Parameter.Value), nil
}
