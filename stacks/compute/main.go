// The stack compute: what an environment runs on. It is deployed with every
// release.
package main

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/ingest-iac/ingest/stacks/internal/upstream"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// workspace is where the images are built from, seen from this program's folder.
const workspace = "../../services"

func main() { stackconfig.Run(".", program) }

func program(ctx *pulumi.Context, config *stackconfig.Config) error {
	args := arguments(ctx, config)
	if err := upstream.KeepImages(ctx, &args); err != nil {
		return err
	}
	if err := config.Check(args.Validate()); err != nil {
		return err
	}
	if args.Build != nil {
		if err := ctx.Log.Warn(builtWarning(ctx.Stack()), nil); err != nil {
			return err
		}
	}
	var err error
	if args.Data, err = upstream.Data(ctx, args.Project, args.Region); err != nil {
		return err
	}
	made, err := compute.New(ctx, "compute", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}

func arguments(ctx *pulumi.Context, config *stackconfig.Config) compute.Args {
	apiCount, workerCount := config.Number("apiDesiredCount"), config.Number("workerDesiredCount")
	pollWait := config.Number("workerPollWaitSeconds")
	publicIP := config.Bool("assignPublicIp")
	args := compute.Args{
		Project:     config.Text("project"),
		Environment: ctx.Stack(),
		Owner:       config.Text("owner"),
		Tags:        config.Map("tags"),
		Region:      config.Region(),

		API:    compute.Image{Tag: config.Text("apiImageTag"), Reference: config.Text("apiImage")},
		Worker: compute.Image{Tag: config.Text("workerImageTag"), Reference: config.Text("workerImage")},

		CPUArchitecture:    config.Text("cpuArchitecture"),
		APIDesiredCount:    &apiCount,
		WorkerDesiredCount: &workerCount,
		AssignPublicIP:     &publicIP,
		LogRetentionDays:   config.Positive("logRetentionDays"),

		LogLevel:                  config.Text("logLevel"),
		AWSMaxRetries:             config.Positive("awsMaxRetries"),
		WorkerPollWaitSeconds:     &pollWait,
		WorkerSleepOnEmptySeconds: config.Number("workerSleepOnEmptySeconds"),
		WorkerVisibilityTimeout:   config.Positive("workerVisibilityTimeout"),
		WorkerMaxMessages:         config.Positive("workerMaxMessages"),
		PayloadVersion:            config.Text("payloadVersion"),

		ECRForceDelete:             config.Bool("ecrForceDelete"),
		ECRMaxTaggedImages:         config.Positive("ecrMaxTaggedImages"),
		ECRExpireUntaggedAfterDays: config.Positive("ecrExpireUntaggedAfterDays"),
	}
	if config.Bool("buildImages") {
		args.Build = &compute.Build{Context: workspace}
	}
	return args
}

// builtWarning says what building images leaves in the state, and what removes it.
func builtWarning(stack string) string {
	return fmt.Sprintf("buildImages keeps the password that pushes to ECR in the state, encrypted; it is valid for 12 hours, and anyone who may decrypt the state can read it. "+
		"After this update, remove it from there; the images stay deployed:\n  pulumi config rm buildImages --stack %s && pulumi up --stack %s", stack, stack)
}
