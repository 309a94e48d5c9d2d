package cost

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// changed is the default configuration with a change.
func changed(change func(*Configuration)) Configuration {
	c := Default()
	change(&c)
	return c
}

func estimate(t *testing.T, c Configuration) Estimate {
	t.Helper()
	e, err := Of(c, 0)
	require.NoError(t, err)
	return e
}

// sum adds up the lines whose item begins with one of the prefixes.
func sum(lines []Line, prefixes ...string) float64 {
	usd := 0.0
	for _, line := range lines {
		if slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(line.Item, prefix) }) {
			usd += line.USD
		}
	}
	return usd
}

func TestDefaults_costPerIdleMonthAndMillion(t *testing.T) {
	e := estimate(t, Default())
	assert.InDelta(t, 18.02, sum(e.Idle, "api tasks", "worker tasks"), 0.005)
	assert.InDelta(t, 16.43, sum(e.Idle, "load balancer"), 0.005)
	assert.InDelta(t, 14.60, sum(e.Idle, "public IPv4"), 0.005)
	assert.InDelta(t, 49.44, e.IdleUSD, 0.5)
	assert.InDelta(t, 5.12, e.RequestsUSD, 0.0005)
	assert.InDelta(t, 5.00, sum(e.PerMillion, "S3 PUT"), 0.0005)
	assert.Less(t, e.RequestsUSD, e.PerMillionUSD)
}

func TestHTTPS_idleMonth_isAtMost35(t *testing.T) {
	graviton := func(c *Configuration) { c.API.Architecture, c.Worker.Architecture = ARM, ARM }
	for name, c := range map[string]Configuration{
		"CloudFront, arm64, worker on Spot": changed(func(c *Configuration) {
			graviton(c)
			c.CloudFront, c.Zones, c.Worker.SpotPercent = true, 2, 100
		}),
		"CloudFront, arm64, worker from zero": changed(func(c *Configuration) {
			graviton(c)
			c.CloudFront, c.Zones, c.Worker.Count = true, 2, 0
		}),
		"own certificate, arm64, worker from zero": changed(func(c *Configuration) {
			graviton(c)
			c.Zones, c.Worker.Count = 2, 0
		}),
	} {
		assert.LessOrEqual(t, estimate(t, c).IdleUSD, 35.0, name)
	}
}

func TestConfigurations(t *testing.T) {
	base := estimate(t, Default())
	for name, test := range map[string]struct {
		change           func(*Configuration)
		idle, perMillion float64
	}{
		"nothing changes":           {func(*Configuration) {}, 0, 0},
		"a zone more is an address": {func(c *Configuration) { c.Zones = 3 }, 3.65, 0},
		// 0.25 x 730 x (0.04048 - 0.03238) + 0.5 x 730 x (0.004445 - 0.00356)
		"an api task on arm64":  {func(c *Configuration) { c.API.Architecture = ARM }, -1.80, 0},
		"a worker task on Spot": {func(c *Configuration) { c.Worker.SpotPercent = 100 }, -4.51, 0},
		// the task, its address and its polls
		"no worker task":                  {func(c *Configuration) { c.Worker.Count = 0 }, -9.01 - 3.65 - 0.11, 0},
		"tasks without addresses":         {func(c *Configuration) { c.API.PublicIP, c.Worker.PublicIP = false, false }, -7.30, 0},
		"CloudFront, no address per zone": {func(c *Configuration) { c.CloudFront = true }, -7.30, 1.00 + 0.044 + 0.024 - 0.025},
		"endpoints in two zones, instead": {func(c *Configuration) { c.Zones, c.PrivateNetwork = 2, true }, -7.30 + 87.60, 0.042},
		"ten alarms":                      {func(c *Configuration) { c.Alarms = 11 }, 1.00, 0},
		"a dashboard":                     {func(c *Configuration) { c.Dashboards = 1 }, 3.00, 0},
		"monitoring":                      {func(c *Configuration) { c.Monitor() }, 1.10 + 3.00 + 1.80, 0}, // 11 alarms, a dashboard, 6 metrics
		"three keys":                      {func(c *Configuration) { c.KMSKeys = 3 }, 3.00, 0},
		"a web ACL of two rules":          {func(c *Configuration) { c.WebACLRules = 2 }, 7.00, 0.60},
		"a quiet system":                  {func(c *Configuration) { c.MessagesPerCall = 1 }, 0, 1.08},
		"no log record per payload":       {func(c *Configuration) { c.LogsRequests = false }, 0, -0.22},
		// 3 MB a batch: 10 x 20 KiB are 4 chunks for send and for receive
		"larger payloads": {func(c *Configuration) { c.PayloadBytes = 20 << 10 }, 0, 0.24 + 0.79 + 0.063},
		// one message of 256 KiB a call, 4 chunks
		"largest payloads": {func(c *Configuration) { c.PayloadBytes = maxPayload }, 0, 3.60 - 0.12 + 10.99 + 1.87},
	} {
		t.Run(name, func(t *testing.T) {
			e := estimate(t, changed(test.change))
			assert.InDelta(t, test.idle, e.IdleUSD-base.IdleUSD, 0.01)
			assert.InDelta(t, test.perMillion, e.PerMillionUSD-base.PerMillionUSD, 0.02)
		})
	}
}

