package bootstrap_test

import "testing"

// dashboard is the ARN of a dashboard, which has no region.
func dashboard(name string) string { return "arn:aws:cloudwatch::123456789012:dashboard/" + name }

func TestCd_monitoring_ownAlarmsAndDashboardOnly(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	alarm := []string{"cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:TagResource"}
	board := []string{"cloudwatch:PutDashboard", "cloudwatch:GetDashboard", "cloudwatch:DeleteDashboards"}
	assertAllowed(
		t, cd,
		calls(in("cloudwatch", "alarm:ingest-prod-api-5xx"), alarm...), calls(in("cloudwatch", "alarm:ingest-prod-worker-stores-nothing"), alarm...),
		calls(dashboard("ingest-prod-overview"), board...),
	)
	assertRefused(
		t, cd,
		calls(in("cloudwatch", "alarm:ingest-prod-emails-dlq-not-empty"), alarm...), calls(in("cloudwatch", "alarm:ingest-staging-api-5xx"), alarm...),
		calls(in("cloudwatch", "alarm:other"), alarm...),
		calls(dashboard("other"), board...), calls(dashboard("ingest-prod-other"), board...), calls(dashboard("ingest-staging-overview"), board...),
		calls(in("cloudwatch", "alarm:ingest-prod-api-5xx"), "cloudwatch:SetAlarmState", "cloudwatch:DisableAlarmActions"),
		calls("*", "cloudwatch:PutMetricData", "cloudwatch:ListDashboards"),
		calls(in("sns", "ingest-prod-alarms"), "sns:Publish", "sns:SetTopicAttributes", "sns:Subscribe"),
	)
}

func TestDrift_monitoring_readsAndChangesNothing(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	assertAllowed(
		t, drift,
		calls(dashboard("ingest-prod-overview"), "cloudwatch:GetDashboard"),
		calls(in("cloudwatch", "alarm:ingest-prod-api-5xx"), "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
	)
	assertRefused(
		t, drift,
		calls(dashboard("ingest-prod-overview"), "cloudwatch:PutDashboard", "cloudwatch:DeleteDashboards"), calls(dashboard("other"), "cloudwatch:GetDashboard"),
		calls(in("cloudwatch", "alarm:ingest-prod-api-5xx"), "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms"),
	)
}
