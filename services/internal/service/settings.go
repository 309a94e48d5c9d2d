package service

// Settings are those of every service, which embeds them in its own.
type Settings struct {
	Region   string `env:"AWS_REGION,required" match:"[a-z]{2}(-[a-z]+)+-\\d" allowed:"a region, such as us-east-1" description:"region of the AWS calls"`
	QueueURL string `env:"SQS_QUEUE_URL,required" match:"https?://[^/\\s]+/.+" allowed:"the queue's URL, such as https://sqs.us-east-1.amazonaws.com/123456789012/name" description:"queue of the messages"`
	Endpoint string `env:"AWS_ENDPOINT_URL" match:"https?://[^/\\s]+/?" allowed:"the URL of an AWS emulator, such as http://127.0.0.1:4566; leave it unset for AWS itself" description:"an AWS emulator in place of AWS"`

	MaxAttempts int    `env:"AWS_MAX_RETRIES" envDefault:"5" min:"1" max:"20" description:"attempts at a call to AWS, the first included"`
	LogLevel    Level  `env:"LOG_LEVEL" envDefault:"INFO" allowed:"DEBUG, INFO, WARNING (or WARN), ERROR or CRITICAL" description:"least level that is logged"`
	Namespace   string `env:"METRICS_NAMESPACE" match:"[A-Za-z0-9][A-Za-z0-9._/#-]{0,254}" allowed:"1 to 255 letters, digits and . _ / # -" description:"namespace of the metrics in CloudWatch; unset for no metrics"`
}

func (s Settings) logLevel() Level { return s.LogLevel }
