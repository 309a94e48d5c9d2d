package app

import (
	"testing"
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/worker/consumer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func environ() map[string]string {
	return map[string]string{
		"AWS_REGION":    "us-east-1",
		"SQS_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/123456789012/ingest-prod-emails-queue",
		"S3_BUCKET":     "ingest-prod-123456789012",
	}
}

func TestSettings_unset_haveDefaults(t *testing.T) {
	got, err := settings.Read[Settings](environ())
	require.NoError(t, err)
	assert.Equal(t, Settings{
		Settings: service.Settings{
			Region: "us-east-1", QueueURL: "https://sqs.us-east-1.amazonaws.com/123456789012/ingest-prod-emails-queue", MaxAttempts: 5,
		},
		Bucket: "ingest-prod-123456789012", HealthPort: 8081,
		Environment: "local", PayloadVersion: "v1", PollWaitSeconds: 20, MaxMessages: 10,
		VisibilityTimeout: 60, Pollers: 2, UploadConcurrency: 32,
	}, got)
}

func TestSettings_outOfBounds_eachIsNamed(t *testing.T) {
	wrong := map[string][]string{
		"AWS_REGION":             {"", "Mars"},
		"SQS_QUEUE_URL":          {"", "queue", "https://host"},
		"S3_BUCKET":              {"", "Upper", "a"},
		"AWS_ENDPOINT_URL":       {"127.0.0.1:4566", "http://host/path"},
		"AWS_MAX_RETRIES":        {"0", "21", "many"},
		"LOG_LEVEL":              {"LOUD"},
		"HEALTH_PORT":            {"0", "65536"},
		"APP_ENV":                {"a/b"},
		"PAYLOAD_VERSION":        {"v 1"},
		"POLL_WAIT_SECONDS":      {"-1", "21"},
		"MAX_MESSAGES":           {"0", "11"},
		"VISIBILITY_TIMEOUT":     {"0", "43201"},
		"SLEEP_ON_EMPTY_SECONDS": {"-1", "3601"},
		"POLLERS":                {"0", "17"},
		"UPLOAD_CONCURRENCY":     {"0", "257"},
	}
	for name, values := range wrong {
		for _, value := range values {
			environ := environ()
			environ[name] = value
			_, err := settings.Read[Settings](environ)
			require.ErrorContains(t, err, "1 setting is wrong:\n  "+name+" ", "%s=%q", name, value)
			require.ErrorContains(t, err, "allowed is ")
		}
	}
}

func TestSettings_valid_makeAConsumer(t *testing.T) {
	environ := environ()
	environ["VISIBILITY_TIMEOUT"] = "43200"
	environ["POLLERS"], environ["UPLOAD_CONCURRENCY"] = "16", "256"
	s, err := settings.Read[Settings](environ)
	require.NoError(t, err)
	assert.Equal(t, 12*time.Hour, seconds(s.VisibilityTimeout))
	assert.GreaterOrEqual(t, s.connections(), 16+256+2*16, "polls, uploads, deletes")
}

func TestKey_followsTheObjectContract(t *testing.T) {
	s := Settings{PayloadVersion: "v1", Environment: "prod"}
	sent := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

	name, err := s.name(consumer.Delivery{
		ID: "abc", SentAt: sent,
		Body: []byte(`{"email_timestream": 1693561101, "received_at": "2026-03-04T23:59:59.999999+00:00"}`),
	})
	require.NoError(t, err)
	assert.Equal(t, "emails/v1/prod/2026/03/04/1693561101_msgid=abc.json", name.Key)

	name, err = s.name(consumer.Delivery{ID: "abc", SentAt: sent, Body: []byte(`{"email_timestream": 1}`)})
	require.NoError(t, err)
	assert.Equal(t, "emails/v1/prod/2026/01/02/1_msgid=abc.json", name.Key)

	assert.Empty(t, name.Digest, "the key is of this message alone")

	var keyed [2]consumer.Name
	for i, received := range []string{"2026-03-04T23:59:59.999999+00:00", "2026-03-05T00:00:00.000001+00:00"} {
		keyed[i], err = s.name(consumer.Delivery{
			ID: received, SentAt: sent, IdempotencyKey: "aaa",
			Body: []byte(`{"email_timestream": 1, "received_at": "` + received + `"}`),
		})
		require.NoError(t, err)
	}
	assert.Equal(t, "emails/v1/prod/keyed/9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0.json", keyed[0].Key)
	assert.NotEmpty(t, keyed[0].Digest)
	assert.Equal(t, keyed[0], keyed[1], "neither the message nor the day counts")

	_, err = s.name(consumer.Delivery{ID: "abc", SentAt: sent, Body: []byte("not JSON")})
	require.Error(t, err)
}
