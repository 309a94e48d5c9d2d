package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ingest-iac/ingest/stacks/internal/pulumitools"
	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
)

// cost prints what the deployment would cost a month on AWS. The services' module
// is imported by no other, so ingestctl is run.
func (s *session) cost(ctx context.Context) error {
	binary := filepath.Join(s.root, "bin", "ingestctl")
	err := pulumitools.Compile(ctx, s.root, s.stdout, "-o", binary, "./services/ingestctl")
	if err != nil {
		return err
	}
	args := costFlags(s.aws)
	fmt.Fprintf(s.stdout, "\nCOST\n  bin/ingestctl %s\n", strings.Join(args, " "))
	command := exec.CommandContext(ctx, binary, args...) //nolint:gosec // built above
	command.Dir = s.root
	output, err := command.CombinedOutput()
	for line := range strings.SplitSeq(strings.TrimSpace(string(output)), "\n") {
		fmt.Fprintln(s.stdout, "  "+line)
	}
	if err != nil {
		return fmt.Errorf("ingestctl cost: %w", err)
	}
	return nil
}

// costFlags are the arguments of ingestctl that describe what the account has.
func costFlags(aws *fakecloud.Cloud) []string {
	args := []string{"cost"}
	for _, service := range aws.Resources("aws:ecs/service:Service") {
		for _, name := range []string{"api", "worker"} {
			if count, isNumber := service.Attributes["desiredCount"].(float64); isNumber && strings.HasSuffix(service.ID, "-"+name) {
				args = append(args, "--"+name+"-tasks="+strconv.Itoa(int(count)))
			}
		}
	}
	for _, balancer := range aws.Resources("aws:lb/loadBalancer:LoadBalancer") {
		if subnets, isList := balancer.Attributes["subnets"].([]any); isList {
			args = append(args, "--zones="+strconv.Itoa(len(subnets)))
		}
	}
	if len(aws.Resources("aws:cloudwatch/dashboard:Dashboard")) > 0 {
		args = append(args, "--monitoring")
	} else {
		args = append(args, "--alarms="+strconv.Itoa(len(aws.Resources("aws:cloudwatch/metricAlarm:MetricAlarm"))))
	}
	if keys := environmentKeys(aws); keys > 0 {
		args = append(args, "--kms-keys="+strconv.Itoa(keys))
	}
	for _, group := range aws.Resources("aws:cloudwatch/logGroup:LogGroup") {
		if days, isNumber := group.Attributes["retentionInDays"].(float64); isNumber {
			return append(args, "--log-days="+strconv.Itoa(int(days)))
		}
	}
	return args
}

// environmentKeys counts the KMS keys, except bootstrap's, which is of the account.
func environmentKeys(aws *fakecloud.Cloud) int {
	count := 0
	for _, key := range aws.Resources("aws:kms/key:Key") {
		if tags, _ := key.Attributes["tags"].(map[string]any); tags["Environment"] != "shared" {
			count++
		}
	}
	return count
}
