package bootstrap

import (
	"slices"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
)

// cdScaling lets cd make the autoscalers of an environment's services, the alarms
// that they act on, and those that watch the services. The ARN of a scalable target ends with an id, so targets
// are known by their tags; cd tags what it makes as it makes it.
func (s scope) cdScaling() iamdoc.Document {
	conditions := func(of string) iamdoc.Conditions {
		return iamdoc.Conditions{"StringEquals": {
			"application-autoscaling:service-namespace": {"ecs"},
			"aws:" + of + "Tag/Project":                 {s.project},
			"aws:" + of + "Tag/Environment":             s.environments,
		}}
	}
	targets := []string{s.regional("application-autoscaling", "scalable-target/*")}
	const byTag = "the ARNs of scalable targets are ids; the tags leave this project's"
	return append(iamdoc.Document{
		{
			Sid: "CreateScalableTargets", Effect: iamdoc.Allow,
			Actions:   []string{"application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"},
			Resources: targets, Reason: byTag, Conditions: conditions("Request"),
		},
		{
			Sid: "ChangeScalableTargets", Effect: iamdoc.Allow,
			Actions: []string{
				"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget",
				"application-autoscaling:PutScalingPolicy", "application-autoscaling:RegisterScalableTarget",
			},
			Resources: targets, Reason: byTag, Conditions: conditions("Resource"),
		},
		{
			// A change of the setting tags: the request has only the tags that change.
			Sid: "TagScalableTargets", Effect: iamdoc.Allow,
			Actions:   []string{"application-autoscaling:TagResource", "application-autoscaling:UntagResource"},
			Resources: targets, Reason: byTag,
			Conditions: iamdoc.Conditions{"StringEquals": {
				"aws:ResourceTag/Project": {s.project}, "aws:ResourceTag/Environment": s.environments,
			}},
		},
		{
			// The alarms of target tracking are named after the service, and made with
			// the rights of the caller.
			Sid: "Alarms", Effect: iamdoc.Allow,
			Actions: []string{
				"cloudwatch:DeleteAlarms", "cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource", "cloudwatch:PutMetricAlarm",
				"cloudwatch:TagResource", "cloudwatch:UntagResource",
			},
			Resources: slices.Concat(s.alarms(), s.each(func(e naming.Environment) []string {
				return []string{s.regional("cloudwatch", "alarm:TargetTracking-service/"+e.Named("*")+"/*")}
			})),
		},
	}, s.describeScaling()...)
}

// alarms are those that compute makes, named after a service. The alarm on the
// dead-letter queue is data-config's.
func (s scope) alarms() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("cloudwatch", "alarm:"+e.Named("api-*")), s.regional("cloudwatch", "alarm:"+e.Named("worker-*"))}
	})
}

// describeScaling is what the provider reads of autoscalers.
func (s scope) describeScaling() iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "DescribeScaling", Effect: iamdoc.Allow,
			Actions: []string{
				"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
			},
			Resources: []string{"*"}, Reason: "the calls take no resource; they list limits and policies of scaling",
		},
		{
			Sid: "ListScalingTags", Effect: iamdoc.Allow,
			Actions:   []string{"application-autoscaling:ListTagsForResource"},
			Resources: []string{s.regional("application-autoscaling", "scalable-target/*")},
			Reason:    "the ARNs of scalable targets are ids; only tags are read",
		},
	}
}
