package compute

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// graph is a widget with lines over time.
type graph struct {
	title string
	lines []line
}

type line struct {
	label string
	metric
}

// graphs show the way of a payload: accepted, in the queue, stored; then what keeps
// it from getting there.
func graphs(m measured) []graph {
	api, worker := m.apiTasks, m.workerTasks
	memory := func(of metric) metric { return metric{of.namespace, "MemoryUtilization", "Average", of.dimensions} }
	cpu := func(of metric) metric { return metric{of.namespace, of.name, "Average", of.dimensions} }
	return []graph{
		{"Payloads", []line{
			{"accepted", m.own(apiName, "PayloadsAccepted")},
			{"rejected", m.own(apiName, "PayloadsRejected")},
			{"stored", m.own(workerName, "MessagesStored")},
		}},
		{"Messages in the queue", []line{
			{"waiting", visible(m.queue)}, {"in flight", ofQueue("ApproximateNumberOfMessagesNotVisible", "Average", m.queue)},
		}},
		{"Age of the oldest message, seconds", []line{{"age", ofQueue("ApproximateAgeOfOldestMessage", "Maximum", m.queue)}}},
		{"Messages in the dead-letter queue", []line{{"waiting", ofQueue("ApproximateNumberOfMessagesVisible", "Maximum", m.deadLetters)}}},
		{"Errors", []line{
			{"5xx of the load balancer", ofBalancer("HTTPCode_ELB_5XX_Count", "Sum", m.balancer)},
			{"5xx of the api", m.ofTargets("HTTPCode_Target_5XX_Count", "Sum")},
			{"token reads", m.own(apiName, "TokenRefreshFailures")},
			{"uploads", m.own(workerName, "UploadFailures")},
		}},
		{"Response time of the api, seconds", []line{
			{"median", m.ofTargets("TargetResponseTime", "p50")}, {"99th percentile", m.ofTargets("TargetResponseTime", "p99")},
		}},
		{"Tasks", []line{{"api", api}, {"worker", worker}}},
		{"Tasks behind the load balancer", []line{
			{"healthy", m.ofTargets("HealthyHostCount", "Minimum")}, {"unhealthy", m.ofTargets("UnHealthyHostCount", "Maximum")},
		}},
		{"CPU and memory of the tasks, percent", []line{
			{"api, CPU", cpu(api)}, {"api, memory", memory(api)}, {"worker, CPU", cpu(worker)}, {"worker, memory", memory(worker)},
		}},
	}
}

// The body of a dashboard, as far as this one needs it.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
type (
	dashboardBody struct {
		Widgets []widget `json:"widgets"`
	}
	widget struct {
		Type       string     `json:"type"`
		X          int        `json:"x"`
		Y          int        `json:"y"`
		Width      int        `json:"width"`
		Height     int        `json:"height"`
		Properties properties `json:"properties"`
	}
	properties struct {
		Title   string   `json:"title"`
		Region  string   `json:"region,omitempty"`
		View    string   `json:"view,omitempty"`
		Period  int      `json:"period,omitempty"`
		Metrics [][]any  `json:"metrics,omitempty"`
		Alarms  []string `json:"alarms,omitempty"`
	}
	// look is the last entry of a metric.
	look struct {
		Label string `json:"label"`
		Stat  string `json:"stat"`
	}
)

// dashboard makes the dashboard once every name in it is known.
func (b *builder) dashboard(alarms []*cloudwatch.MetricAlarm, shown []graph) error {
	var known pulumi.StringArray
	for _, alarm := range alarms {
		known = append(known, alarm.Arn)
	}
	for _, g := range shown {
		for _, l := range g.lines {
			for _, name := range l.dimensionNames() {
				known = append(known, l.dimensions[name])
			}
		}
	}
	body := known.ToStringArrayOutput().ApplyT(func(values []string) (string, error) {
		text, err := json.Marshal(rendered(b.args.Region, values[:len(alarms)], shown, values[len(alarms):]))
		if err != nil {
			return "", fmt.Errorf("rendering the dashboard: %w", err)
		}
		return string(text), nil
	}).(pulumi.StringOutput) //nolint:forcetypeassert // ApplyT returns the output type of what its function returns
	_, err := cloudwatch.NewDashboard(b.Ctx, b.names.Named("overview"), &cloudwatch.DashboardArgs{
		DashboardName: pulumi.String(b.names.Named("overview")), DashboardBody: body,
	}, b.Child()...)
	return err
}

func (m metric) dimensionNames() []string { return slices.Sorted(maps.Keys(m.dimensions)) }

// rendered places the alarms above the graphs, three of which are in a row of the 24
// columns. The values are those of the dimensions, in their order.
func rendered(region string, alarms []string, shown []graph, values []string) dashboardBody {
	const across, width, height, top = 3, 8, 6, 3
	body := dashboardBody{Widgets: []widget{{
		Type: "alarm", Width: across * width, Height: top, Properties: properties{Title: "Alarms", Alarms: alarms},
	}}}
	for i, g := range shown {
		w := widget{
			Type: "metric", X: i % across * width, Y: top + i/across*height, Width: width, Height: height,
			Properties: properties{Title: g.title, Region: region, View: "timeSeries", Period: 60},
		}
		for _, l := range g.lines {
			entry := []any{l.namespace, l.name}
			for _, name := range l.dimensionNames() {
				entry, values = append(entry, name, values[0]), values[1:]
			}
			w.Properties.Metrics = append(w.Properties.Metrics, append(entry, look{Label: l.label, Stat: l.statistic}))
		}
		body.Widgets = append(body.Widgets, w)
	}
	return body
}
