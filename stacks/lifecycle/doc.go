// Package lifecycle holds the tests that run the three stacks on the real engine:
// the pinned pulumi, its Go language host, and an AWS account in memory in place
// of the aws and awsx plugins.
//
// The tests of all of a stack's life, of an upgrade and of the stacks on one machine run
// the programs by `go run`, as users do. The others run programs that are compiled once.
package lifecycle
