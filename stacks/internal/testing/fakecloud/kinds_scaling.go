package fakecloud

import "github.com/pulumi/pulumi/sdk/v3/go/common/resource"

const (
	scalableType  = "aws:appautoscaling/target:Target"
	providersType = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
)

var scalingKinds = map[string]*kind{
	scalableType: {
		identify: given("resourceId"),
		computed: func(c *Cloud, _ string, _ resource.PropertyMap) outputs {
			return outputs{
				"arn":     c.arn("application-autoscaling", "scalable-target/"+c.hex(30)),
				"roleArn": iamArn("role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"),
			}
		},
		replaces: []string{"resourceId", "scalableDimension", "serviceNamespace"},
		validate: validateScalable,
		create:   clamp,
		update:   func(c *Cloud, o *object, _ resource.PropertyMap, _ []string) { clamp(c, o) },
	},
	"aws:appautoscaling/policy:Policy": {
		identify: given("name"), autoname: "name", longest: 255,
		computed: func(c *Cloud, id string, inputs resource.PropertyMap) outputs {
			return outputs{
				"arn":       c.arn("autoscaling", "scalingPolicy:"+c.hex(32)+":resource/ecs/"+text(inputs, "resourceId")+":policyName/"+id),
				"alarmArns": []any{},
			}
		},
		replaces: []string{"name", "resourceId", "scalableDimension", "serviceNamespace"},
		needs:    []need{{path: "resourceId", kind: scalableType, missing: "ObjectNotFoundException: No scalable target registered for resource ID: %s"}},
	},
	providersType: {
		identify: given("clusterName"),
		replaces: []string{"clusterName"},
	},
}

// scaled returns the service of a scalable target, or nil.
func (c *Cloud) scaled(inputs resource.PropertyMap) *object {
	return c.find(serviceType, c.arn("ecs", text(inputs, "resourceId")))
}

func validateScalable(c *Cloud, inputs resource.PropertyMap) error {
	if c.scaled(inputs) == nil {
		return refusal("ValidationException: ECS service doesn't exist: %s", text(inputs, "resourceId"))
	}
	return nil
}

// clamp moves the number of a service's tasks into the limits, as the autoscaler
// does at once.
func clamp(c *Cloud, o *object) {
	service := c.scaled(o.attributes)
	limited := min(max(service.attributes["desiredCount"].NumberValue(), o.attributes["minCapacity"].NumberValue()), o.attributes["maxCapacity"].NumberValue())
	service.attributes["desiredCount"] = resource.NewNumberProperty(limited)
}
