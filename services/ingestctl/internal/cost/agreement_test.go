package cost

import (
	"os"
	"reflect"
	"regexp"
	"strconv"
	"testing"
	"time"

	apiapp "github.com/ingest-iac/ingest/services/api/app"
	workerapp "github.com/ingest-iac/ingest/services/worker/app"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// configured is the default that a project's Pulumi.yaml declares for a key.
func configured(t *testing.T, file, key string) string {
	t.Helper()
	text, err := os.ReadFile("../../../../" + file)
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^  ` + key + `:\n(?:    .*\n)*?    default: (.*)$`).FindSubmatch(text)
	require.NotNil(t, found, "%s %s", file, key)
	return string(found[1])
}

func TestDefaults_agreeWithTheStacks(t *testing.T) {
	number := func(file, key string) int {
		value, err := strconv.Atoi(configured(t, file, key))
		require.NoError(t, err, key)
		return value
	}
	const compute, dataConfig = "Pulumi.yaml", "stacks/data-config/Pulumi.yaml"
	c := Default()
	assert.Equal(t, number(compute, "apiDesiredCount"), c.API.Count)
	assert.Equal(t, number(compute, "workerDesiredCount"), c.Worker.Count)
	assert.Equal(t, number(compute, "apiCpu"), c.API.CPU)
	assert.Equal(t, number(compute, "apiMemory"), c.API.Memory)
	assert.Equal(t, number(compute, "workerCpu"), c.Worker.CPU)
	assert.Equal(t, number(compute, "workerMemory"), c.Worker.Memory)
	assert.Equal(t, number(compute, "zones"), c.Zones)
	assert.Equal(t, configured(t, compute, "cpuArchitecture"), c.API.Architecture)
	assert.Equal(t, configured(t, compute, "cpuArchitecture"), c.Worker.Architecture)
	assert.Equal(t, number(compute, "logRetentionDays"), c.LogRetentionDays)
	assert.Equal(t, pollSeconds, number(compute, "workerPollWaitSeconds"))
	assert.Equal(t, maxMessages, number(compute, "workerMaxMessages"))
	assert.Equal(t, number(dataConfig, "payloadObjectExpirationDays")+number(dataConfig, "payloadNoncurrentVersionExpirationDays"), c.RetentionDays)
}

func TestServiceMetrics_agree_with_the_services(t *testing.T) {
	count := 0
	for _, file := range []string{"api/app/apiapp.go", "worker/app/workerapp.go"} {
		text, err := os.ReadFile("../../../" + file)
		require.NoError(t, err)
		count += len(regexp.MustCompile(`\{Name: "\w+", Count: `).FindAll(text, -1))
	}
	assert.Equal(t, ServiceMetrics, count)
}

func TestAssumptions_agreeWithTheServices(t *testing.T) {
	setting := func(of any, field string) string {
		found, known := reflect.TypeOf(of).FieldByName(field)
		require.True(t, known, field)
		return found.Tag.Get("envDefault")
	}
	assert.Equal(t, strconv.Itoa(pollers), setting(workerapp.Settings{}, "Pollers"))
	ttl, err := time.ParseDuration(setting(apiapp.Settings{}, "TokenTTL"))
	require.NoError(t, err)
	assert.Equal(t, renewSeconds*time.Second, ttl*3/4)
}
