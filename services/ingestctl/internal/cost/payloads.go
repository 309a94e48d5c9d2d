package cost

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxPayloads is a trillion payloads a month.
const maxPayloads = 1e12

// ParsePayloads reads a number of payloads: 250000, 250k, 10M, 1.5B.
func ParsePayloads(text string) (int64, error) {
	digits, factor := text, 1.0
	for suffix, of := range map[string]float64{"k": 1e3, "M": 1e6, "B": 1e9} {
		if rest, found := strings.CutSuffix(text, suffix); found {
			digits, factor = rest, of
		}
	}
	plain := digits != "" && strings.Trim(digits, "0123456789.") == ""
	count, err := strconv.ParseFloat(digits, 64)
	count *= factor
	if !plain || err != nil || count > maxPayloads || count != math.Trunc(count) {
		return 0, fmt.Errorf("the number of payloads is %q; allowed is 0 to 1000B, whole, as in 250000, 250k, 10M or 1.5B", text)
	}
	return int64(count), nil
}
