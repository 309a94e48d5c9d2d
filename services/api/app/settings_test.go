package app

import (
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func environ() map[string]string {
	return map[string]string{
		"AWS_REGION":      "us-east-1",
		"SQS_QUEUE_URL":   "https://sqs.us-east-1.amazonaws.com/123456789012/ingest-prod-emails-queue",
		"SSM_TOKEN_PARAM": "/ingest/prod/token",
	}
}

func TestSettings_unset_haveDefaults(t *testing.T) {
	got, err := settings.Read[Settings](environ())
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Settings: service.Settings{
			Region: "us-east-1", QueueURL: "https://sqs.us-east-1.amazonaws.com/123456789012/ingest-prod-emails-queue", MaxAttempts: 5,
		},
		Parameter: "/ingest/prod/token", Port: 8000, TokenTTL: time.Minute, TokenOverlap: 24 * time.Hour, MaxBodyBytes: 1 << 20,
	}, got)
}

func TestSettings_outOfBounds_eachIsNamed(t *testing.T) {
	for name, values := range map[string][]string{
		"AWS_REGION":       {"", "Mars"},
		"SQS_QUEUE_URL":    {"", "queue", "https://host"},
		"SSM_TOKEN_PARAM":  {"", "a b", "//", "/a/"},
		"AWS_ENDPOINT_URL": {"127.0.0.1:4566", "http://host/path"},
		"AWS_MAX_RETRIES":  {"0", "21", "many"},
		"LOG_LEVEL":        {"LOUD"},
		"PORT":             {"0", "65536"},
		"TOKEN_TTL":        {"60", "0s", "2h"},
		"TOKEN_OVERLAP":    {"24", "-1s", "721h"},
		"MAX_BODY_BYTES":   {"0", "1MB", "16777217"},
	} {
		for _, value := range values {
			wrong := environ()
			wrong[name] = value
			_, err := settings.Read[Settings](wrong)
			require.ErrorContains(t, err, "1 setting is wrong:\n  "+name+" ", "%s=%q", name, value)
			require.ErrorContains(t, err, "allowed is ")
		}
	}
}
