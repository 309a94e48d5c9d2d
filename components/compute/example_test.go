package compute_test

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/componentstest"
	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// HTTPS without a domain, and tasks without a way to the internet.
func ExampleHTTPSArgs() {
	args := compute.Args{
		Environment: "prod",
		API:         compute.APIArgs{ImageTag: "sha-abc1234", CPU: 512, Memory: 1024},
		Worker:      compute.WorkerArgs{ImageTag: "sha-abc1234"},
		HTTPS:       compute.HTTPSArgs{CloudFront: true},
		Network:     compute.NetworkArgs{Kind: "private", Zones: 2},
	}
	fmt.Println(args.Validate())
	// Output: <nil>
}

// A network that exists already: the load balancer in its public subnets, the
// tasks in its private ones.
func ExampleNetworkArgs() {
	args := compute.Args{
		Environment: "prod",
		API:         compute.APIArgs{ImageTag: "sha-abc1234"},
		Worker:      compute.WorkerArgs{ImageTag: "sha-abc1234"},
		HTTPS:       compute.HTTPSArgs{DomainName: "ingest.example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"},
		Network: compute.NetworkArgs{
			VpcID:            "vpc-0123456789abcdef0",
			PublicSubnetIDs:  []string{"subnet-0123456789abcdef1", "subnet-0123456789abcdef2"},
			PrivateSubnetIDs: []string{"subnet-0123456789abcdef3", "subnet-0123456789abcdef4"},
		},
	}
	fmt.Println(args.Validate())
	// Output: <nil>
}

// Alarms to the topic of the data layer, a dashboard, and the rollback of a
// deployment that sets off an alarm.
func ExampleMonitoringArgs() {
	graph := &componentstest.Graph{}
	program := func(ctx *pulumi.Context) error {
		data, err := dataconfig.New(ctx, "data", &dataconfig.Args{Environment: "prod", AlarmEmail: "ops@example.com"})
		if err != nil {
			return err
		}
		_, err = compute.New(ctx, "compute", &compute.Args{
			Environment: "prod",
			Data: compute.Data{
				QueueURL: data.EmailsQueueURL, BucketName: data.PayloadBucketName, TokenParameterName: data.TokenParameterName,
				ExecutionRoleArn: data.ECSTaskExecutionRoleArn, APITaskRoleArn: data.APITaskRoleArn, WorkerTaskRoleArn: data.WorkerTaskRoleArn,
				DLQURL: data.EmailsDLQURL, AlarmTopicArn: data.AlarmTopicArn,
			},
			API:        compute.APIArgs{ImageTag: "sha-abc1234"},
			Worker:     compute.WorkerArgs{ImageTag: "sha-abc1234"},
			Monitoring: compute.MonitoringArgs{Enabled: true, LatencyMilliseconds: 500},
		})
		return err
	}
	if err := pulumi.RunErr(program, pulumi.WithMocks("example", "prod", graph)); err != nil {
		panic(err)
	}
	fmt.Println(len(graph.Of("aws:cloudwatch/metricAlarm:MetricAlarm")), "alarms")
	// Output: 10 alarms
}
