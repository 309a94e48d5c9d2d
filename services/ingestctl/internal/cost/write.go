package cost

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Write writes the estimate for a person.
func (e *Estimate) Write(w io.Writer) {
	_, _ = fmt.Fprintf(w, "%s, prices read on %s, without free tiers and taxes\n\n", e.Configuration.Region, e.Read)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	block := func(title string, lines []Line, sum float64) {
		_, _ = fmt.Fprintf(table, "%s\tQUANTITY\tUNIT\tPRICE\tUSD\n", title)
		for _, line := range lines {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.2f\n", line.Item, amount(line.Quantity), line.Unit,
				strconv.FormatFloat(line.Price, 'f', -1, 64), line.USD)
		}
		_, _ = fmt.Fprintf(table, "total\t\t\t\t%.2f\n", sum)
		_ = table.Flush()
	}
	block("IDLE, A MONTH", e.Idle, e.IdleUSD)
	_, _ = fmt.Fprintln(w)
	block("PER MILLION PAYLOADS", e.PerMillion, e.PerMillionUSD)
	_, _ = fmt.Fprintf(w, "of which requests of S3 and SQS: %.2f\n", e.RequestsUSD)
	if e.Payloads > 0 {
		_, _ = fmt.Fprintf(w, "\n%s payloads a month: %.2f + %s x %.2f = %.2f USD\n", amount(float64(e.Payloads)), e.IdleUSD,
			strconv.FormatFloat(float64(e.Payloads)/million, 'f', -1, 64), e.PerMillionUSD, e.MonthUSD)
	}
	_, _ = fmt.Fprintf(w, "\nAPI Gateway, Lambda, SQS and S3: idle 0.00, per million payloads %.2f", e.Serverless.PerMillionUSD)
	if below := e.Serverless.CheaperBelow; below > 0 {
		_, _ = fmt.Fprintf(w, "; cheaper below %s million payloads a month", amount(below/million))
	}
	_, _ = fmt.Fprintln(w)
	for _, note := range e.Notes {
		_, _ = fmt.Fprintf(w, "\n%s\n", note)
	}
}

// amount is a quantity with thousands separated, and with two decimals below a
// thousand.
func amount(quantity float64) string {
	if quantity < 1000 && quantity != math.Trunc(quantity) {
		return strconv.FormatFloat(quantity, 'f', 2, 64)
	}
	digits := strconv.FormatFloat(math.Round(quantity), 'f', 0, 64)
	var out strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	return out.String()
}
