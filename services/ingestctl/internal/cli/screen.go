package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"golang.org/x/term"
)

// screen is where results are written as text.
type screen struct {
	io.Writer
	// width is that of the terminal in characters; 0 where there is no terminal.
	width  int
	colour bool
}

// newScreen is a screen on w. It has colours on a terminal, unless NO_COLOR is
// set (https://no-color.org) or the terminal has none.
func newScreen(w io.Writer) *screen {
	made := &screen{Writer: w}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return made
	}
	made.colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	if width, _, err := term.GetSize(int(file.Fd())); err == nil {
		made.width = width
	}
	return made
}

// Colours by their code.
const (
	red   = "31"
	green = "32"
)

// cellColours are the colours of cells by their text.
var cellColours = map[string]string{aws.RolloutFailed: red}

func (s *screen) paint(colour, text string) string {
	if !s.colour || colour == "" || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// table writes rows under their header in columns. Where the terminal is too
// narrow for that, each row becomes a block with a line for each column. Cells are
// coloured as cellColours says.
func (s *screen) table(header []string, rows [][]string) {
	const gap = 2
	widths := make([]int, len(header))
	total := -gap
	for column, name := range header {
		widths[column] = utf8.RuneCountInString(name)
		for _, row := range rows {
			widths[column] = max(widths[column], utf8.RuneCountInString(row[column]))
		}
		total += widths[column] + gap
	}
	if s.width > 0 && total > s.width {
		s.blocks(header, rows)
		return
	}
	for i, row := range append([][]string{header}, rows...) {
		var line strings.Builder
		for column, text := range row {
			padding := ""
			if column < len(row)-1 {
				padding = strings.Repeat(" ", widths[column]-utf8.RuneCountInString(text)+gap)
			}
			if i > 0 {
				text = s.paint(cellColours[text], text)
			}
			line.WriteString(text + padding)
		}
		_, _ = fmt.Fprintln(s, strings.TrimRight(line.String(), " "))
	}
}

func (s *screen) blocks(header []string, rows [][]string) {
	longest := 0
	for _, name := range header {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	for i, row := range rows {
		if i > 0 {
			_, _ = fmt.Fprintln(s)
		}
		for column, text := range row {
			if text == "" {
				continue
			}
			_, _ = fmt.Fprintf(s, "%-*s  %s\n", longest, header[column], s.paint(cellColours[text], text))
		}
	}
}
