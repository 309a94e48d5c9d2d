package message

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 123456789, time.FixedZone("", 3600))

func TestEncode_writesWhatPythonWrites(t *testing.T) {
	got := Encode(Fields{Subject: "Happy new year!", Sender: "John Doe", Timestream: "1693561101", Content: "…"}, noon)
	assert.Equal(t, `{"email_subject": "Happy new year!", "email_sender": "John Doe", "email_timestream": 1693561101, `+
		`"email_content": "\u2026", "received_at": "2026-11-23T11:00:00.123456+00:00"}`, string(got))
}

func TestEncode_escapesEverythingButASCII(t *testing.T) {
	for text, want := range map[string]string{
		"\x00\x1f\b\f\n\r\t\"\\/\x7f": `\u0000\u001f\b\f\n\r\t\"\\/` + "\x7f",
		"é שנה 🎉":                     `\u00e9 \u05e9\u05e0\u05d4 \ud83c\udf89`,
		"\ufffe\uffff\U0010ffff":      `\ufffe\uffff\udbff\udfff`,
		"a\xed\xa0\x80b\xed\xbf\xbf":  `a\ud800b\udfff`,
		"":                            "",
	} {
		got := string(Encode(Fields{Timestream: "1", Content: text}, noon))
		assert.Len(t, got, Size(Fields{Timestream: "1", Content: text}))
		assert.Contains(t, got, `"email_content": "`+want+`", `)
	}
}

func TestParse_encoded_isRead(t *testing.T) {
	huge := strings.Repeat("9", MaxTimestampDigits)
	got, err := Parse(Encode(Fields{Subject: "s", Timestream: huge}, noon))
	require.NoError(t, err)
	assert.Equal(t, Message{Timestream: huge, ReceivedAt: noon.UTC().Truncate(time.Microsecond)}, got)
}

func TestParse_unstorable_isRefusedWithoutQuoting(t *testing.T) {
	for body, want := range map[string]string{
		"":                                 "it is not a JSON object",
		"secret":                           "it is not a JSON object",
		"null":                             "it is not a JSON object",
		`["secret"]`:                       "it is not a JSON object",
		`{"a":"secret"} x`:                 "it is not a JSON object",
		`{"email_content":"secret"}`:       "email_timestream is missing",
		`{"EMAIL_TIMESTREAM":1}`:           "email_timestream is missing",
		`{"email_timestream":"secret"}`:    "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":null}`:        "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":1.5}`:         "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":1e3}`:         "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":""}`:          "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":"-"}`:         "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":"../../etc"}`: "email_timestream is not an integer of at most 512 digits",
		`{"email_timestream":` + strings.Repeat("1", 513) + `}`: "email_timestream is not an integer of at most 512 digits",
	} {
		_, err := Parse([]byte(body))
		require.ErrorIs(t, err, ErrPoison, body)
		require.EqualError(t, err, "message cannot be stored: "+want, body)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestParse_integerInAString_isRead(t *testing.T) {
	for text, want := range map[string]string{`"12"`: "12", `"-012"`: "-12", `"000"`: "0", `-0`: "0"} {
		got, err := Parse([]byte(`{"email_timestream":` + text + `}`))
		require.NoError(t, err)
		assert.Equal(t, want, got.Timestream)
	}
}

func TestParse_unreadableReceivedAt_isZero(t *testing.T) {
	for _, received := range []string{`null`, `5`, `"yesterday"`, `"2026-11-23"`, `{}`} {
		got, err := Parse([]byte(`{"email_timestream":1,"received_at":` + received + `}`))
		require.NoError(t, err)
		assert.True(t, got.ReceivedAt.IsZero(), received)
	}
}

func TestObjectKey_followsFromTheMessage(t *testing.T) {
	sent := time.Date(2026, 11, 24, 0, 0, 1, 0, time.UTC)
	received := Message{Timestream: "-1", ReceivedAt: time.Date(2026, 1, 2, 23, 59, 59, 0, time.UTC)}
	assert.Equal(t, "emails/v1/prod/2026/01/02/-1_msgid=abc.json", ObjectKey("v1", "prod", received, "abc", sent))
	assert.Equal(t, "emails/v2/local/2026/11/24/7_msgid=abc.json", ObjectKey("v2", "local", Message{Timestream: "7"}, "abc", sent))
}

func TestObjectKey_longest_fitsS3(t *testing.T) {
	m := Message{Timestream: "-" + strings.Repeat("9", MaxTimestampDigits), ReceivedAt: noon}
	assert.Less(t, len(ObjectKey(strings.Repeat("v", 64), strings.Repeat("e", 64), m, strings.Repeat("i", 100), noon)), 1024)
}

func FuzzEncode(f *testing.F) {
	f.Add("s", "é\x00\"\\", "\xed\xa0\x80")
	f.Fuzz(func(t *testing.T, subject, sender, content string) {
		fields := Fields{Subject: subject, Sender: sender, Timestream: "1", Content: content}
		body := Encode(fields, noon)
		require.Len(t, body, Size(fields))
		for _, char := range body {
			require.Less(t, char, byte(0x80))
			require.GreaterOrEqual(t, char, byte(0x20))
		}
		var got map[string]any
		require.NoError(t, json.Unmarshal(body, &got))
		_, err := Parse(body)
		require.NoError(t, err)
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{"email_timestream":1}`, `{"email_timestream":"-01","received_at":"2026-01-02T03:04:05Z"}`, `[]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := Parse(body)
		if err != nil {
			require.ErrorIs(t, err, ErrPoison)
			return
		}
		require.Regexp(t, `^(0|-?[1-9][0-9]*)$`, got.Timestream)
		require.NotContains(t, ObjectKey("v1", "local", got, "id", time.Unix(0, 0)), "..")
	})
}
