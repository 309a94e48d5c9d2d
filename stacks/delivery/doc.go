// Package delivery holds no code: its tests hold the workflows of .github and the
// scripts they call to what they promise, and both against the stacks.
//
// The scripts run as they are, in a small repository of the test's own, with
// stand-ins for aws, pulumi, gh and make on the path. Workflows are read with
// actionlint's parser, and their conditions evaluated against events that someone
// forged.
package delivery
