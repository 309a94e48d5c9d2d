package payload

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contractCase is a request and what the original answered.
type contractCase struct {
	Name        string          `json:"name"`
	ContentType string          `json:"content_type"`
	Body        string          `json:"body"`
	Status      int             `json:"status"`
	Response    json.RawMessage `json:"response"`
	Message     *struct {
		Subject    string      `json:"email_subject"`
		Sender     string      `json:"email_sender"`
		Timestream json.Number `json:"email_timestream"`
		Content    string      `json:"email_content"`
	} `json:"message"`
}

func contractCases(tb testing.TB, file string) []contractCase {
	tb.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(tb, err)
	var cases []contractCase
	require.NoError(tb, json.Unmarshal(raw, &cases))
	require.NotEmpty(tb, cases)
	return cases
}

// detail is the 422 detail of an error, nil for a body of the right form.
func detail(t *testing.T, err error) any {
	t.Helper()
	var wrong *InvalidError
	if errors.As(err, &wrong) {
		return wrong.Detail
	}
	require.NoError(t, err)
	return nil
}

func TestDecode_recordedBodies(t *testing.T) {
	for _, file := range []string{"testdata/cases.json", "testdata/more.json"} {
		for _, c := range contractCases(t, file) {
			t.Run(c.Name, func(t *testing.T) { holdCase(t, c) })
		}
	}
}

func holdCase(t *testing.T, c contractCase) {
	t.Helper()
	request, err := Decode(c.ContentType, c.Body)
	if c.Status == 422 {
		wrong := detail(t, err)
		require.NotNil(t, wrong, "refused by the original")
		got, err := json.Marshal(map[string]any{"detail": wrong})
		require.NoError(t, err)
		assert.JSONEq(t, string(c.Response), string(got))
		return
	}
	var unreadable *UnreadableError
	if errors.As(err, &unreadable) {
		require.Equal(t, 400, c.Status)
		require.Contains(t, string(c.Response), "There was an error parsing the body")
		return
	}
	require.NoError(t, err)
	integer, ok := request.Timestamp.Integer()
	if c.Status == 400 {
		assert.False(t, ok, integer)
		return
	}
	if c.Message == nil {
		return
	}
	require.True(t, ok)
	assert.Equal(t, c.Message.Subject, request.Fields.Subject)
	assert.Equal(t, c.Message.Sender, request.Fields.Sender)
	assert.Equal(t, c.Message.Content, request.Fields.Content)
	assert.Equal(t, c.Message.Timestream.String(), integer)
}

// body is a payload whose timestamp and subject are the given JSON.
func body(timestream, subject string) string {
	return `{"data":{"email_subject":` + subject + `,"email_sender":"x","email_timestream":` + timestream +
		`,"email_content":"c"},"token":"t"}`
}

func TestTimestamps_areReadAsInPython(t *testing.T) {
	for literal, want := range map[string]string{
		`0`: "0", `-0`: "0", `-5`: "-5", `1.9`: "1", `-1.9`: "-1", `0.5`: "0", `-0.5`: "0", `1e3`: "1000", `1E+2`: "100",
		`1e22`: "10000000000000000000000", `1e23`: "99999999999999991611392", `9007199254740993.0`: "9007199254740992",
		`123456789012345678901234567890`: "123456789012345678901234567890", `true`: "1", `false`: "0",
		`"12"`: "12", `" 12\t"`: "12", `"+12"`: "12", `"-012"`: "-12", `"1_000"`: "1000", `"-0"`: "0", `"٣٤"`: "34",
		`"\u20037\u00a0"`: "7", `"１２"`: "12", `"𝟏𝟗"`: "19", `"` + strings.Repeat("0", 600) + `1"`: "1",
	} {
		request, err := Decode("application/json", body(literal, `"s"`))
		require.NoError(t, err, literal)
		got, ok := request.Timestamp.Integer()
		assert.True(t, ok, literal)
		assert.Equal(t, want, got, literal)
	}
}

func TestTimestamps_invalid_areRefused(t *testing.T) {
	long := strings.Repeat("9", 513)
	for _, literal := range []string{
		`NaN`, `Infinity`, `-Infinity`, `1e400`, `"x"`, `""`, `" "`, `"+"`, `"--1"`, `"1__0"`, `"_1"`, `"1_"`, `"1 0"`,
		`"1.5"`, `"1e3"`, `"0x10"`, `"\u001c5"`, `"²"`, `"½"`, `"\ud800"`, long, `"` + long + `"`,
	} {
		request, err := Decode("application/json", body(literal, `"s"`))
		require.NoError(t, err, literal)
		_, ok := request.Timestamp.Integer()
		assert.False(t, ok, literal)
	}
}

