package compute

import "strconv"

// WorkerArgs are the settings of the worker. Its limits are the worker's own.
type WorkerArgs struct {
	// ImageTag and Image name the worker's image as those of APIArgs do the api's.
	ImageTag string `key:"workerImageTag" validate:"imageTag" description:"Image of the worker by a tag in its ECR repository"`
	Image    string `key:"workerImage" validate:"image" description:"Image of the worker in any registry, by its digest"`
	// DesiredCount is a number of tasks. 0 stops the service and keeps it.
	DesiredCount *int `key:"workerDesiredCount" default:"1" validate:"min=0,max=100" description:"Tasks of the worker; with workerMaxCount those of the first deployment"`
	// CPU and Memory are those of APIArgs.
	CPU    int `key:"workerCpu" default:"256" validate:"oneof=256 512 1024 2048 4096 8192 16384" description:"CPU units of a task of the worker, 1024 to a vCPU"`
	Memory int `key:"workerMemory" default:"512" validate:"min=512,max=122880" description:"MiB of a task of the worker; Fargate offers each CPU with certain sizes only"`
	// SpotPercent moves tasks to spare capacity, whose price AWS changes, and which it
	// takes back with two minutes' notice. Turning it on or off replaces the
	// service of the worker.
	SpotPercent int `key:"workerSpotPercent" default:"0" validate:"min=0,max=100" description:"Share of the worker's tasks on Fargate Spot, in percent: up to 70% cheaper, and stopped at any time; messages wait meanwhile. Turning it on or off replaces the worker's service"`

	Scaling WorkerScaling

	// PollWaitSeconds is how long a poll waits for a first message.
	PollWaitSeconds *int `key:"workerPollWaitSeconds" default:"20" validate:"min=0,max=20" description:"Seconds that a poll waits"`
	// SleepOnEmptySeconds is a pause after an empty poll.
	SleepOnEmptySeconds int `key:"workerSleepOnEmptySeconds" default:"0" validate:"min=0,max=3600" description:"Pause after an empty poll, in seconds"`
	// VisibilityTimeout is how long a received message is hidden from other polls,
	// in seconds.
	VisibilityTimeout int `key:"workerVisibilityTimeout" default:"60" validate:"min=1,max=43200" description:"Visibility timeout of a receive and of each extension, in seconds"`
	// MaxMessages is the most messages that one poll receives.
	MaxMessages int `key:"workerMaxMessages" default:"10" validate:"min=1,max=10" description:"Messages of one poll"`
	// PayloadVersion is part of every object's key.
	PayloadVersion string `key:"payloadVersion" default:"v1" validate:"payloadVersion" description:"Part of every object's key"`
}

// workerEnvironment is the worker's environment; what is not here has the worker's
// default.
func (a Args) workerEnvironment(queueURL, bucket string) map[string]string {
	return a.reporting(map[string]string{
		"APP_ENV":                a.Environment,
		"AWS_REGION":             a.Region,
		"AWS_MAX_RETRIES":        strconv.Itoa(a.AWSMaxRetries),
		"HEALTH_PORT":            strconv.Itoa(healthPort),
		"LOG_LEVEL":              a.LogLevel,
		"MAX_MESSAGES":           strconv.Itoa(a.Worker.MaxMessages),
		"PAYLOAD_VERSION":        a.Worker.PayloadVersion,
		"POLL_WAIT_SECONDS":      strconv.Itoa(*a.Worker.PollWaitSeconds),
		"S3_BUCKET":              bucket,
		"SLEEP_ON_EMPTY_SECONDS": strconv.Itoa(a.Worker.SleepOnEmptySeconds),
		"SQS_QUEUE_URL":          queueURL,
		"VISIBILITY_TIMEOUT":     strconv.Itoa(a.Worker.VisibilityTimeout),
	})
}
