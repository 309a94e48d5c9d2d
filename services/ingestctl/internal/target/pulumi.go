package target

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Pulumi reads stacks; CLI is the real one.
type Pulumi interface {
	// Outputs are the outputs of the stack of the project in dir, relative to
	// the workspace.
	Outputs(ctx context.Context, dir, stack string) (map[string]any, error)
	// Config is the stack's own configuration.
	Config(ctx context.Context, dir, stack string) (map[string]string, error)
}

// Directories of the two projects, relative to the workspace.
const (
	computeDir    = "."
	dataConfigDir = "stacks/data-config"
)

// outputs are where the parts are found: the project's directory and the name of
// the output.
var outputs = map[Part]struct{ dir, name string }{
	APIURL:               {computeDir, "url"},
	Region:               {dataConfigDir, "region"},
	QueueURL:             {dataConfigDir, "emailsQueueUrl"},
	DLQURL:               {dataConfigDir, "emailsDlqUrl"},
	Bucket:               {dataConfigDir, "payloadBucketName"},
	TokenParameter:       {dataConfigDir, "tokenParameterName"},
	KMSKey:               {dataConfigDir, "kmsKeyArn"},
	Environment:          {dataConfigDir, "environment"},
	Cluster:              {computeDir, "ecsClusterArn"},
	APIService:           {computeDir, "apiServiceArn"},
	WorkerService:        {computeDir, "workerServiceArn"},
	APITaskDefinition:    {computeDir, "apiTaskDefinitionArn"},
	WorkerTaskDefinition: {computeDir, "workerTaskDefinitionArn"},
	APILogGroup:          {computeDir, "apiLogGroupName"},
	WorkerLogGroup:       {computeDir, "workerLogGroupName"},
}

// projects are the projects in those directories, and how each is deployed.
var projects = map[string]struct{ name, deploy string }{
	computeDir:    {"ingest-compute", "make up ENV="},
	dataConfigDir: {"ingest-data-config", "make up STACK=data-config ENV="},
}

const defaultPayloadVersion = "v1"

// read fills the parts that are still empty from the stack.
func (t *Target) read(ctx context.Context, pulumi Pulumi, needs []Part) error {
	var errs []error
	wanted := map[string][]Part{}
	for _, part := range needs {
		if t.values[part] != "" {
			continue
		}
		if output, known := outputs[part]; known {
			wanted[output.dir] = append(wanted[output.dir], part)
		}
	}
	for _, dir := range []string{computeDir, dataConfigDir} {
		if len(wanted[dir]) > 0 {
			errs = append(errs, t.readOutputs(ctx, pulumi, dir, wanted[dir]))
		}
	}
	if slices.Contains(needs, PayloadVersion) && t.values[PayloadVersion] == "" {
		config, err := pulumi.Config(ctx, computeDir, t.Name)
		errs = append(errs, err)
		t.values[PayloadVersion] = cmp.Or(config["ingest-compute:payloadVersion"], defaultPayloadVersion)
	}
	if t.values[Region] == "" {
		t.values[Region] = regionOf(t.values[Cluster])
	}
	return errors.Join(errs...)
}

// regionOf is the region in an ARN, arn:aws:ecs:<region>:…; empty without one.
func regionOf(arn string) string {
	fields := strings.Split(arn, ":")
	if len(fields) < 6 {
		return ""
	}
	return fields[3]
}

func (t *Target) readOutputs(ctx context.Context, pulumi Pulumi, dir string, parts []Part) error {
	all, err := pulumi.Outputs(ctx, dir, t.Name)
	if err != nil {
		return err
	}
	var missing []string
	for _, part := range parts {
		name := outputs[part].name
		value, ok := all[name].(string)
		if (!ok || value == "") && part != KMSKey {
			missing = append(missing, name)
			continue
		}
		t.values[part] = value
	}
	if len(missing) == 0 {
		return nil
	}
	project := projects[dir]
	return fmt.Errorf("the stack %s of %s has no output %s: deploy it first (%s%s)",
		t.Name, project.name, strings.Join(missing, ", "), project.deploy, t.Name)
}

// CLI reads stacks through the pulumi program, and so through the backend
// it is logged in to.
type CLI struct {
	// Workspace is the folder that holds the compute project's Pulumi.yaml.
	Workspace string
}

// Outputs implements Pulumi.
func (c CLI) Outputs(ctx context.Context, dir, stack string) (map[string]any, error) {
	var values map[string]any
	err := c.run(ctx, &values, dir, stack, "stack", "output", "--json")
	return values, err
}

// Config implements Pulumi.
func (c CLI) Config(ctx context.Context, dir, stack string) (map[string]string, error) {
	var values map[string]struct {
		Value string `json:"value"`
	}
	if err := c.run(ctx, &values, dir, stack, "config", "--json"); err != nil {
		return nil, err
	}
	config := make(map[string]string, len(values))
	for name, entry := range values {
		config[name] = entry.Value
	}
	return config, nil
}

func (c CLI) run(ctx context.Context, into any, dir, stack string, args ...string) error {
	workspace, err := c.workspace()
	if err != nil {
		return err
	}
	args = append([]string{"-C", filepath.Join(workspace, dir), "--non-interactive"}, args...)
	args = append(args, "--stack", stack)
	//nolint:gosec // the program is fixed and the arguments go to it, not to a shell
	command := exec.CommandContext(ctx, "pulumi", args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return errors.New("reading the stack: pulumi is not installed (https://www.pulumi.com/docs/install)")
		}
		return fmt.Errorf("reading stack %s of %s: %s (is it deployed, and is pulumi logged in to its backend? pulumi whoami -v)",
			stack, dir, strings.TrimSpace(stderr.String()))
	}
	if err := json.Unmarshal(stdout.Bytes(), into); err != nil {
		return fmt.Errorf("reading what pulumi printed for stack %s of %s: %w", stack, dir, err)
	}
	return nil
}

// workspace is the configured folder, or the nearest one above the working
// directory that holds both a go.work and a Pulumi.yaml.
func (c CLI) workspace() (string, error) {
	if c.Workspace != "" {
		return c.Workspace, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the workspace: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "go.work")) && exists(filepath.Join(dir, "Pulumi.yaml")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no Pulumi workspace in %s or above it: run ingestctl inside the checkout or give --workspace", start)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
