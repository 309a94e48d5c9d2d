package recording

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Measures of the picture: columns of text, and pixels.
const (
	columns    = 104
	charWidth  = 8
	lineHeight = 18
	padding    = 14
	titleBar   = 28
)

// Seconds between a line and the next, and before a command.
const (
	linePause    = 0.04
	commandPause = 1.2
)

const style = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d0d7de; white-space: pre; }
  .title { fill: #8b949e; }
  .prompt { fill: #7ee787; }
  .command { fill: #ffffff; font-weight: bold; }
  .line { opacity: 0; animation: show 0.01s forwards; }
  @keyframes show { to { opacity: 1; } }
  @media (prefers-reduced-motion: reduce) { .line { animation: none; opacity: 1; } }
`

// draw returns the panes, one below the other, as an SVG in which lines appear as
// they were printed.
func draw(panes []pane) string {
	var body strings.Builder
	width, top, at := columns*charWidth+2*padding, 0, 0.0
	for _, p := range panes {
		var lines strings.Builder
		y := top + titleBar + lineHeight
		line := func(class, text string) {
			fmt.Fprintf(&lines, "  <text class=\"line%s\" x=\"%d\" y=\"%d\" style=\"animation-delay:%.2fs\">%s</text>\n", class, padding, y, at, text)
			y += lineHeight
		}
		for _, c := range p.calls {
			at += commandPause
			line("", `<tspan class="prompt">$</tspan> <tspan class="command">`+escape(c.command)+"</tspan>")
			at += commandPause / 2
			for _, text := range wrap(c.output) {
				line("", escape(text))
				at += linePause
			}
		}
		height := y - top - lineHeight + padding
		fmt.Fprintf(&body, "  <rect x=\"0\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\" fill=\"#0d1117\" stroke=\"#30363d\"/>\n", top, width, height)
		fmt.Fprintf(&body, "  <text class=\"title\" x=\"%d\" y=\"%d\">%s</text>\n", padding, top+19, escape(p.title))
		body.WriteString(lines.String())
		top += height + padding
	}
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"A terminal: make run, ingestctl send, ingestctl status\">\n<style>%s</style>\n%s</svg>\n",
		width, top-padding, width, top-padding, style, body.String())
}

// wrap splits text into lines of a terminal.
func wrap(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		for len(line) > columns {
			lines, line = append(lines, line[:columns]), line[columns:]
		}
		lines = append(lines, line)
	}
	return lines
}

func escape(text string) string {
	var out strings.Builder
	// A strings.Builder does not fail.
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}

func TestDraw_isXMLAndWrapsLongLines(t *testing.T) {
	long := strings.Repeat("x", columns)
	drawn := draw([]pane{{"a title", []call{{"run <it>", long + "yz\n\n& more\n"}}}})
	assert.Contains(t, drawn, "run &lt;it&gt;")
	assert.Contains(t, drawn, ">"+long+"</text>")
	assert.Contains(t, drawn, ">yz</text>")
	assert.Contains(t, drawn, ">&amp; more</text>")
	decoder := xml.NewDecoder(strings.NewReader(drawn))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
}
