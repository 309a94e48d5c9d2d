package tracing

import (
	"net/url"
	"strings"
	"time"
)

// Settings are the variables of OpenTelemetry that say whether and where traces are
// sent. The OpenTelemetry SDK reads these and others from the environment itself:
// OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_* and OTEL_SPAN_*.
// https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
// https://opentelemetry.io/docs/specs/otel/protocol/exporter/
type Settings struct {
	Disabled string `env:"OTEL_SDK_DISABLED" match:"(?i:true|false)" allowed:"true or false" description:"true turns traces off"`
	Exporter string `env:"OTEL_TRACES_EXPORTER" match:"otlp|none" allowed:"otlp or none" description:"otlp turns traces on, none turns them off; unset, they are on if an endpoint is set"`
	Endpoint string `env:"OTEL_EXPORTER_OTLP_ENDPOINT" match:"https?://[^/?#\\s]+(/[^?#\\s]*)?" allowed:"a URL, such as http://localhost:4318" description:"collector of the traces, without /v1/traces; http://localhost:4318 if traces are on without an endpoint"`
	Traces   string `env:"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" match:"https?://[^/?#\\s]+(/[^#\\s]*)?" allowed:"a URL, such as http://localhost:4318/v1/traces" description:"whole URL of the traces, in place of the endpoint"`
	Protocol string `env:"OTEL_EXPORTER_OTLP_PROTOCOL" match:"http/protobuf" allowed:"http/protobuf" description:"protocol of the collector; there is no gRPC"`
	Headers  string `env:"OTEL_EXPORTER_OTLP_HEADERS" match:"[^=,\\s]+=[^,]*(,\\s*[^=,\\s]+=[^,]*)*" allowed:"name=value,name=value, percent-encoded" secret:"true" description:"headers of each request to the collector"`
	Timeout  int    `env:"OTEL_EXPORTER_OTLP_TIMEOUT" envDefault:"10000" min:"1" max:"60000" description:"milliseconds that sending a batch of spans may take, retries included"`
	Sampler  string `env:"OTEL_TRACES_SAMPLER" match:"(parentbased_)?(always_on|always_off|traceidratio)" allowed:"always_on, always_off or traceidratio, each also as parentbased_…" description:"which traces are sent; parentbased_always_on if unset"`
	Ratio    string `env:"OTEL_TRACES_SAMPLER_ARG" match:"0|1|0?\\.\\d+|1\\.0+" allowed:"a number from 0 to 1" description:"share of the traces that traceidratio sends"`
}

// on reports whether traces are sent. The specification has them sent to
// http://localhost:4318 by default; where nothing is set there is no collector.
func (s Settings) on() bool {
	if strings.EqualFold(s.Disabled, "true") || s.Exporter == "none" {
		return false
	}
	return s.Exporter == "otlp" || s.Endpoint != "" || s.Traces != ""
}

// url is where spans are sent to.
func (s Settings) url() string {
	switch {
	case s.Traces != "":
		return s.Traces
	case s.Endpoint != "":
		return strings.TrimSuffix(s.Endpoint, "/") + "/v1/traces"
	default:
		return "http://localhost:4318/v1/traces"
	}
}

// headers are those of each request. A value that is not percent-encoded is taken
// as it is.
func (s Settings) headers() map[string]string {
	all := map[string]string{}
	for pair := range strings.SplitSeq(s.Headers, ",") {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			continue
		}
		value = strings.TrimSpace(value)
		if decoded, err := url.PathUnescape(value); err == nil {
			value = decoded
		}
		all[strings.TrimSpace(name)] = value
	}
	return all
}

func (s Settings) timeout() time.Duration { return time.Duration(s.Timeout) * time.Millisecond }
