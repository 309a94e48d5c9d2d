package cli

import (
	"net/url"
	"strings"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/cost"
	"github.com/ingest-iac/ingest/services/ingestctl/internal/target"
)

// costCommand estimates the stack, or without one the defaults, each with the
// flags in place of what it finds.
type costCommand struct {
	Payloads string `help:"How many payloads a month, as in 250k, 10M or 1.5B." default:"0"`

	APITasks       *int    `name:"api-tasks" help:"How many api tasks run all month."`
	WorkerTasks    *int    `help:"How many worker tasks run all month; 0 for a worker that scales from zero."`
	CPU            *int    `name:"cpu" help:"The CPU units of a task."`
	Memory         *int    `help:"The MiB of a task."`
	Architecture   *string `help:"What the tasks run on: x86_64 or arm64."`
	WorkerSpot     *int    `help:"The percentage of the worker's tasks on Fargate Spot."`
	PublicIP       *bool   `name:"public-ip" help:"Whether tasks have public addresses." negatable:""`
	Zones          *int    `help:"The zones of the load balancer."`
	CloudFront     *bool   `name:"cloudfront" help:"Whether CloudFront is before an internal load balancer." negatable:""`
	PrivateNetwork *bool   `help:"Whether tasks reach AWS through interface endpoints." negatable:""`
	Alarms         *int    `help:"The CloudWatch alarms."`
	Dashboards     *int    `help:"The CloudWatch dashboards."`
	Monitoring     bool    `help:"Adds what compute's setting monitoring makes: alarms, a dashboard and metrics."`
	KMSKeys        *int    `name:"kms-keys" help:"The customer-managed KMS keys."`
	WebACLRules    *int    `name:"web-acl-rules" help:"The rules of a web ACL; 0 is no web ACL."`
	LogRequests    *bool   `help:"Whether each payload is logged: LOG_LEVEL is INFO or DEBUG." negatable:""`
	LogDays        *int    `help:"How long logs are kept."`
	ObjectDays     *int    `help:"How long an object takes up space, as a noncurrent version too."`
	PayloadBytes   *int    `help:"The size of a payload."`
	PerCall        *int    `help:"The messages of one SQS call: 1 on a quiet system, 10 on a busy one."`
}

// Validate is called by kong.
func (c *costCommand) Validate() error {
	_, err := cost.ParsePayloads(c.Payloads)
	return err
}

// Run implements the command.
func (c *costCommand) Run(s *session) error {
	payloads, err := cost.ParsePayloads(c.Payloads)
	if err != nil {
		return err
	}
	configuration := cost.Default()
	if s.flags.Stack != "" {
		if configuration, err = c.deployed(s); err != nil {
			return err
		}
	} else if s.flags.Region != "" {
		configuration.Region = s.flags.Region
	}
	c.override(&configuration)
	estimate, err := cost.Of(configuration, payloads)
	if err != nil {
		return err
	}
	return s.print(&estimate, func(w *screen) { estimate.Write(w, w.table) })
}

// deployed is the configuration of the stack as AWS has it. What AWS does not
// show, such as the size of a payload, has its default.
func (c *costCommand) deployed(s *session) (cost.Configuration, error) {
	on, err := s.target(target.APIURL, target.Region, target.KMSKey, target.Cluster, target.APIService, target.WorkerService)
	if err != nil {
		return cost.Configuration{}, err
	}
	configuration, err := deployedConfiguration(s, on)
	if err != nil {
		return cost.Configuration{}, aws.Explain(err, on)
	}
	return configuration, nil
}

func deployedConfiguration(s *session, on target.Target) (cost.Configuration, error) {
	configuration := cost.Default()
	configuration.Region = on.Get(target.Region)
	if on.Get(target.KMSKey) != "" {
		configuration.KMSKeys = 1
	}
	config, err := aws.Config(s.ctx, on)
	if err != nil {
		return configuration, err
	}
	cluster := aws.NewCluster(config, on.Get(target.Cluster))
	for _, service := range []struct {
		arn  target.Part
		into *cost.Tasks
	}{{target.WorkerService, &configuration.Worker}, {target.APIService, &configuration.API}} {
		size, err := cluster.Size(s.ctx, on.Get(service.arn))
		if err != nil {
			return configuration, err
		}
		*service.into = cost.Tasks{
			Count: size.Desired, CPU: size.CPU, Memory: size.Memory, Architecture: size.Architecture,
			SpotPercent: size.SpotPercent, PublicIP: size.PublicIP,
		}
		if size.Metrics {
			configuration.Metrics = cost.ServiceMetrics
		}
		// The load balancer is in the zones of the api.
		configuration.Zones = size.Subnets
	}
	configuration.PrivateNetwork = !configuration.API.PublicIP && !configuration.Worker.PublicIP
	if api, err := url.Parse(on.Get(target.APIURL)); err == nil {
		configuration.CloudFront = strings.HasSuffix(api.Hostname(), ".cloudfront.net")
	}
	prefix := strings.TrimSuffix(aws.Name(on.Get(target.Cluster)), "cluster")
	metrics := aws.NewMetrics(config)
	if configuration.Alarms, err = metrics.Alarms(s.ctx, prefix); err != nil {
		return configuration, err
	}
	configuration.Dashboards, err = metrics.Dashboards(s.ctx, prefix)
	return configuration, err
}

// override puts what the flags say into the configuration.
func (c *costCommand) override(into *cost.Configuration) {
	if c.Monitoring {
		into.Monitor()
	}
	set(c.APITasks, &into.API.Count)
	set(c.WorkerTasks, &into.Worker.Count)
	set(c.CPU, &into.API.CPU, &into.Worker.CPU)
	set(c.Memory, &into.API.Memory, &into.Worker.Memory)
	set(c.Architecture, &into.API.Architecture, &into.Worker.Architecture)
	set(c.WorkerSpot, &into.Worker.SpotPercent)
	set(c.PublicIP, &into.API.PublicIP, &into.Worker.PublicIP)
	set(c.Zones, &into.Zones)
	set(c.CloudFront, &into.CloudFront)
	set(c.PrivateNetwork, &into.PrivateNetwork)
	set(c.Alarms, &into.Alarms)
	set(c.Dashboards, &into.Dashboards)
	set(c.KMSKeys, &into.KMSKeys)
	set(c.WebACLRules, &into.WebACLRules)
	set(c.LogRequests, &into.LogsRequests)
	set(c.LogDays, &into.LogRetentionDays)
	set(c.ObjectDays, &into.RetentionDays)
	set(c.PayloadBytes, &into.PayloadBytes)
	set(c.PerCall, &into.MessagesPerCall)
}

// set puts a flag's value, if it was given, where it belongs.
func set[T any](given *T, into ...*T) {
	if given != nil {
		for _, value := range into {
			*value = *given
		}
	}
}
