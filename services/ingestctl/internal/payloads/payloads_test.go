package payloads

import (
	"encoding/json"
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

func TestReadTakesArraysObjectsAndNDJSON(t *testing.T) {
	const a, b = `{"email_subject":"a"}`, `{"data":{"email_subject":"b"},"token":null}`
	want := []string{
		`{"data":{"email_subject":"a"},"token":"right"}`,
		`{"data":{"email_subject":"b"},"token":null}`,
	}
	for name, input := range map[string]string{
		"array": "\n [" + a + ",\n" + b + "]", "NDJSON": a + "\n" + b + "\n", "run together": a + b,
	} {
		bodies, err := collect(t, Read(strings.NewReader(input)))
		require.NoError(t, err, name)
		assert.Equal(t, want, bodies, name)
	}
}

func TestReadKeepsNumbersAsTheyAreWritten(t *testing.T) {
	bodies, err := collect(t, Read(strings.NewReader(`{"data":{"email_timestream":123456789012345678901234567890}}`)))
	require.NoError(t, err)
	assert.Contains(t, bodies[0], "123456789012345678901234567890")
}

func TestReadNamesThePayloadAtFault(t *testing.T) {
	for input, want := range map[string]string{
		"":                   "there is no payload in the input",
		"  \n":               "there is no payload in the input",
		`{"data":{}} 5`:      "reading payload 2: a payload is a JSON object, not 5",
		`[{"data":{}}, "x"]`: `reading payload 2: a payload is a JSON object, not "x"`,
		`{"data":`:           "reading payload 1: unexpected EOF",
		`[{"data":{}}`:       "reading the end of the array: EOF",
	} {
		_, err := collect(t, Read(strings.NewReader(input)))
		assert.EqualError(t, err, want, input)
	}
}

func TestAnEmptyArrayHoldsNothing(t *testing.T) {
	bodies, err := collect(t, Read(strings.NewReader("[]")))
	require.NoError(t, err)
	assert.Empty(t, bodies)
}

func TestGeneratorMakesTheSameFromTheSameSeed(t *testing.T) {
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

func TestGeneratorMixesTheFourBadKinds(t *testing.T) {
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

func TestGeneratorWithoutBadMakesOnlyGoodOnes(t *testing.T) {
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
		for payload, err := range Read(strings.NewReader(input)) {
			if err != nil {
				return
			}
			body, err := payload.Body("t")
			require.NoError(t, err)
			require.True(t, json.Valid(body))
		}
	})
}
