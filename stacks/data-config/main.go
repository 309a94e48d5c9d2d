// The stack data-config: what an environment keeps its data and its token in.
package main

import (
	"github.com/ingest-iac/ingest/components/dataconfig"
	"github.com/ingest-iac/ingest/stacks/internal/stackconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { stackconfig.Run("stacks/data-config", program) }

func program(ctx *pulumi.Context, config *stackconfig.Config) error {
	visibilityTimeout := config.Number("sqsVisibilityTimeoutSeconds")
	receiveWaitTime := config.Number("sqsReceiveWaitTimeSeconds")
	args := dataconfig.Args{
		Project:     config.Text("project"),
		Environment: ctx.Stack(),
		Owner:       config.Text("owner"),
		Tags:        config.Map("tags"),
		Region:      config.Region(),

		PayloadObjectExpirationDays:            config.Positive("payloadObjectExpirationDays"),
		PayloadNoncurrentVersionExpirationDays: config.Positive("payloadNoncurrentVersionExpirationDays"),
		PayloadForceDestroy:                    config.Bool("payloadForceDestroy"),

		VisibilityTimeoutSeconds:   &visibilityTimeout,
		ReceiveWaitTimeSeconds:     &receiveWaitTime,
		MessageRetentionSeconds:    config.Positive("sqsMessageRetentionSeconds"),
		DLQMessageRetentionSeconds: config.Positive("dlqMessageRetentionSeconds"),
		MaxReceiveCount:            config.Positive("maxReceiveCount"),

		TokenParameterDescription: config.Text("tokenParameterDescription"),
		AlarmEmail:                config.Text("alarmEmail"),
	}
	if err := config.Check(args.Validate()); err != nil {
		return err
	}
	made, err := dataconfig.New(ctx, "data-config", &args)
	if err != nil {
		return err
	}
	made.Export(ctx)
	return nil
}
