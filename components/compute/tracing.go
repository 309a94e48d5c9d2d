package compute

import (
	"maps"
	"net/url"
	"regexp"
	"strconv"

	"github.com/ingest-iac/ingest/components/args"
)

// TracingArgs turn on the OpenTelemetry traces of both services. There are no
// headers for the collector: they hold credentials, as a rule, and everyone who may
// describe a task definition can read its environment.
type TracingArgs struct {
	// Endpoint is that of an OTLP/HTTP collector, without /v1/traces. Without one there
	// are no traces. The security groups of the tasks let its port out.
	Endpoint string `key:"otlpEndpoint" validate:"otlpEndpoint" description:"OTLP/HTTP endpoint of a collector for the traces of both services; without it there are no traces"`
	// SamplePercent is the share of the requests that are traced, chosen by trace id
	// and not by the client. The worker follows the api.
	SamplePercent int `key:"traceSamplePercent" default:"100" validate:"min=1,max=100" description:"Share of the requests that are traced, in percent"`
}

// portForm matches 1 to 65535.
const portForm = `([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])`

var tracingFormats = args.Formats{
	"otlpEndpoint": {
		Form:    regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:` + portForm + `)?(/[A-Za-z0-9._~/-]*)?$`),
		Allowed: "a URL without credentials and query, such as http://collector.internal:4318",
	},
}

// traced is the environment of a service with the variables of OpenTelemetry.
func (a Args) traced(service string, environment map[string]string) map[string]string {
	if a.Tracing.Endpoint == "" {
		return environment
	}
	all := maps.Clone(environment)
	all["OTEL_EXPORTER_OTLP_ENDPOINT"] = a.Tracing.Endpoint
	all["OTEL_SERVICE_NAME"] = a.environment().Named(service)
	all["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=" + a.Environment
	all["OTEL_TRACES_SAMPLER"] = "traceidratio"
	if service == workerName {
		all["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio"
	}
	all["OTEL_TRACES_SAMPLER_ARG"] = strconv.FormatFloat(float64(a.Tracing.SamplePercent)/100, 'f', -1, 64)
	return all
}

// toCollector opens the port of the collector, unless it is the one of AWS.
func (a Args) toCollector() []rule {
	port := httpsPort
	parsed, err := url.Parse(a.Tracing.Endpoint)
	switch {
	case err != nil || parsed.Host == "":
		return nil
	case parsed.Port() != "":
		port, _ = strconv.Atoi(parsed.Port()) // digits, by the endpoint's form
	case parsed.Scheme == "http":
		port = httpPort
	}
	if port == httpsPort {
		return nil
	}
	return []rule{{description: "To the collector of traces", port: port}}
}
