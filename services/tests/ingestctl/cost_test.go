package ingestctl

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/ingest-iac/ingest/services/internal/fakeaws"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// priced is the stack prod with services that cost something. Their tasks have
// public addresses, unless assignPublicIP is DISABLED.
func priced(t *testing.T, assignPublicIP string) *world {
	t.Helper()
	c := emptyCloud()
	network := map[string]any{"awsvpcConfiguration": map[string]any{
		"subnets": []string{"subnet-a", "subnet-b", "subnet-c"}, "assignPublicIp": assignPublicIP,
	}}
	c.service = func(arn string) map[string]any {
		return map[string]map[string]any{
			apiARN: {"desiredCount": 2, "taskDefinition": "ingest-prod-api:7", "networkConfiguration": network},
			workerARN: {
				"desiredCount": 4, "taskDefinition": "ingest-prod-worker:3", "networkConfiguration": network,
				"capacityProviderStrategy": []any{
					map[string]any{"capacityProvider": "FARGATE", "weight": 1},
					map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 3},
				},
			},
		}[arn]
	}
	c.taskDefinition = func(arn string) map[string]any {
		return map[string]map[string]any{
			"ingest-prod-api:7": {"cpu": "512", "memory": "1024", "runtimePlatform": map[string]any{"cpuArchitecture": "ARM64"}},
			"ingest-prod-worker:3": {"cpu": "256", "memory": "512", "containerDefinitions": []any{
				map[string]any{"environment": []any{map[string]any{"name": "METRICS_NAMESPACE", "value": "ingest/prod"}}},
			}},
		}[arn]
	}
	metric := func(id string) cbor.Map {
		return cbor.Map{"Id": cbor.String(id), "MetricStat": cbor.Map{"Stat": cbor.String("Sum")}}
	}
	c.alarms = []cbor.Map{
		{"AlarmName": cbor.String("ingest-prod-emails-dlq")},
		{"AlarmName": cbor.String("ingest-prod-backlog"), "Metrics": cbor.List{
			cbor.Map{"Id": cbor.String("e"), "Expression": cbor.String("a/b")}, metric("a"), metric("b"),
		}},
		{"AlarmName": cbor.String("another-prod-alarm")},
	}
	c.dashboards = []cbor.Map{{"DashboardName": cbor.String("ingest-prod")}, {"DashboardName": cbor.String("ingest-prod-overview")}}
	w := newWorldOf(t, fakeaws.Options{Services: c.services()})
	w.deployed(t)
	return w
}

func TestCost_stack_isWhatAWSRuns(t *testing.T) {
	w := priced(t, "ENABLED")
	found := w.run(t, "", "--stack", "prod", "cost", "--payloads", "10M")
	require.Zero(t, found.status, found.stderr)
	golden(t, "cost", found.stdout)

	asJSON := w.run(t, "", "--stack", "prod", "cost", "--json", "--zones", "2", "--no-public-ip", "--api-tasks", "1")
	require.Zero(t, asJSON.status, asJSON.stderr)
	var estimate struct {
		Configuration struct {
			Zones, Alarms, Dashboards, Metrics int

			API, Worker struct {
				Count, CPU   int
				Architecture string
				SpotPercent  int  `json:"spot_percent"`
				PublicIP     bool `json:"public_ip"`
			}
		}
		IdleUSD float64 `json:"idle_usd"`
	}
	require.NoError(t, json.Unmarshal([]byte(asJSON.stdout), &estimate))
	c := estimate.Configuration
	assert.Equal(t, []int{2, 3, 1, 6}, []int{c.Zones, c.Alarms, c.Dashboards, c.Metrics}, "zones are overridden, the alarms are billed by their metrics")
	assert.Equal(t, []int{1, 512, 4, 256, 75}, []int{c.API.Count, c.API.CPU, c.Worker.Count, c.Worker.CPU, c.Worker.SpotPercent})
	assert.Equal(t, []string{"arm64", "x86_64"}, []string{c.API.Architecture, c.Worker.Architecture})
	assert.False(t, c.API.PublicIP || c.Worker.PublicIP)
	assert.Positive(t, estimate.IdleUSD)
}

