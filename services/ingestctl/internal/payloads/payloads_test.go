package payloads

import (
	"encoding/json"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func collect(t *testing.T, all iter.Seq2[Payload, error]) ([]string, error) {
	t.Helper()
	var bodies []string
	for payload, err := range all {
		if err != nil {
			return bodies, err
		}
		body, err := payload.Body("right")
		require.NoError(t, err)
		bodies = append(bodies, string(body))
	}
	return bodies, nil
}

func TestRead_arraysObjectsAndNDJSON(t *testing.T) {
	const a, b = `{"email_subject":"a"}`, `{"data":{"email_subject":"b"},"token":null}`
	want := []string{
		`{"data":{"email_subject":"a"},"token":"right"}`,
		`{"data":{"email_subject":"b"},"token":null}`,
	}
	for name, input := range map[string]string{
		"array": "\n [" + a + ",\n" + b + "]", "NDJSON": a + "\n" + b + "\n", "run together": a + b,
	} {
		bodies, err := collect(t, NewReader("in.json", strings.NewReader(input)).All())
		require.NoError(t, err, name)
		assert.Equal(t, want, bodies, name)
	}
}

func TestRead_numbers_areKeptAsWritten(t *testing.T) {
	bodies, err := collect(t, NewReader("in.json", strings.NewReader(`{"data":{"email_timestream":123456789012345678901234567890}}`)).All())
	require.NoError(t, err)
	assert.Contains(t, bodies[0], "123456789012345678901234567890")
}

func TestRead_parseError_namesTheLine(t *testing.T) {
	for input, want := range map[string]string{
		"":                          "reading in.json: there is no payload in the input",
		"  \n":                      "reading in.json: there is no payload in the input",
		"{\"data\":{}}\n\n 5\n":     "reading in.json, line 3: a payload is a JSON object, not 5",
		"\n[{\"data\":{}},\n\"x\"]": `reading in.json, line 3: a payload is a JSON object, not "x"`,
		`{"data":`:                  "reading in.json, line 1: unexpected EOF",
		"[{\"data\":{}}\n":          "reading in.json, line 2: the array does not end: EOF",
		"{}\n{}\nnonsense\n{}\n":    "reading in.json, line 3: invalid character 'o' in literal null (expecting 'u')",
	} {
		_, err := collect(t, NewReader("in.json", strings.NewReader(input)).All())
		assert.EqualError(t, err, want, input)
	}
}

func TestRest_isWhatCouldNotBeRead(t *testing.T) {
	for input, want := range map[string]string{
		"{}\n{}\nnonsense\n{}\n":                "nonsense\n{}\n",
		"[{},\n5, {}]":                          "5, {}]",
		"{} " + strings.Repeat(" ", 9000) + "x": "x",
		"{}\n{}\n":                              "",
	} {
		reader := NewReader("stdin", strings.NewReader(input))
		_, _ = collect(t, reader.All())
		rest, err := io.ReadAll(reader.Rest())
		require.NoError(t, err)
		assert.Equal(t, want, string(rest))
	}
}

func TestRead_keptWithAReason_isReadBack(t *testing.T) {
	bodies, err := collect(t, NewReader("failed.ndjson", strings.NewReader(`{"data":{"email_subject":"a"},"status":503,"reason":"busy"}`)).All())
	require.NoError(t, err)
	assert.Equal(t, []string{`{"data":{"email_subject":"a"},"token":"right"}`}, bodies)
}

func TestRead_emptyArray_isNothing(t *testing.T) {
	bodies, err := collect(t, NewReader("in.json", strings.NewReader("[]")).All())
	require.NoError(t, err)
	assert.Empty(t, bodies)
}

func TestGenerator_sameSeed_makesTheSame(t *testing.T) {
	one, err := collect(t, Generator{Count: 50, Seed: 7, Bad: 0.2}.All())
	require.NoError(t, err)
	again, err := collect(t, Generator{Count: 50, Seed: 7, Bad: 0.2}.All())
	require.NoError(t, err)
	other, err := collect(t, Generator{Count: 50, Seed: 8, Bad: 0.2}.All())
	require.NoError(t, err)

	assert.Len(t, one, 50)
	assert.Equal(t, one, again)
	assert.NotEqual(t, one, other)
}

func TestGenerator_bad_mixesItsFourKinds(t *testing.T) {
	bodies, err := collect(t, Generator{Count: 8, Seed: 1, Bad: 1}.All())
	require.NoError(t, err)
	for n, body := range bodies {
		var got struct {
			Data struct {
				Timestream any `json:"email_timestream"`
			} `json:"data"`
			Token any `json:"token"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &got))
		switch n % 4 {
		case 0:
			assert.Equal(t, "wrong-token", got.Token)
		case 1:
			assert.Nil(t, got.Token)
		case 2:
			assert.Equal(t, "not-a-timestamp", got.Data.Timestream)
		case 3:
			assert.Nil(t, got.Data.Timestream)
			assert.NotContains(t, body, "email_timestream")
		}
	}
}

func TestGenerator_withoutBad_makesValidPayloads(t *testing.T) {
	bodies, err := collect(t, Generator{Count: 100, Seed: 3}.All())
	require.NoError(t, err)
	for _, body := range bodies {
		assert.Contains(t, body, `"token":"right"`)
		assert.NotContains(t, body, "not-a-timestamp")
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"[]", `{"data":{}}`, `[{"data":1},{"token":2}]`, "{}{}", "[{}", "5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		for payload, err := range NewReader("in.json", strings.NewReader(input)).All() {
			if err != nil {
				return
			}
			body, err := payload.Body("t")
			require.NoError(t, err)
			require.True(t, json.Valid(body))
		}
	})
}
