package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/compute"
	"github.com/ingest-iac/ingest/components/naming"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// dataProject is the Pulumi project of the data layer.
const dataProject = "ingest-data-config"

// dataLayer returns the outputs of data-config's stack of the same name. It is an error
// when that stack is not deployed, or is of another project or region.
func dataLayer(ctx *pulumi.Context, args *compute.Args) (compute.Data, error) {
	name := ctx.Organization() + "/" + dataProject + "/" + ctx.Stack()
	stack, err := pulumi.NewStackReference(ctx, name, nil)
	if err != nil {
		return compute.Data{}, notDeployed(name, ctx.Stack(), err)
	}
	read := reader{stack: stack}
	data := compute.Data{
		QueueURL:           read.text("emailsQueueUrl"),
		BucketName:         read.text("payloadBucketName"),
		TokenParameterName: read.text("tokenParameterName"),
		ExecutionRoleArn:   read.text("ecsTaskExecutionRoleArn"),
		APITaskRoleArn:     read.text("apiTaskRoleArn"),
		WorkerTaskRoleArn:  read.text("workerTaskRoleArn"),
	}
	if key := read.optional("kmsKeyArn"); key != "" {
		data.KMSKeyArn = key
	}
	data.ECSExec = read.flag("ecsExec")
	if args.Monitoring.Enabled {
		data.DLQURL = read.text("emailsDlqUrl")
		data.AlarmTopicArn = alarmTopic(string(read.text("emailsDlqArn")), naming.Environment{Project: args.Project, Name: args.Environment})
	}
	read.same("project", args.Project, "ingest-compute:project")
	read.same("region", args.Region, "aws:region")
	if err := read.err(); err != nil {
		return compute.Data{}, notDeployed(name, ctx.Stack(), err)
	}
	return data, nil
}

// alarmTopic is the ARN of data-config's topic, which is where the queue of that ARN
// is.
func alarmTopic(queue string, environment naming.Environment) pulumi.String {
	parts := strings.Split(queue, ":")
	if len(parts) != 6 {
		return ""
	}
	parts[2], parts[5] = "sns", environment.AlarmTopic()
	return pulumi.String(strings.Join(parts, ":"))
}

func notDeployed(name, stack string, cause error) error {
	return fmt.Errorf("reading the outputs of %s (compute needs data-config of the same environment, project and region; deploy it first: make up STACK=data-config ENV=%s):\n%w",
		name, stack, cause)
}

// reader collects what is wrong with the outputs.
type reader struct {
	stack   *pulumi.StackReference
	missing []string
	wrong   []error
	// unread reports that the stack cannot be read at all, which one error says.
	unread bool
}

// text is an output that has to be a text. It waits for it: all of it is known,
// also to a preview, since it is in another stack's state.
func (r *reader) text(name string) pulumi.String {
	text := r.optional(name)
	if text == "" && !r.unread {
		r.missing = append(r.missing, name)
	}
	return text
}

// optional is an output that may be empty, or missing from an earlier version's stack.
func (r *reader) optional(name string) pulumi.String {
	text, _ := r.value(name).(string)
	return pulumi.String(text)
}

// value is an output as it is, or nil.
func (r *reader) value(name string) any {
	if r.unread {
		return nil
	}
	found, err := r.stack.GetOutputDetails(name)
	if err != nil {
		r.unread = true
		r.wrong = append(r.wrong, err)
		return nil
	}
	return found.Value
}

// flag is an output that may be missing from an earlier version's stack.
func (r *reader) flag(name string) bool {
	value, _ := r.value(name).(bool)
	return value
}

// same refuses an output that differs from compute's own setting.
func (r *reader) same(name, own, key string) {
	if theirs := string(r.text(name)); theirs != "" && theirs != own {
		r.wrong = append(r.wrong, fmt.Errorf("its %s is %q, but %s is %q; allowed is the same", name, theirs, key, own))
	}
}

func (r *reader) err() error {
	if r.missing != nil {
		r.wrong = append(r.wrong, fmt.Errorf("it has no output %s", strings.Join(r.missing, ", ")))
	}
	return errors.Join(r.wrong...)
}