func TestCost_stackWithoutPublicAddresses(t *testing.T) {
	w := priced(t, "DISABLED")
	found := w.run(t, "", "--stack", "prod", "--api-url", "https://d111111abcdef8.cloudfront.net", "cost")
	require.Zero(t, found.status, found.stderr)
	assert.NotContains(t, found.stdout, "public IPv4 addresses", "the load balancer behind CloudFront is internal")
	assert.Regexp(t, `interface endpoints +13,140 +endpoint-hour per zone`, found.stdout, "six in three zones")
	assert.Regexp(t, `CloudFront requests +1,000,000`, found.stdout)
}

func TestCost_accessDenied_namesTheNextStep(t *testing.T) {
	w := priced(t, "ENABLED")
	w.server.Faults.Add(faults.Rule{Operation: "cloudwatch.DescribeAlarms", Fault: faults.Denied})
	denied := w.run(t, "", "--stack", "prod", "cost")
	assert.Equal(t, 1, denied.status)
	assert.Contains(t, denied.stderr, "listing the alarms ingest-prod-*: ")
	assert.Contains(t, denied.stderr, "next: these credentials may not do that")
}

func TestCost_plan_needsNoAWS(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.server.Close())
	for args, want := range map[string]string{
		"--payloads 10X":                `the number of payloads is "10X"; allowed is 0 to 1000B, whole, as in 250000, 250k, 10M or 1.5B`,
		"--zones 1":                     "zones is 1; allowed is 2 to 6",
		"--architecture ppc":            `api architecture is "ppc"; allowed is x86_64 or arm64`,
		"--region mars-north-1":         `the price table has no region "mars-north-1"; it has us-east-1`,
		"--per-call 0":                  "messages per call is 0; allowed is 1 to 10",
		"--worker-tasks=-1 --alarms=-1": "worker tasks is -1; allowed is 0 to 10000\nalarms is -1; allowed is 0 to 10000",
	} {
		refused := w.run(t, "", append([]string{"cost"}, strings.Fields(args)...)...)
		assert.NotZero(t, refused.status, args)
		assert.Contains(t, refused.stderr, want, args)
		assert.Empty(t, refused.stdout, args)
	}
}

// TestCost_page_showsWhatTheCommandPrints runs each command line of
// docs/cost.md and compares its output with what follows it.
func TestCost_page_showsWhatTheCommandPrints(t *testing.T) {
	const page = "../../../docs/cost.md"
	w := newWorld(t)
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```console\n\\$ ingestctl (cost[^\n]*)\n.*?```")
	require.NotEmpty(t, blocks.FindAll(text, -1))
	got := blocks.ReplaceAllFunc(text, func(block []byte) []byte {
		line := string(blocks.FindSubmatch(block)[1])
		printed := w.run(t, "", strings.Fields(line)...)
		require.Zero(t, printed.status, printed.stderr)
		return []byte("```console\n$ ingestctl " + line + "\n" + printed.stdout + "```")
	})
	if *update {
		require.NoError(t, os.WriteFile(page, got, 0o600))
		t.Errorf("%s was written; run the test again without -update", page)
		return
	}
	assert.Equal(t, string(text), string(got), "run: go test ./tests/ingestctl -run Cost -update")
}

// TestCost_capacityPage_hasTheBillOfEachCommand runs the commands in the table of
// docs/capacity.md, whose last column is the bill of a month.
func TestCost_capacityPage_hasTheBillOfEachCommand(t *testing.T) {
	text, err := os.ReadFile("../../../docs/capacity.md")
	require.NoError(t, err)
	rows := regexp.MustCompile("`ingestctl (cost [^`]*)` \\| \\$([0-9,]+) \\|").FindAllStringSubmatch(string(text), -1)
	require.Len(t, rows, 3)
	w := newWorld(t)
	for _, row := range rows {
		printed := w.run(t, "", append(strings.Fields(row[1]), "-o", "json")...)
		require.Zero(t, printed.status, printed.stderr)
		var estimate struct {
			MonthUSD float64 `json:"month_usd"`
		}
		require.NoError(t, json.Unmarshal([]byte(printed.stdout), &estimate))
		assert.Equal(t, strings.ReplaceAll(row[2], ",", ""), strconv.FormatFloat(estimate.MonthUSD, 'f', 0, 64), row[1])
	}
}
