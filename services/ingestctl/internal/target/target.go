// Package target says which deployment ingestctl works on: one on this machine
// (`make run`) or one that Pulumi has made.
package target

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// Target is everything that ingestctl needs to know of a deployment.
type Target struct {
	// Name is how the deployment is called in messages: "local" or the stack.
	Name string `json:"name"`
	// Local tells a stand-in for AWS on this machine from AWS.
	Local bool `json:"local"`

	APIURL         string `json:"apiUrl"`
	Region         string `json:"region"`
	Endpoint       string `json:"endpoint,omitempty"`
	QueueURL       string `json:"queueUrl"`
	DLQURL         string `json:"dlqUrl"`
	QueueARN       string `json:"queueArn"`
	DLQARN         string `json:"dlqArn"`
	Bucket         string `json:"bucket"`
	TokenParameter string `json:"tokenParameter"`
	// Environment and PayloadVersion are the parts of an object's key.
	Environment    string `json:"environment"`
	PayloadVersion string `json:"payloadVersion"`

	// ECS and CloudWatch Logs; empty on a local target.
	Cluster        string `json:"cluster,omitempty"`
	APIService     string `json:"apiService,omitempty"`
	WorkerService  string `json:"workerService,omitempty"`
	APILogGroup    string `json:"apiLogGroup,omitempty"`
	WorkerLogGroup string `json:"workerLogGroup,omitempty"`
}

// Names of what `make run` makes; services/local holds the other side.
const (
	localAPI      = "http://127.0.0.1:8000"
	localEndpoint = "http://127.0.0.1:4566"
	localRegion   = "us-east-1"
	localAccount  = "000000000000"
	localQueue    = "ingest-local-emails-queue"
	localDLQ      = "ingest-local-emails-dlq"
)

// Local is the pipeline that `make run` starts. A non-empty endpoint says that
// its stand-in listens elsewhere than on port 4566.
func Local(endpoint string) Target {
	if endpoint == "" {
		endpoint = localEndpoint
	}
	endpoint = strings.TrimSuffix(endpoint, "/")
	queueARN := "arn:aws:sqs:" + localRegion + ":" + localAccount + ":"
	return Target{
		Name: "local", Local: true,
		APIURL: localAPI, Region: localRegion, Endpoint: endpoint,
		QueueURL:       endpoint + "/" + localAccount + "/" + localQueue,
		DLQURL:         endpoint + "/" + localAccount + "/" + localDLQ,
		QueueARN:       queueARN + localQueue,
		DLQARN:         queueARN + localDLQ,
		Bucket:         "ingest-local",
		TokenParameter: "/ingest/local/token",
		Environment:    "local", PayloadVersion: "v1",
	}
}

// Overrides are what flags and environment variables say instead of the stack
// or the local defaults; an empty one says nothing.
type Overrides struct {
	APIURL, Region, Endpoint, QueueURL, DLQURL, Bucket, TokenParameter, Environment, PayloadVersion string
}

// Resolve finds the target: the stack's when one is named, else the local one,
// with o on top of either.
func Resolve(ctx context.Context, pulumi Pulumi, stack string, o Overrides) (Target, error) {
	found := Local(o.Endpoint)
	if stack != "" {
		var err error
		if found, err = fromStack(ctx, pulumi, stack); err != nil {
			return Target{}, err
		}
	}
	for _, part := range []struct {
		value *string
		with  string
	}{
		{&found.APIURL, o.APIURL},
		{&found.Region, o.Region},
		{&found.Endpoint, o.Endpoint},
		{&found.QueueURL, o.QueueURL},
		{&found.DLQURL, o.DLQURL},
		{&found.Bucket, o.Bucket},
		{&found.TokenParameter, o.TokenParameter},
		{&found.Environment, o.Environment},
		{&found.PayloadVersion, o.PayloadVersion},
	} {
		if part.with != "" {
			*part.value = part.with
		}
	}
	var err error
	found.APIURL, err = baseURL(found.APIURL)
	return found, err
}

// baseURL takes an API's address with or without /ingest, as API_URL always
// was, and gives it without.
func baseURL(given string) (string, error) {
	parsed, err := url.Parse(given)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", fmt.Errorf("the API's address is %q; allowed is http(s)://host[:port], with or without /ingest", given)
	}
	trimmed := strings.TrimSuffix(strings.TrimSuffix(parsed.Path, "/"), "/ingest")
	return parsed.Scheme + "://" + parsed.Host + trimmed, nil
}
