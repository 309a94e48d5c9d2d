package app

import (
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
)

// Settings are the api's environment.
type Settings struct {
	Region    string `env:"AWS_REGION,required" match:"[a-z]{2}(-[a-z]+)+-\\d" allowed:"a region, such as us-east-1" description:"region of the AWS calls"`
	Parameter string `env:"SSM_TOKEN_PARAM,required" match:"/?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*" allowed:"the name of an SSM parameter, such as /ingest/prod/token" description:"SSM parameter that holds the token"`
	QueueURL  string `env:"SQS_QUEUE_URL,required" match:"https?://[^/\\s]+/.+" allowed:"the queue's URL, such as https://sqs.us-east-1.amazonaws.com/123456789012/name" description:"queue to send to"`
	Endpoint  string `env:"AWS_ENDPOINT_URL" match:"https?://[^/\\s]+/?" allowed:"the URL of an AWS emulator, such as http://127.0.0.1:4566; leave it unset for AWS itself" description:"an AWS emulator in place of AWS"`

	MaxAttempts  int           `env:"AWS_MAX_RETRIES" envDefault:"5" min:"1" max:"20" description:"attempts at a call to AWS, the first included"`
	LogLevel     service.Level `env:"LOG_LEVEL" envDefault:"INFO" allowed:"DEBUG, INFO, WARNING (or WARN), ERROR or CRITICAL" description:"least level that is logged"`
	Namespace    string        `env:"METRICS_NAMESPACE" match:"[A-Za-z0-9][A-Za-z0-9._/#-]{0,254}" allowed:"1 to 255 letters, digits and . _ / # -" description:"namespace of the metrics in CloudWatch; unset for no metrics"`
	Port         int           `env:"PORT" envDefault:"8000" min:"1" max:"65535" description:"port that the api listens on"`
	TokenTTL     time.Duration `env:"TOKEN_TTL" envDefault:"60s" min:"1s" max:"1h" description:"how long a token that was read is used"`
	TokenOverlap time.Duration `env:"TOKEN_OVERLAP" envDefault:"24h" min:"0s" max:"720h" description:"how long after a rotation the old token is accepted"`
	MaxBodyBytes int64         `env:"MAX_BODY_BYTES" envDefault:"1048576" min:"1024" max:"16777216" description:"largest request body"`
}
