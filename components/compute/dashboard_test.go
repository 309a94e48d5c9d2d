package compute_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// known are the metrics that there are, with their dimensions: those of AWS by its
// documentation, and the services' own.
var known = map[string][]string{
	"AWS/SQS ApproximateNumberOfMessagesVisible":    {"QueueName"},
	"AWS/SQS ApproximateNumberOfMessagesNotVisible": {"QueueName"},
	"AWS/SQS ApproximateAgeOfOldestMessage":         {"QueueName"},
	"AWS/ApplicationELB HTTPCode_ELB_5XX_Count":     {"LoadBalancer"},
	"AWS/ApplicationELB HTTPCode_Target_5XX_Count":  {"LoadBalancer", "TargetGroup"},
	"AWS/ApplicationELB TargetResponseTime":         {"LoadBalancer", "TargetGroup"},
	"AWS/ApplicationELB HealthyHostCount":           {"LoadBalancer", "TargetGroup"},
	"AWS/ApplicationELB UnHealthyHostCount":         {"LoadBalancer", "TargetGroup"},
	"AWS/ECS CPUUtilization":                        {"ClusterName", "ServiceName"},
	"AWS/ECS MemoryUtilization":                     {"ClusterName", "ServiceName"},
	"ingest/prod PayloadsAccepted":                  {"Service"},
	"ingest/prod PayloadsRejected":                  {"Service"},
	"ingest/prod TokenRefreshFailures":              {"Service"},
	"ingest/prod MessagesStored":                    {"Service"},
	"ingest/prod UploadFailures":                    {"Service"},
}

// values are what the dimensions may be.
var values = map[string][]string{
	"QueueName": {"emails", "dlq"}, "LoadBalancer": {"app/ingest-prod-alb/1"}, "TargetGroup": {"targetgroup/ingest-prod-api/2"},
	"ClusterName": {"ingest-prod-cluster"}, "ServiceName": {"ingest-prod-api", "ingest-prod-worker"}, "Service": {"api", "worker"},
}

type shownWidget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Region string
		Metrics       [][]any
		Alarms        []string
	}
}

// reports is the source in which a service lists its metrics.
func reports(t *testing.T, service string) string {
	t.Helper()
	source, err := os.ReadFile(fmt.Sprintf("../../services/%[1]s/app/%[1]sapp.go", service))
	require.NoError(t, err)
	return string(source)
}

func shown(t *testing.T, changes ...func(*compute.Args)) []shownWidget {
	t.Helper()
	dashboard := monitored(t, changes...).One(t, dashboardType, "ingest-prod-overview")
	assert.Equal(t, "ingest-prod-overview", dashboard.Plain("dashboardName"))
	var body struct{ Widgets []shownWidget }
	require.NoError(t, json.Unmarshal([]byte(dashboard.Plain("dashboardBody").(string)), &body))
	return body.Widgets
}

func TestDashboard_showsMetricsThatExist(t *testing.T) {
	seen := map[string]bool{}
	for _, widget := range shown(t) {
		if widget.Type == "alarm" {
			assert.Len(t, widget.Properties.Alarms, 9)
			assert.Contains(t, widget.Properties.Alarms, "arn:mock:ingest-prod-worker-stores-nothing:"+metricType)
			continue
		}
		assert.Equal(t, "eu-west-1", widget.Properties.Region, widget.Properties.Title)
		for _, metric := range widget.Properties.Metrics {
			name := fmt.Sprint(metric[0], " ", metric[1])
			seen[name] = true
			var dimensions []string
			for i := 2; i+1 < len(metric); i += 2 {
				dimension := metric[i].(string)
				dimensions = append(dimensions, dimension)
				assert.Contains(t, values[dimension], metric[i+1], "%s %s", name, dimension)
			}
			assert.Equal(t, known[name], dimensions, name)
			if dimensions[0] == "Service" {
				assert.Contains(t, reports(t, metric[3].(string)), fmt.Sprintf("{Name: %q, ", metric[1]), "the service reports it")
			}
			look := metric[len(metric)-1].(map[string]any)
			assert.NotEmpty(t, look["label"], name)
			assert.Contains(t, []any{"Sum", "Average", "Maximum", "Minimum", "SampleCount", "p50", "p99"}, look["stat"], name)
		}
	}
	for name := range known {
		assert.True(t, seen[name], "%s is not shown", name)
	}
}

func TestDashboard_widgets_fitAndDoNotOverlap(t *testing.T) {
	taken := map[[2]int]string{}
	widgets := shown(t)
	assert.Equal(t, "Alarms", widgets[0].Properties.Title)
	assert.Equal(t, "Payloads", widgets[1].Properties.Title)
	for _, widget := range widgets {
		assert.LessOrEqual(t, widget.X+widget.Width, 24, widget.Properties.Title)
		for x := widget.X; x < widget.X+widget.Width; x++ {
			for y := widget.Y; y < widget.Y+widget.Height; y++ {
				assert.Empty(t, taken[[2]int{x, y}], widget.Properties.Title)
				taken[[2]int{x, y}] = widget.Properties.Title
			}
		}
	}
}

func TestDashboard_region_isTheStacks(t *testing.T) {
	widgets := shown(t, func(args *compute.Args) { args.Region = "us-east-1" })
	assert.True(t, slices.ContainsFunc(widgets, func(w shownWidget) bool { return w.Properties.Region == "us-east-1" }))
}
