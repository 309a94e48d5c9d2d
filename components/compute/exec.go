package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// sessions logs the sessions of ECS Exec in a group of their own. ECS logs only those
// of images that have script and cat.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
//
// Without sessions the configuration is there, too, as AWS has it by default: neither
// ECS nor the provider removes a missing one, so the cluster would go on with a log
// group that is deleted, and every comparison with AWS would show it.
func (b *builder) sessions() (*ecs.ClusterConfigurationArgs, error) {
	if !b.args.Data.ECSExec {
		return &ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
			Logging: pulumi.String("DEFAULT"),
		}}, nil
	}
	group, err := b.logGroup("exec")
	if err != nil {
		return nil, err
	}
	return &ecs.ClusterConfigurationArgs{ExecuteCommandConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationArgs{
		Logging:          pulumi.String("OVERRIDE"),
		LogConfiguration: &ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgs{CloudWatchLogGroupName: group.Name},
	}}, nil
}

// withSessions is the container in which sessions can be opened: their agent writes to
// the root file system, and leaves processes to the init process.
func (c container) withSessions(on bool) container {
	if on {
		c.ReadOnlyRoot, c.LinuxParameters.InitProcessEnabled = false, true
	}
	return c
}
