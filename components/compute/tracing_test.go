package compute_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTracing_off_changesNothing(t *testing.T) {
	args := required()
	args.Tracing.SamplePercent = 5
	graph := build(t, args)
	for _, service := range []string{"api", "worker"} {
		assert.NotContains(t, environment(t, graph, service), "OTEL_EXPORTER_OTLP_ENDPOINT")
		assert.Len(t, opened(t, graph, service, "egress"), 1)
	}
}

func TestTracing_variablesAndPorts(t *testing.T) {
	const toAWS = "tcp 443-443 [0.0.0.0/0]"
	for endpoint, out := range map[string][]string{
		"http://collector.internal:4318":   {toAWS, "tcp 4318-4318 [0.0.0.0/0]"},
		"http://collector.internal":        {toAWS, "tcp 80-80 [0.0.0.0/0]"},
		"http://collector.internal:65535":  {toAWS, "tcp 65535-65535 [0.0.0.0/0]"},
		"https://otlp.example.com/v1":      {toAWS},
		"https://otlp.example.com:443/in/": {toAWS},
	} {
		args := required()
		args.Tracing.Endpoint = endpoint
		args.Tracing.SamplePercent = 5
		graph := build(t, args)
		for service, want := range map[string]map[string]string{
			"api": {
				"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_SERVICE_NAME": "ingest-prod-api",
				"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod",
				"OTEL_TRACES_SAMPLER":      "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05",
			},
			"worker": {
				"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, "OTEL_SERVICE_NAME": "ingest-prod-worker",
				"OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod",
				"OTEL_TRACES_SAMPLER":      "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.05",
			},
		} {
			assert.Subset(t, environment(t, graph, service), want)
			assert.Equal(t, out, opened(t, graph, service, "egress"), endpoint)
		}
	}
}

func TestTracing_wrongSettings_areNamed(t *testing.T) {
	for _, endpoint := range []string{"collector:4318", "grpc://collector:4317", "https://key@otlp.example.com", "https://otlp.example.com/?key=secret", "http://a b", "http://collector:65536"} {
		args := required()
		args.Tracing.Endpoint, args.Tracing.SamplePercent = endpoint, 101
		err := refused(t, args)
		require.ErrorContains(t, err, "Tracing.Endpoint")
		assert.ErrorContains(t, err, "Tracing.SamplePercent is 101; allowed is 1 to 100")
	}
}
