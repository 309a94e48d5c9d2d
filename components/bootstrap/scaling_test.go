package bootstrap_test

import (
	"maps"
	"testing"
)

func TestCd_scalesTheServicesOfItsEnvironments(t *testing.T) {
	cd := identity(t, build(t, required()), "cd")
	target := in("application-autoscaling", "scalable-target/0a1b")
	of := func(kind, project, namespace string) map[string]string {
		context := maps.Clone(projectTags(kind, project, "prod"))
		context["application-autoscaling:service-namespace"] = namespace
		return context
	}
	change := []string{
		"application-autoscaling:RegisterScalableTarget", "application-autoscaling:DeregisterScalableTarget",
		"application-autoscaling:PutScalingPolicy", "application-autoscaling:DeleteScalingPolicy",
	}
	tag := []string{"application-autoscaling:TagResource", "application-autoscaling:UntagResource"}
	alarm := []string{"cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms"}
	assertAllowed(
		t, cd,
		with(of("Request", "ingest", "ecs"), target, "application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"),
		with(of("Resource", "ingest", "ecs"), target, change...),
		with(projectTags("Resource", "ingest", "prod"), target, tag...),
		calls("*", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
		calls(target, "application-autoscaling:ListTagsForResource"),
		calls(in("cloudwatch", "alarm:ingest-prod-worker-first"), alarm...),
		calls(in("cloudwatch", "alarm:TargetTracking-service/ingest-prod-cluster/ingest-prod-api-AlarmHigh-1"), alarm...),
		calls(in("ecs", "cluster/ingest-prod-cluster"), "ecs:PutClusterCapacityProviders"),
	)
	assertRefused(
		t, cd,
		calls(target, change...),
		with(of("Resource", "other", "ecs"), target, change...),
		with(projectTags("Resource", "other", "prod"), target, tag...),
		calls(target, tag...),
		with(of("Resource", "ingest", "dynamodb"), target, change...),
		with(of("Request", "other", "ecs"), target, "application-autoscaling:RegisterScalableTarget"),
		calls(in("cloudwatch", "alarm:ingest-prod-emails-dlq-not-empty"), alarm...),
		calls(in("cloudwatch", "alarm:TargetTracking-service/other/ingest-prod-api-AlarmHigh-1"), alarm...),
	)
}

func TestDrift_readsAutoscalersAndChangesNone(t *testing.T) {
	drift := identity(t, build(t, required()), "drift")
	target := in("application-autoscaling", "scalable-target/0a1b")
	assertAllowed(
		t, drift,
		calls("*", "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
		calls(target, "application-autoscaling:ListTagsForResource"),
		calls(in("cloudwatch", "alarm:ingest-prod-worker-first"), "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"),
	)
	assertRefused(t, drift, calls(target, "application-autoscaling:RegisterScalableTarget", "application-autoscaling:PutScalingPolicy"))
}
