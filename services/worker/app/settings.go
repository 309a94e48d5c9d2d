package app

import (
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
)

// Settings are the worker's environment.
type Settings struct {
	service.Settings

	Bucket     string `env:"S3_BUCKET,required" match:"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]" allowed:"a bucket's name: 3 to 63 lowercase letters, digits, dots and hyphens" description:"bucket to store objects in"`
	HealthPort int    `env:"HEALTH_PORT" envDefault:"8081" min:"1" max:"65535" description:"port of the health check"`

	Environment    string `env:"APP_ENV" envDefault:"local" match:"[A-Za-z0-9._-]{1,64}" allowed:"1 to 64 letters, digits, dots, hyphens and underscores" description:"environment in the keys of objects"`
	PayloadVersion string `env:"PAYLOAD_VERSION" envDefault:"v1" match:"[A-Za-z0-9._-]{1,64}" allowed:"1 to 64 letters, digits, dots, hyphens and underscores" description:"version in the keys of objects"`

	PollWaitSeconds     int `env:"POLL_WAIT_SECONDS" envDefault:"20" min:"0" max:"20" description:"how long a poll waits for messages"`
	MaxMessages         int `env:"MAX_MESSAGES" envDefault:"10" min:"1" max:"10" description:"most messages of a poll"`
	VisibilityTimeout   int `env:"VISIBILITY_TIMEOUT" envDefault:"60" min:"1" max:"43200" description:"seconds that a received message is hidden; extended while it is in flight"`
	SleepOnEmptySeconds int `env:"SLEEP_ON_EMPTY_SECONDS" envDefault:"0" min:"0" max:"3600" description:"pause after a poll without messages"`
	Pollers             int `env:"POLLERS" envDefault:"2" min:"1" max:"16" description:"polls at the same time"`
	UploadConcurrency   int `env:"UPLOAD_CONCURRENCY" envDefault:"32" min:"1" max:"256" description:"uploads at the same time"`
}

// connections is how many calls the worker makes at once: polls, uploads,
// deletes (twice the pollers) and changes of visibility timeouts.
func (s Settings) connections() int { return 3*s.Pollers + s.UploadConcurrency + 4 }

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
