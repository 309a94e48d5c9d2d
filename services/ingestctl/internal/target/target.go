// Package target finds the deployment that ingestctl works on: one on this machine
// (`make run`) or one that Pulumi has made.
package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Target is what a command reads of a deployment. What the command did not ask
// for may be empty.
type Target struct {
	// Name is how the deployment is called in messages: "local" or the stack.
	Name string
	// Local reports whether this is a fake AWS on this machine.
	Local bool
	// Endpoint replaces the endpoints of AWS.
	Endpoint string

	values map[Part]string
}

// Get is the value of a part; empty where it is not known.
func (t Target) Get(part Part) string { return t.values[part] }

// Part is one thing to know of a deployment.
type Part int

// The parts of a deployment. Those of ECS and CloudWatch are empty on a local one;
// WorkerURL, the address of the worker's health, is empty on any other.
const (
	APIURL Part = iota
	WorkerURL
	Region
	QueueURL
	DLQURL
	Bucket
	TokenParameter
	// KMSKey is the environment's own key; empty where AWS's own keys are used.
	KMSKey
	// Environment and PayloadVersion are the parts of an object's key.
	Environment
	PayloadVersion
	Cluster
	APIService
	WorkerService
	APITaskDefinition
	WorkerTaskDefinition
	APILogGroup
	WorkerLogGroup
)

// Names of what `make run` makes; services/local holds the other side.
const (
	localAPI      = "http://127.0.0.1:8000"
	localWorker   = "http://127.0.0.1:8081"
	localEndpoint = "http://127.0.0.1:4566"
	localAccount  = "000000000000"
)

// Local is the pipeline that `make run` starts. A non-empty endpoint is where its
// fake AWS listens instead of on port 4566.
func Local(endpoint string) Target {
	if endpoint == "" {
		endpoint = localEndpoint
	}
	endpoint = strings.TrimSuffix(endpoint, "/")
	return Target{Name: "local", Local: true, Endpoint: endpoint, values: map[Part]string{
		APIURL: localAPI, WorkerURL: localWorker, Region: "us-east-1",
		QueueURL:       endpoint + "/" + localAccount + "/ingest-local-emails-queue",
		DLQURL:         endpoint + "/" + localAccount + "/ingest-local-emails-dlq",
		Bucket:         "ingest-local",
		TokenParameter: "/ingest/local/token",
		Environment:    "local", PayloadVersion: "v1",
	}}
}

// Overrides are what flags and environment variables give instead of the stack or
// the local defaults; an empty one changes nothing.
type Overrides struct {
	Endpoint string
	Values   map[Part]string
}

// Resolve finds the parts of a target that a command needs: the stack's when one
// is named, else the local one's, with o on top of either. Only the projects that
// hold one of the parts are read. With an error, the target has what could be
// found.
func Resolve(ctx context.Context, pulumi Pulumi, stack string, o Overrides, needs ...Part) (Target, error) {
	found := Local(o.Endpoint)
	if stack != "" {
		found = Target{Name: stack, Endpoint: o.Endpoint, values: map[Part]string{}}
	}
	for part, value := range o.Values {
		if value != "" {
			found.values[part] = value
		}
	}
	var err error
	if stack != "" {
		err = found.read(ctx, pulumi, needs)
	}
	for _, part := range []Part{APIURL, WorkerURL} {
		if found.values[part] == "" {
			continue
		}
		var wrong error
		found.values[part], wrong = baseURL(found.values[part])
		err = errors.Join(err, wrong)
	}
	return found, err
}

// baseURL takes an address with or without /ingest, as API_URL always was, and
// gives it without.
func baseURL(given string) (string, error) {
	parsed, err := url.Parse(given)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" {
		return "", fmt.Errorf("the address is %q; allowed is http(s)://host[:port], with or without /ingest", given)
	}
	trimmed := strings.TrimSuffix(strings.TrimSuffix(parsed.Path, "/"), "/ingest")
	return parsed.Scheme + "://" + parsed.Host + trimmed, nil
}

// OnThisMachine reports whether the API is reached without leaving this machine.
func (t Target) OnThisMachine() bool {
	parsed, err := url.Parse(t.Get(APIURL))
	if err != nil {
		return false
	}
	host := parsed.Hostname()
	address := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (address != nil && address.IsLoopback())
}

// Plain reports whether the API is asked over plain HTTP on another machine, where
// a token in a request can be read on the way.
func (t Target) Plain() bool {
	return strings.HasPrefix(t.Get(APIURL), "http://") && !t.OnThisMachine()
}
