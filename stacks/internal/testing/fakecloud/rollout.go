package fakecloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// MakeUnhealthy makes every task with an image of that digest unhealthy, so that ECS rolls
// back an update of a service to it. A first deployment has nothing to go back to,
// and succeeds here.
func (c *Cloud) MakeUnhealthy(digest string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unhealthy[digest] = true
}

// Alarm makes every task with an image of that digest set off an alarm, so that ECS
// rolls back an update of a service to it, if the service's deployments are watched
// by that alarm.
func (c *Cloud) Alarm(digest, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarming[digest] = name
}

// rollOut gives a service its new task definition, or the one before again where
// the new tasks are unhealthy. The provider waits for a steady state, which the
// service reaches either way.
func rollOut(c *Cloud, o *object, _ resource.PropertyMap, _ []string) {
	task := text(o.attributes, "taskDefinition")
	if !c.unhealthyTasks(task) && c.alarm(o) == "" {
		c.running[o.id] = task
		return
	}
	c.rolledBack[o.id], c.setOff[o.id] = task, c.alarm(o)
	o.attributes["taskDefinition"] = resource.NewStringProperty(c.running[o.id])
}

// unhealthyTasks reports whether the tasks of a task definition are unhealthy.
func (c *Cloud) unhealthyTasks(task string) bool {
	for digest := range c.unhealthy {
		if c.has(task, digest) {
			return true
		}
	}
	return false
}

// has reports whether a task definition has an image of the digest.
func (c *Cloud) has(task, digest string) bool {
	o := c.find(taskType, task)
	return o != nil && strings.Contains(text(o.attributes, "containerDefinitions"), digest)
}

// alarm is the alarm that the tasks of a service set off, if ECS watches it and it
// exists, or empty.
func (c *Cloud) alarm(service *object) string {
	watched := service.attributes["alarms"]
	if !watched.IsObject() || !watched.ObjectValue()["enable"].BoolValue() {
		return ""
	}
	for digest, name := range c.alarming {
		if c.has(text(service.attributes, "taskDefinition"), digest) && c.find(alarmType, name) != nil && slices.Contains(texts(watched.ObjectValue(), "alarmNames"), name) {
			return name
		}
	}
	return ""
}

// service returns the service of a name in a cluster, or nil.
func (c *Cloud) service(cluster, name string) *object {
	for _, o := range c.objects {
		if o.kind.token == serviceType && text(o.attributes, "cluster") == cluster && text(o.attributes, "name") == name {
			return o
		}
	}
	return nil
}

// getService fails with the provider's message where there is no such service:
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/ecs/service_data_source.go
func getService(c *Cloud, args resource.PropertyMap) (outputs, error) {
	o := c.service(text(args, "clusterArn"), text(args, "serviceName"))
	if o == nil {
		return nil, errors.New("reading ECS Service: couldn't find resource")
	}
	return outputs{
		"id": o.id, "arn": o.id, "clusterArn": text(o.attributes, "cluster"), "serviceName": text(o.attributes, "name"),
		"desiredCount": o.attributes["desiredCount"], "taskDefinition": text(o.attributes, "taskDefinition"),
		"launchType": text(o.attributes, "launchType"), "schedulingStrategy": "REPLICA",
	}, nil
}

// ECS answers the calls of ECS's own API that explain a rollback.
func (c *Cloud) ECS(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var asked struct {
		Cluster, Service string
		Services         []string
		// ServiceDeploymentArns are, here, the ARNs of services.
		ServiceDeploymentArns []string
	}
	_ = json.Unmarshal(body, &asked)
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.service(asked.Cluster, strings.Join(append(asked.Services, asked.Service), ""))
	for _, id := range asked.ServiceDeploymentArns {
		o = c.find(serviceType, id)
	}
	answer := map[string]any{}
	switch _, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); {
	case o == nil:
		w.WriteHeader(http.StatusBadRequest)
		answer["__type"] = "ServiceNotFoundException"
	case call == "DescribeServices":
		answer["services"] = []any{map[string]any{
			"deployments": []any{map[string]any{"status": "PRIMARY", "taskDefinition": c.running[o.id], "rolloutState": "COMPLETED", "rolloutStateReason": "ECS deployment completed."}},
			"events":      []any{map[string]any{"createdAt": 1767323045, "message": fmt.Sprintf("(service %s) deployment failed: tasks failed to start.", text(o.attributes, "name"))}},
		}}
	case call == "ListServiceDeployments" && c.rolledBack[o.id] != "":
		reason := "the circuit breaker threshold was exceeded."
		if c.setOff[o.id] != "" {
			reason = "a CloudWatch alarm was detected."
		}
		answer["serviceDeployments"] = []any{map[string]any{
			"createdAt": 1767323045, "status": "ROLLBACK_SUCCESSFUL", "statusReason": "Service deployment rolled back because " + reason,
			"serviceDeploymentArn": o.id,
		}}
	case call == "DescribeServiceDeployments" && c.setOff[o.id] != "":
		answer["serviceDeployments"] = []any{map[string]any{"alarms": map[string]any{"triggeredAlarmNames": []any{c.setOff[o.id]}}}}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(answer)
}
