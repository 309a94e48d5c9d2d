package aws

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
)

// Alarms counts the alarms whose name has the prefix as CloudWatch bills them:
// one for each metric that an alarm reads.
func (c *Metrics) Alarms(ctx context.Context, prefix string) (int, error) {
	count := 0
	pages := cloudwatch.NewDescribeAlarmsPaginator(c.client, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("listing the alarms %s*: %w", prefix, err)
		}
		for i := range page.MetricAlarms {
			metrics := 0
			for _, query := range page.MetricAlarms[i].Metrics {
				if query.MetricStat != nil {
					metrics++
				}
			}
			count += max(1, metrics)
		}
	}
	return count, nil
}

// Dashboards counts the dashboards whose name has the prefix.
func (c *Metrics) Dashboards(ctx context.Context, prefix string) (int, error) {
	count := 0
	pages := cloudwatch.NewListDashboardsPaginator(c.client, &cloudwatch.ListDashboardsInput{DashboardNamePrefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("listing the dashboards %s*: %w", prefix, err)
		}
		count += len(page.DashboardEntries)
	}
	return count, nil
}
