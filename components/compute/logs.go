package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// logGroups are where the services log to.
type logGroups struct {
	api, worker *cloudwatch.LogGroup
}

// logGroups makes a group for each service, "/<project>-<env>/<service>".
func (b *builder) logGroups(out *Compute) (groups logGroups, err error) {
	if groups.api, err = b.logGroup(apiName); err != nil {
		return groups, err
	}
	if groups.worker, err = b.logGroup(workerName); err != nil {
		return groups, err
	}
	out.APILogGroupName, out.WorkerLogGroupName = groups.api.Name, groups.worker.Name
	return groups, nil
}

func (b *builder) logGroup(service string) (*cloudwatch.LogGroup, error) {
	return cloudwatch.NewLogGroup(b.Ctx, b.names.Named(service), &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(b.names.LogGroup(service)),
		RetentionInDays: pulumi.Int(b.args.LogRetentionDays),
		KmsKeyId:        orNone(b.args.Data.KMSKeyArn),
		Tags:            b.Tags,
	}, b.Child()...)
}

// orNone leaves an empty text out of a resource.
func orNone(text pulumi.StringInput) pulumi.StringPtrInput {
	if text == nil {
		return nil
	}
	return text.ToStringOutput().ApplyT(func(known string) *string {
		if known == "" {
			return nil
		}
		return &known
	}).(pulumi.StringPtrOutput) //nolint:forcetypeassert // ApplyT returns the output type of what its function returns
}
