package settings

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type example struct {
	Region  string        `env:"AWS_REGION,required" match:"[a-z]{2}(-[a-z]+)+-\\d" allowed:"a region, such as us-east-1"`
	Queue   string        `env:"SQS_QUEUE_URL,required" match:"https?://.+" allowed:"the queue's URL"`
	Retries int           `env:"AWS_MAX_RETRIES" envDefault:"5" min:"1" max:"20"`
	TTL     time.Duration `env:"TOKEN_TTL" envDefault:"60s" min:"1s" max:"1h"`
	Level   slog.Level    `env:"LOG_LEVEL" envDefault:"INFO" allowed:"DEBUG, INFO, WARNING (or WARN), ERROR or CRITICAL"`
	Token   string        `env:"TOKEN" match:"[^ ]+" allowed:"a text without spaces" secret:"true"`
	Free    string        `env:"FREE"`
}

func TestLoad_unsetOrEmpty_isTheDefault(t *testing.T) {
	var got example
	require.NoError(t, Load(&got, map[string]string{
		"AWS_REGION": "us-east-1", "SQS_QUEUE_URL": "https://q", "AWS_MAX_RETRIES": "", "TOKEN_TTL": "2m",
	}))

	assert.Equal(t, example{
		Region: "us-east-1", Queue: "https://q", Retries: 5, TTL: 2 * time.Minute,
	}, got)
}

func TestLoad_wrongValues_areNamedTogether(t *testing.T) {
	var got example
	err := Load(&got, map[string]string{
		"AWS_REGION": "Mars", "SQS_QUEUE_URL": "", "AWS_MAX_RETRIES": "21",
		"TOKEN_TTL": "soon", "LOG_LEVEL": "LOUD", "TOKEN": "very secret",
	})

	require.Error(t, err)
	assert.Equal(t, `6 settings are wrong:
  AWS_REGION is "Mars"; allowed is a region, such as us-east-1
  SQS_QUEUE_URL is not set; allowed is the queue's URL
  AWS_MAX_RETRIES is "21"; allowed is a whole number from 1 to 20
  TOKEN_TTL is "soon"; allowed is a duration from 1s to 1h, such as 90s or 2m
  LOG_LEVEL is "LOUD"; allowed is DEBUG, INFO, WARNING (or WARN), ERROR or CRITICAL
  TOKEN has a value (not shown) that is not allowed; allowed is a text without spaces`, err.Error())
}

func TestLoad_bothBounds_areChecked(t *testing.T) {
	for retries, ok := range map[string]bool{"0": false, "1": true, "20": true, "21": false, "x": false, "1.5": false} {
		var got example
		err := Load(&got, map[string]string{
			"AWS_REGION": "us-east-1", "SQS_QUEUE_URL": "https://q", "AWS_MAX_RETRIES": retries,
		})
		if ok {
			require.NoError(t, err, retries)
			continue
		}
		assert.ErrorContains(t, err, `1 setting is wrong:
  AWS_MAX_RETRIES is "`+retries+`"; allowed is a whole number from 1 to 20`)
	}
}

func TestEnviron_processBeforeFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(file, []byte("A=file\nB=file\nC=\"two words\"\n"), 0o600))

	got, err := environ([]string{"A=process", "B="}, file)

	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "process", "B": "file", "C": "two words"}, got)
}

func TestEnviron_withoutFile(t *testing.T) {
	got, err := environ([]string{"A=1"}, filepath.Join(t.TempDir(), ".env"))
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"A": "1"}, got)
}

func TestEnviron_invalidFile_isNamedWithoutContent(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(file, []byte("TOKEN hunter2\n"), 0o600))

	_, err := environ(nil, file)

	require.ErrorContains(t, err, file+" cannot be read as lines of NAME=value")
	assert.NotContains(t, err.Error(), "hunter2")
}

func TestAttrs_showSettingsWithoutSecrets(t *testing.T) {
	attrs := Attrs(&example{Region: "us-east-1", Retries: 5, TTL: time.Minute, Token: "hunter2"})

	assert.Contains(t, attrs, slog.String("AWS_REGION", "us-east-1"))
	assert.Contains(t, attrs, slog.String("AWS_MAX_RETRIES", "5"))
	assert.Contains(t, attrs, slog.String("TOKEN_TTL", "1m0s"))
	assert.Contains(t, attrs, slog.String("TOKEN", "(set)"))
}

func TestTags_wrong_panic(t *testing.T) {
	var wrong struct {
		N int `env:"N" envDefault:"1" min:"one"`
	}
	assert.PanicsWithValue(t, `tag min of N: strconv.ParseInt: parsing "one": invalid syntax`, func() {
		_ = Load(&wrong, nil)
	})
}
