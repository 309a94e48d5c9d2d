// Package delivery holds no code: its tests check the workflows of .github, the
// commands that they call and the compose file against each other and the stacks.
//
// Workflows are read with actionlint's parser, and their conditions are evaluated
// against events that the tests make. Tests named Runs run whole workflows with act.
package delivery
