package cli

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// lineEvery is how many payloads pass between two lines of progress.
const lineEvery = 1000

// progress shows how far a run is: as a bar on a terminal, else in plain lines.
// A total below 0 is not known. It is called once for each payload, and done at
// the end.
func (s *session) progress(total int) (step func(sent int), done func()) {
	if !terminal(s.stderr) {
		return func(sent int) {
			if sent%lineEvery == 0 {
				s.note("%d sent", sent)
			}
		}, func() {}
	}
	bar := newBar(s.stderr, total)
	return func(sent int) { _ = bar.Set(sent) }, func() { _ = bar.Exit() }
}

func newBar(w io.Writer, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("sending"),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("payloads"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
	)
}

// terminal reports whether an input or output is a terminal.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
