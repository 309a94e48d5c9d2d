// Package cost estimates what a deployment costs a month: what it costs without
// a payload, and what each million payloads adds.
package cost

import (
	"errors"
	"fmt"
	"strings"
)

// Architectures that the tasks can run on.
const (
	X86 = "x86_64"
	ARM = "arm64"
)

// Tasks are the tasks of one service.
type Tasks struct {
	// Count is how many run all month; 0 is a service that has scaled to zero.
	Count int `json:"count"`
	// CPU is in CPU units, 1,024 to a vCPU; Memory in MiB.
	CPU    int `json:"cpu"`
	Memory int `json:"memory"`
	// Architecture is X86 or ARM.
	Architecture string `json:"architecture"`
	// SpotPercent of the tasks run on Fargate Spot.
	SpotPercent int `json:"spot_percent"`
	// PublicIP gives each task a public address.
	PublicIP bool `json:"public_ip"`
}

// Configuration is what the cost depends on.
type Configuration struct {
	Region string `json:"region"`
	API    Tasks  `json:"api"`
	Worker Tasks  `json:"worker"`

	// Zones are the availability zones of the load balancer and the endpoints.
	Zones int `json:"zones"`
	// CloudFront puts a distribution before an internal load balancer.
	CloudFront bool `json:"cloudfront"`
	// PrivateNetwork has interface endpoints for AWS in each zone.
	PrivateNetwork bool `json:"private_network"`

	Alarms     int `json:"alarms"`
	Dashboards int `json:"dashboards"`
	// Metrics are those that the services report themselves.
	Metrics int `json:"metrics"`
	// KMSKeys are customer-managed keys of this environment.
	KMSKeys int `json:"kms_keys"`
	// WebACLRules are the rules of a web ACL; 0 is no web ACL.
	WebACLRules int `json:"web_acl_rules"`

	// LogsRequests is a log level of INFO or lower: a record for each payload
	// in both services.
	LogsRequests     bool `json:"logs_requests"`
	LogRetentionDays int  `json:"log_retention_days"`
	// RetentionDays is how long an object takes up space: until it expires, and
	// as a noncurrent version after that.
	RetentionDays int `json:"retention_days"`

	// PayloadBytes is the size of a payload.
	PayloadBytes int `json:"payload_bytes"`
	// MessagesPerCall are the messages of one send, receive or delete call: 1 on
	// a quiet system, 10 on a busy one.
	MessagesPerCall int `json:"messages_per_call"`
}

// Default is a deployment whose settings all have their defaults.
func Default() Configuration {
	tasks := Tasks{Count: 1, CPU: 256, Memory: 512, Architecture: X86, PublicIP: true}
	return Configuration{
		Region: "us-east-1", API: tasks, Worker: tasks, Zones: 2, Alarms: 1,
		LogsRequests: true, LogRetentionDays: 3, RetentionDays: 60,
		PayloadBytes: 2048, MessagesPerCall: 10,
	}
}

// What the setting monitoring of compute adds: the metrics that its alarms read, and
// those that the services report.
const (
	monitoringAlarms = 11
	// ServiceMetrics are those of both services.
	ServiceMetrics = 6
)

// Monitor adds what the setting monitoring of compute makes, unless it is on.
func (c *Configuration) Monitor() {
	if c.Metrics > 0 {
		return
	}
	c.Alarms += monitoringAlarms
	c.Dashboards++
	c.Metrics += ServiceMetrics
}

// Limits that AWS sets.
const (
	// maxMessages of one SendMessageBatch, ReceiveMessage or DeleteMessageBatch.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
	maxMessages = 10
	// maxPayload is the most bytes of the queue's messages.
	maxPayload = 262144
	// maxBatch is the most bytes of one batch.
	maxBatch = 262144
	// minZones of an Application Load Balancer; no region has more than maxZones.
	minZones, maxZones = 2, 6
)

// most bounds counts, so that a mistyped one is noticed.
const most = 10_000

// validate names every value that is not allowed.
func (c *Configuration) validate() error {
	var wrong []error
	check := func(name string, value, least, most int) {
		if value < least || value > most {
			wrong = append(wrong, fmt.Errorf("%s is %d; allowed is %d to %d", name, value, least, most))
		}
	}
	for _, service := range []struct {
		name  string
		tasks Tasks
		least int
	}{{"api", c.API, 1}, {"worker", c.Worker, 0}} {
		check(service.name+" tasks", service.tasks.Count, service.least, most)
		check(service.name+" cpu", service.tasks.CPU, 256, 16384)
		check(service.name+" memory", service.tasks.Memory, 512, 122880)
		check(service.name+" spot percent", service.tasks.SpotPercent, 0, 100)
		if found := service.tasks.Architecture; found != X86 && found != ARM {
			wrong = append(wrong, fmt.Errorf("%s architecture is %q; allowed is %s", service.name, found, strings.Join([]string{X86, ARM}, " or ")))
		}
	}
	check("zones", c.Zones, minZones, maxZones)
	check("alarms", c.Alarms, 0, most)
	check("dashboards", c.Dashboards, 0, most)
	check("metrics", c.Metrics, 0, most)
	check("kms keys", c.KMSKeys, 0, most)
	check("web ACL rules", c.WebACLRules, 0, most)
	check("log retention days", c.LogRetentionDays, 1, 3653)
	check("retention days", c.RetentionDays, 1, 36500)
	check("payload bytes", c.PayloadBytes, 1, maxPayload)
	check("messages per call", c.MessagesPerCall, 1, maxMessages)
	return errors.Join(wrong...)
}
