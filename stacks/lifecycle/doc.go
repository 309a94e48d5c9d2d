// Package lifecycle holds the tests that run the three stacks on the real engine:
// the pinned pulumi, its Go language host, and an AWS account in memory in place
// of the aws and awsx plugins.
//
// The tests of the stacks on one machine and of the version before an upgrade run the
// programs by `go run`, as users do. The others run programs that are compiled once.
package lifecycle
