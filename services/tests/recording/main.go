// Recording runs the pipeline, sends a payload and asks for the status, with the
// real programs, and draws what they print as an animated SVG.
//
//	make recording
//
// Times, ids and ports are replaced by fixed ones, so that a second run draws the
// same.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, filepath.Join("..", "docs", "recording.svg"))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "recording:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, file string) error {
	folder, err := os.MkdirTemp("", "ingest-recording-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	panes, err := record(ctx, folder)
	if err != nil {
		return err
	}
	return os.WriteFile(file, []byte(draw(panes)), 0o644) //nolint:gosec // G306: a page of the documentation
}
