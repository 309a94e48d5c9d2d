// Package sqsclient calls SQS as the SDK's client does, for less processor time
// (BenchmarkSendMessageBatch).
package sqsclient

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/schemas"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/ingest-iac/ingest/services/internal/awscall"
)

// Client is a client of SQS. Its requests and answers are encoded and decoded by the
// SDK's protocol, as those of the SDK's own client are. It has none of the SDK's
// middleware: no APIOptions, interceptors, log of calls or validation of inputs, and it
// does not compare the MD5 digests of messages, since the signature covers what is sent,
// and TLS both ways.
type Client struct {
	caller   *awscall.Caller
	protocol smithyhttp.ClientProtocol
	endpoint url.URL
}

// New makes a client. Its error is that of an invalid region or endpoint, or of missing
// credentials.
func New(configuration aws.Config) (*Client, error) {
	o := sqs.NewFromConfig(configuration).Options()
	if o.Credentials == nil {
		return nil, errors.New("calling SQS needs credentials")
	}
	endpoint, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), sqs.EndpointParameters{
		Region: &o.Region, Endpoint: o.BaseEndpoint,
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
	})
	if err != nil {
		return nil, fmt.Errorf("resolving the endpoint of SQS in region %q: %w", o.Region, err)
	}
	return &Client{
		protocol: o.Protocol, endpoint: endpoint.URI,
		caller: awscall.New(awscall.Options{
			ServiceID: sqs.ServiceID, SigningName: "sqs", Region: o.Region, HTTPClient: o.HTTPClient, Signer: o.HTTPSignerV4,
			Credentials: o.Credentials, Retryer: o.Retryer, DisableClockSkewCorrection: o.DisableClockSkewCorrection,
		}),
	}, nil
}

var (
	sendMessage           = smithy.NewOperationSchema(schemas.SendMessage, schemas.SendMessageRequest, schemas.SendMessageResult)
	sendMessageBatch      = smithy.NewOperationSchema(schemas.SendMessageBatch, schemas.SendMessageBatchRequest, schemas.SendMessageBatchResult)
	receiveMessage        = smithy.NewOperationSchema(schemas.ReceiveMessage, schemas.ReceiveMessageRequest, schemas.ReceiveMessageResult)
	deleteMessageBatch    = smithy.NewOperationSchema(schemas.DeleteMessageBatch, schemas.DeleteMessageBatchRequest, schemas.DeleteMessageBatchResult)
	changeVisibilityBatch = smithy.NewOperationSchema(schemas.ChangeMessageVisibilityBatch,
		schemas.ChangeMessageVisibilityBatchRequest, schemas.ChangeMessageVisibilityBatchResult)
)

// SendMessage calls the operation as *sqs.Client does.
func (c *Client) SendMessage(ctx context.Context, in *sqs.SendMessageInput) (*sqs.SendMessageOutput, error) {
	return call[sqs.SendMessageOutput](ctx, c, sendMessage, in)
}

// SendMessageBatch calls the operation as *sqs.Client does.
func (c *Client) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
	return call[sqs.SendMessageBatchOutput](ctx, c, sendMessageBatch, in)
}

// ReceiveMessage calls the operation as *sqs.Client does.
func (c *Client) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput) (*sqs.ReceiveMessageOutput, error) {
	return call[sqs.ReceiveMessageOutput](ctx, c, receiveMessage, in)
}

// DeleteMessageBatch calls the operation as *sqs.Client does.
func (c *Client) DeleteMessageBatch(ctx context.Context, in *sqs.DeleteMessageBatchInput) (*sqs.DeleteMessageBatchOutput, error) {
	return call[sqs.DeleteMessageBatchOutput](ctx, c, deleteMessageBatch, in)
}

// ChangeMessageVisibilityBatch calls the operation as *sqs.Client does.
func (c *Client) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput) (
	*sqs.ChangeMessageVisibilityBatchOutput, error,
) {
	return call[sqs.ChangeMessageVisibilityBatchOutput](ctx, c, changeVisibilityBatch, in)
}

// output is a pointer to the output O of an operation.
type output[O any] interface {
	*O
	smithy.Deserializable
}

func call[O any, P output[O]](ctx context.Context, c *Client, operation *smithy.OperationSchema, in smithy.Serializable) (*O, error) {
	request, err := c.request(ctx, operation, in)
	if err != nil {
		return nil, fmt.Errorf("encoding a request to SQS: %w", err)
	}
	var out *O
	err = c.caller.Do(ctx, operation.ID().Name, request, func(response *smithyhttp.Response) error {
		out = new(O)
		return c.read(ctx, operation, response, P(out))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (c *Client) request(ctx context.Context, operation *smithy.OperationSchema, in smithy.Serializable) (awscall.Request, error) {
	target := c.endpoint
	encoded := &smithyhttp.Request{Request: &http.Request{URL: &target, Header: http.Header{}}}
	if err := c.protocol.SerializeRequest(ctx, operation, in, encoded); err != nil {
		return awscall.Request{}, err
	}
	body, ok := encoded.GetStream().(*bytes.Reader)
	if !ok {
		return awscall.Request{}, fmt.Errorf("the protocol %s gives a body of type %T", c.protocol.ID(), encoded.GetStream())
	}
	return awscall.Request{Method: encoded.Method, URL: *encoded.URL, Header: encoded.Header, Body: *body, Hash: awscall.Hash(*body)}, nil
}

// read decodes an answer. An error is of the types that the SDK returns.
func (c *Client) read(ctx context.Context, operation *smithy.OperationSchema, response *smithyhttp.Response, out smithy.Deserializable) error {
	err := c.protocol.DeserializeResponse(ctx, operation, sqs.TypeRegistry, response, out)
	if err == nil {
		return nil
	}
	return &awshttp.ResponseError{
		RequestID:     response.Header.Get("X-Amzn-RequestId"),
		ResponseError: &smithyhttp.ResponseError{Response: response, Err: err},
	}
}
