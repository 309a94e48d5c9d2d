package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
)

type downCommand struct{}

// Run destroys the three stacks, the last one first.
func (c *downCommand) Run(ctx context.Context, s *session) error {
	if _, err := os.Stat(s.folder); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(s.stdout, "There are no local stacks: .local/pulumi is not there.")
		return nil
	}
	err := s.during(ctx, func() error {
		if err := s.prepare(ctx, nil); err != nil {
			return err
		}
		for _, l := range slices.Backward(layers) {
			if err := s.apply(ctx, l, "destroy", "--yes", "--skip-preview", "--non-interactive"); err != nil {
				return err
			}
		}
		for _, left := range s.aws.Resources("") {
			fmt.Fprintf(s.stdout, "left in the account: %s %s\n", shortType(left.Type), left.ID)
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(s.stdout, "Deleting .local/pulumi")
	return os.RemoveAll(s.folder)
}
