package bench

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var writeTo = flag.String("write", "", "folder of benchmarks.md, to write the table and the plot of BenchmarkPeers to")

// report is what BenchmarkPeers measured; the values follow the names.
type report struct {
	apis, consumers []string
	load, moved     []measured   // at 256 clients, and of 2 KB messages
	growth          [][]measured // by clientSteps
	apiSizes        [][]measured // by sizeSteps
	consumerSizes   [][]measured
}

// print writes the tables in Markdown.
func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, on %s.\n\n", strings.Replace(machine(), "make bench", "`make bench-peers`", 1), time.Now().UTC().Format(time.DateOnly))
	fmt.Fprintf(out, "| %d clients, payloads of 2 KB | payloads/s | CPU s per million | of the api's | memory at most | SQS calls per 1,000 |\n|---|---|---|---|---|---|\n", peerClients)
	for i, m := range r.load {
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.2f | %.0f MiB | %.0f |\n", r.apis[i], m.perSecond, m.cpu, m.cpu/r.load[0].cpu, float64(m.memory)/(1<<20), m.sqs)
	}
	fmt.Fprint(out, "\n| messages of 2 KB in the queue | messages/s | CPU s per million | of the worker's | memory at most | SQS calls per 1,000 | S3 calls per 1,000 |\n|---|---|---|---|---|---|---|\n")
	for i, m := range r.moved {
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.2f | %.0f MiB | %.0f | %.0f |\n", r.consumers[i], m.perSecond, m.cpu, m.cpu/r.moved[0].cpu, float64(m.memory)/(1<<20), m.sqs, m.s3)
	}
	fmt.Fprint(out, "\n| payloads/s of 1, 20 and 200 KB | 1 KB | 20 KB | 200 KB |\n|---|---|---|---|\n")
	for _, part := range []struct {
		names []string
		sizes [][]measured
	}{{r.apis, r.apiSizes}, {r.consumers, r.consumerSizes}} {
		for i, sizes := range part.sizes {
			fmt.Fprintf(out, "| %s |", part.names[i])
			for _, m := range sizes {
				fmt.Fprintf(out, " %.0f |", m.perSecond)
			}
			fmt.Fprintln(out)
		}
	}
	fmt.Fprintln(out)
}

// write puts the tables into benchmarks.md, and the plot next to it.
func (r *report) write(b *testing.B) {
	b.Helper()
	if *writeTo == "" {
		return
	}
	path := filepath.Join(*writeTo, "benchmarks.md")
	page, err := os.ReadFile(path)
	check(b, err)
	var tables strings.Builder
	r.print(&tables)
	changed, err := between(string(page), tables.String())
	check(b, err)
	check(b, os.WriteFile(path, []byte(changed), 0o600))
	check(b, os.WriteFile(filepath.Join(*writeTo, "benchmarks.svg"), []byte(r.draw()), 0o600))
}

var errNoMarkers = errors.New("there are no lines <!-- peers --> and <!-- /peers -->")

// between replaces the text between the markers of a page.
func between(page, text string) (string, error) {
	before, rest, found := strings.Cut(page, "<!-- peers -->\n")
	_, after, ends := strings.Cut(rest, "<!-- /peers -->")
	if !found || !ends {
		return "", errNoMarkers
	}
	return before + "<!-- peers -->\n" + text + "<!-- /peers -->" + after, nil
}

// The plot: its colours, and its measures in pixels.
var colours = []string{"#0969da", "#8c959f", "#57606a", "#bf3989"}

const (
	plotWidth, plotHeight = 640, 300
	plotLeft, plotTop     = 60, 40
	decades               = 5 // of payloads a second, from 1
)

// draw plots payloads a second by the number of clients, both logarithmic.
func (r *report) draw() string {
	x := func(clients int) float64 { return plotLeft + math.Log2(float64(clients))/10*plotWidth }
	y := func(perSecond float64) float64 {
		return plotTop + plotHeight*(1-math.Log10(max(perSecond, 1))/decades)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", plotLeft+plotWidth+180, plotTop+plotHeight+50)
	fmt.Fprintf(&out, "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<text x=\"%d\" y=\"20\" font-weight=\"bold\">payloads a second, by the number of clients (2 KB, SQS answers after %s)</text>\n", plotLeft, sqsDelay)
	for decade := range decades + 1 {
		at := y(math.Pow10(decade))
		fmt.Fprintf(&out, "<line x1=\"%d\" x2=\"%d\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#d0d7de\"/><text x=\"%d\" y=\"%.0f\" text-anchor=\"end\">%.0f</text>\n", plotLeft, plotLeft+plotWidth, at, at, plotLeft-6, at+4, math.Pow10(decade))
	}
	for _, clients := range clientSteps {
		fmt.Fprintf(&out, "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\">%d</text>\n", x(clients), plotTop+plotHeight+18, clients)
	}
	for i, name := range r.apis {
		var points []string
		for step, m := range r.growth[i] {
			points = append(points, fmt.Sprintf("%.0f,%.0f", x(clientSteps[step]), y(m.perSecond)))
		}
		last := r.growth[i][len(clientSteps)-1].perSecond
		fmt.Fprintf(&out, "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>\n", strings.Join(points, " "), colours[i])
		fmt.Fprintf(&out, "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s: %.0f</text>\n", plotLeft+plotWidth+8, plotTop+20+18*i, colours[i], name, last)
	}
	out.WriteString("</svg>\n")
	return out.String()
}