func TestTexts_numbers_areWrittenAsInPython(t *testing.T) {
	for literal, want := range map[string]string{
		`5`: "5", `-0`: "0", `1.5`: "1.5", `1.0`: "1.0", `1e22`: "1e+22", `1e16`: "1e+16", `1e15`: "1000000000000000.0",
		`0.0001`: "0.0001", `0.00001`: "1e-05", `-0.0`: "-0.0", `NaN`: "nan", `Infinity`: "inf", `-Infinity`: "-inf",
		`true`: "True", `false`: "False", `1e400`: "inf", `0.1`: "0.1", `123456789012345678901`: "123456789012345678901",
	} {
		request, err := Decode("", body("1", literal))
		require.NoError(t, err, literal)
		assert.Equal(t, want, request.Fields.Subject, literal)
	}
}

func TestStrings_keepEveryCharacter(t *testing.T) {
	for literal, want := range map[string]string{
		`"\u00e9\/\"\\\b\f\n\r\t"`: "é/\"\\\b\f\n\r\t",
		`"\ud83c\udf89"`:           "🎉",
		`"\ud83c"`:                 "\xed\xa0\xbc",
		`"\ud83cx"`:                "\xed\xa0\xbcx",
		`"\ud83c\u0041"`:           "\xed\xa0\xbcA",
		`"\ud83c\ud83c\udf89"`:     "\xed\xa0\xbc🎉",
		`"\udf89\ud83c"`:           "\xed\xbe\x89\xed\xa0\xbc",
		"\"\x7f\"":                 "\x7f",
		"\"\xed\xa0\x80\"":         "\xed\xa0\x80",
	} {
		request, err := Decode("application/json", body("1", literal))
		require.NoError(t, err, literal)
		assert.Equal(t, want, request.Fields.Subject, literal)
	}
}

func TestBodies_unreadable(t *testing.T) {
	deep := strings.Repeat("[", 100_000)
	for name, given := range map[string]string{
		"not UTF-8":        "{\"a\":\"\xff\"}",
		"Latin-1":          "{\"a\":\"\xe9\"}",
		"cut character":    "{\"a\":\"\xe2\x82\"}",
		"UTF-16":           "\xff\xfe{\x00}\x00",
		"deep":             deep,
		"deep dicts":       strings.Repeat(`{"a":`, 100_000),
		"integer too long": "[" + strings.Repeat("1", 4301) + "]",
	} {
		_, err := Decode("application/json", given)
		var unreadable *UnreadableError
		require.ErrorAs(t, err, &unreadable, name)
	}
}

func TestBodies_byteOrderMark_isIgnored(t *testing.T) {
	request, err := Decode("application/json", "\xef\xbb\xbf"+body("1", `"s"`))
	require.NoError(t, err)
	assert.Equal(t, "s", request.Fields.Subject)
}

func TestContentTypes_thatAreJSON(t *testing.T) {
	for contentType, want := range map[string]bool{
		"": true, "application/json": true, "APPLICATION/JSON": true, "application/json; charset=latin-1": true,
		"application/vnd.api+json": true, "application/json;": true, "text/json": false, "text/plain": false,
		"application/x-www-form-urlencoded": false, "application/jsonx": false, "json": false,
	} {
		assert.Equal(t, want, isJSON(contentType), contentType)
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range contractCases(f, "testdata/cases.json") {
		f.Add(c.Body)
	}
	f.Add(`[NaN,-Infinity,1e5,"\ud800\udc00",{"a":[]}]`)
	f.Fuzz(func(t *testing.T, given string) {
		request, err := Decode("application/json", given)
		if json.Valid([]byte(given)) && len(given) < 800 && len(given) > 0 {
			// What Go takes for JSON, Python does too (below its limits).
			var invalid *InvalidError
			if errors.As(err, &invalid) {
				_, syntax := invalid.Detail.([]SyntaxIssue)
				require.False(t, syntax, "%q", given)
			}
		}
		if err == nil {
			if integer, ok := request.Timestamp.Integer(); ok {
				require.Regexp(t, `^(0|-?[1-9][0-9]*)$`, integer)
			}
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	given := body("1693561101", `"Happy new year!"`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode("application/json", given); err != nil {
			b.Fatal(err)
		}
	}
}
