package target

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
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

func fromStack(ctx context.Context, pulumi Pulumi, stack string) (Target, error) {
	compute, err := pulumi.Outputs(ctx, computeDir, stack)
	if err != nil {
		return Target{}, err
	}
	data, err := pulumi.Outputs(ctx, dataConfigDir, stack)
	if err != nil {
		return Target{}, err
	}
	config, err := pulumi.Config(ctx, computeDir, stack)
	if err != nil {
		return Target{}, err
	}
	read := outputs{stack: stack}
	found := Target{
		Name:           stack,
		APIURL:         read.text(compute, "ingest-compute", "url"),
		Region:         read.text(data, "ingest-data-config", "region"),
		QueueURL:       read.text(data, "ingest-data-config", "emailsQueueUrl"),
		DLQURL:         read.text(data, "ingest-data-config", "emailsDlqUrl"),
		QueueARN:       read.text(data, "ingest-data-config", "emailsQueueArn"),
		DLQARN:         read.text(data, "ingest-data-config", "emailsDlqArn"),
		Bucket:         read.text(data, "ingest-data-config", "payloadBucketName"),
		TokenParameter: read.text(data, "ingest-data-config", "tokenParameterName"),
		Environment:    read.text(data, "ingest-data-config", "environment"),
		Cluster:        read.text(compute, "ingest-compute", "ecsClusterArn"),
		APIService:     read.text(compute, "ingest-compute", "apiServiceArn"),
		WorkerService:  read.text(compute, "ingest-compute", "workerServiceArn"),
		APILogGroup:    read.text(compute, "ingest-compute", "apiLogGroupName"),
		WorkerLogGroup: read.text(compute, "ingest-compute", "workerLogGroupName"),
		PayloadVersion: config["ingest-compute:payloadVersion"],
	}
	if found.PayloadVersion == "" {
		found.PayloadVersion = "v1"
	}
	return found, read.err()
}

// outputs collects the names of outputs that a stack does not have.
type outputs struct {
	stack   string
	missing []string
}

func (o *outputs) text(all map[string]any, project, name string) string {
	value, ok := all[name].(string)
	if !ok || value == "" {
		o.missing = append(o.missing, project+" "+name)
	}
	return value
}

func (o *outputs) err() error {
	if len(o.missing) == 0 {
		return nil
	}
	return fmt.Errorf("stack %s lacks the outputs %s: deploy it first (make up STACK=data-config ENV=%s, then make up ENV=%s)",
		o.stack, strings.Join(o.missing, ", "), o.stack, o.stack)
}

// CLI reads stacks through the pulumi program, and so through whatever backend
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
