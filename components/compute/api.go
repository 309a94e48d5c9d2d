package compute

import "strconv"

// APIArgs are the settings of the api.
type APIArgs struct {
	// ImageTag is a tag in the service's own ECR repository. The task definition
	// pins the digest that it has there.
	ImageTag string `key:"apiImageTag" validate:"imageTag" description:"Image of the api by a tag in its ECR repository (this, or apiImage, or buildImages; with none of them the image deployed last stays)"`
	// Image is an image in any registry, by its digest. A tag before the digest is
	// left out, since the digest alone says which image it is. The execution role
	// of DataConfig pulls from no other private ECR repository than the
	// environment's two.
	Image string `key:"apiImage" validate:"image" description:"Image of the api in any registry, by its digest"`
	// DesiredCount is a number of tasks. 0 stops the service and keeps it.
	DesiredCount *int `key:"apiDesiredCount" default:"1" validate:"min=0,max=100" description:"Tasks of the api; with apiMaxCount those of the first deployment"`
	// MaxBodyBytes is the largest body of a request; the api answers 413 to a larger
	// one.
	MaxBodyBytes int `key:"apiMaxBodyBytes" default:"1048576" validate:"min=1024,max=16777216" description:"Largest body of a request, in bytes"`
	// CPU is in CPU units, 1,024 to a vCPU, and Memory in MiB, in one of Fargate's
	// pairs. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
	CPU    int `key:"apiCpu" default:"256" validate:"oneof=256 512 1024 2048 4096 8192 16384" description:"CPU units of a task of the api, 1024 to a vCPU"`
	Memory int `key:"apiMemory" default:"512" validate:"min=512,max=122880" description:"MiB of a task of the api; Fargate offers each CPU with certain sizes only"`

	Scaling APIScaling
}

// apiEnvironment is the api's environment; what is not here has the api's default.
func (a Args) apiEnvironment(queueURL, parameter string) map[string]string {
	return a.reporting(map[string]string{
		"AWS_REGION":      a.Region,
		"AWS_MAX_RETRIES": strconv.Itoa(a.AWSMaxRetries),
		"LOG_LEVEL":       a.LogLevel,
		"MAX_BODY_BYTES":  strconv.Itoa(a.API.MaxBodyBytes),
		"PORT":            strconv.Itoa(apiPort),
		"SQS_QUEUE_URL":   queueURL,
		"SSM_TOKEN_PARAM": parameter,
	})
}
