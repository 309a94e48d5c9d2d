package bootstrap_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/internal/testing/policyeval"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The services that AWS documents with other keys than the usual two.
const (
	// logs calls KMS with the ARN of the log group in the encryption context.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
	logs = "logs.eu-west-1.amazonaws.com"
	// accessLogs writes with the ARN of the load balancer.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	accessLogs = "logdelivery.elasticloadbalancing.amazonaws.com"
)

// Every policy of the three layers that allows something to a service of AWS names
// the account or the resource that the service calls for.
func TestServicePrincipals_everyPolicy_namesTheSource(t *testing.T) {
	services := map[string]bool{}
	for _, graph := range []*componentstest.Graph{build(t, required()), dataGraph(t), computeGraph(t)} {
		for _, r := range graph.Of("") {
			for key, value := range r.Inputs.Mappable() {
				text, _ := value.(string)
				if !strings.Contains(text, `"Statement"`) {
					continue
				}
				policy, err := policyeval.Parse(text)
				require.NoError(t, err, "%s %s: %s", r.Type, r.Name, key)
				for service, statements := range policy.Services() {
					services[service] = true
					source := []string{"aws:sourceaccount", "aws:sourcearn"}
					switch service {
					case logs:
						source = []string{"kms:encryptioncontext:aws:logs:arn"}
					case accessLogs:
						source = []string{"aws:sourcearn"}
					}
					for _, keys := range statements {
						assert.Subset(t, keys, source, "%s %s: %s allows %s", r.Type, r.Name, key, service)
					}
				}
			}
		}
	}
	assert.Equal(t, []string{"cloudwatch.amazonaws.com", "ecs-tasks.amazonaws.com", accessLogs, logs}, slices.Sorted(maps.Keys(services)))
}