func TestMonitor_twice_countsOnce(t *testing.T) {
	once := changed(func(c *Configuration) { c.Monitor() })
	assert.Equal(t, once, changed(func(c *Configuration) { c.Monitor(); c.Monitor() }))
}

func TestPayloads_areAddedToTheIdleMonth(t *testing.T) {
	e, err := Of(Default(), 10_000_000)
	require.NoError(t, err)
	assert.InDelta(t, e.IdleUSD+10*e.PerMillionUSD, e.MonthUSD, 1e-9)
}

func TestServerless_fewPayloads_isCheaper(t *testing.T) {
	e := estimate(t, Default())
	// 1.00 HTTP API, 0.22 and 0.08 Lambda, 0.48 SQS, 5.00 S3; 0.09 storage, 0.22 logs, 0.03 responses
	assert.InDelta(t, 7.12, e.Serverless.PerMillionUSD, 0.01)
	// 1.00 HTTP API, 0.20 and 0.04 Lambda, 0.14 Firehose; 0.09 storage, 0.22 logs, 0.03 responses
	assert.InDelta(t, 1.72, e.Serverless.FirehoseUSD, 0.01)
	below := e.Serverless.CheaperBelow / million
	assert.InDelta(t, e.IdleUSD+below*e.PerMillionUSD, below*e.Serverless.PerMillionUSD, 1e-6)
}

func TestValidation_namesEachWrongValue(t *testing.T) {
	_, err := Of(changed(func(c *Configuration) {
		c.Zones, c.API.Count, c.Worker.CPU, c.Worker.Architecture, c.MessagesPerCall = 1, 0, 1, "ppc", 11
	}), 0)
	for _, part := range []string{
		"zones is 1; allowed is 2 to 6", "api tasks is 0; allowed is 1 to 10000", "worker cpu is 1; allowed is 256 to 16384",
		`worker architecture is "ppc"; allowed is x86_64 or arm64`, "messages per call is 11; allowed is 1 to 10",
	} {
		require.ErrorContains(t, err, part)
	}
	_, err = Of(changed(func(c *Configuration) { c.Region = "mars-north-1" }), 0)
	assert.EqualError(t, err, `the price table has no region "mars-north-1"; it has us-east-1`)
}

func TestPrices_haveUnitDayAndSource(t *testing.T) {
	all, err := regions()
	require.NoError(t, err)
	names := func(p prices) []item { return slices.Sorted(maps.Keys(p)) }
	known := append([]item{
		loadBalancer, loadBalancerCapacity, publicIPv4, interfaceEndpoint, endpointData, sqsRequest, s3Put, s3Storage,
		logsIngestion, logsStorage, alarm, dashboard, metric, kmsKey, kmsRequest, webACL, webACLRule, webACLRequest, ecrStorage, dataOut, cloudfrontRequest,
		cloudfrontOut, cloudfrontToOrigin, httpAPIRequest, lambdaRequest, lambdaDuration, firehoseIngestion,
	}, fargateVCPU(X86), fargateMemory(X86), fargateVCPU(ARM), fargateMemory(ARM))
	slices.Sort(known)
	for region, found := range all {
		assert.Equal(t, known, names(found), region)
		for name, price := range found {
			_, err := time.Parse(time.DateOnly, price.Read)
			require.NoError(t, err, "%s %s", region, name)
			assert.Positive(t, price.USD, "%s %s", region, name)
			assert.Equal(t, all["us-east-1"][name].Unit, price.Unit, "%s %s", region, name)
			assert.Regexp(t, `^https://aws\.amazon\.com/.*pricing/`, price.Source, "%s %s", region, name)
		}
	}
}

func TestParsePayloads(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "250000": 250_000, "250k": 250_000, "10M": 10_000_000, "1.5B": 1_500_000_000, "1000B": 1_000_000_000_000,
	} {
		got, err := ParsePayloads(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "M", "10X", "-1", "1e6", "0x10", "NaN", "Inf", "1.5", "0.0001k", "1001B", "1_000", "10MM", "1..5M", " 1"} {
		_, err := ParsePayloads(text)
		assert.ErrorContains(t, err, "allowed is 0 to 1000B, whole, as in 250000, 250k, 10M or 1.5B", text)
	}
}

func TestLogBytes_isWhatTheServicesLogPerPayload(t *testing.T) {
	var written bytes.Buffer
	const id = "5fea7756-0ea4-451a-a703-a558b933e274"
	service.NewLogger(&written, "api", service.Level(0)).Info("request", "method", "POST", "path", "/ingest", "status", 200,
		"duration_ms", 12.345, "bytes", 2048, "message_id", id)
	service.NewLogger(&written, "worker", service.Level(0)).Info("stored", "message_id", id,
		"key", "emails/v1/prod/2026/11/24/1764000000_msgid="+id+".json", "receive_count", 1)
	assert.InDelta(t, logBytes, written.Len(), logBytes/20)
}
