// Package lifecycle holds the tests that run the three stacks on the real engine:
// the pinned pulumi, its Go language host, and an AWS account in memory in place
// of the aws and awsx plugins.
package lifecycle
