package cost

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Write writes the estimate as text; table writes rows under their header.
func (e *Estimate) Write(w io.Writer, table func(header []string, rows [][]string)) {
	_, _ = fmt.Fprintf(w, "%s, prices read on %s, without free tiers and taxes\n\n", e.Configuration.Region, e.Read)
	block := func(title string, lines []Line, sum float64) {
		rows := make([][]string, 0, len(lines)+1)
		for _, line := range lines {
			rows = append(rows, []string{
				line.Item, amount(line.Quantity), line.Unit,
				strconv.FormatFloat(line.Price, 'f', -1, 64), strconv.FormatFloat(line.USD, 'f', 2, 64),
			})
		}
		rows = append(rows, []string{"total", "", "", "", strconv.FormatFloat(sum, 'f', 2, 64)})
		table([]string{title, "QUANTITY", "UNIT", "PRICE", "USD"}, rows)
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
	_, _ = fmt.Fprintf(w, "\nAPI Gateway, Lambda and Firehose, many payloads in one object: idle 0.00, per million payloads %.2f\n", e.Serverless.FirehoseUSD)
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
