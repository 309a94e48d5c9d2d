package compute

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// container is an ECS container definition, as far as the services need one.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type container struct {
	Name             string           `json:"name"`
	Image            string           `json:"image"`
	Essential        bool             `json:"essential"`
	User             string           `json:"user"`
	ReadOnlyRoot     bool             `json:"readonlyRootFilesystem"`
	StopTimeout      int              `json:"stopTimeout"`
	PortMappings     []portMapping    `json:"portMappings,omitempty"`
	Environment      []variable       `json:"environment"`
	HealthCheck      healthCheck      `json:"healthCheck"`
	LinuxParameters  linuxParameters  `json:"linuxParameters"`
	LogConfiguration logConfiguration `json:"logConfiguration"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"`
	Timeout     int      `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"`
}

type linuxParameters struct {
	Capabilities       capabilities `json:"capabilities"`
	InitProcessEnabled bool         `json:"initProcessEnabled,omitempty"`
}

type capabilities struct {
	Drop []string `json:"drop"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// The ports of the services. The worker's answers its own health check only.
const (
	apiPort    = 8000
	healthPort = 8081
)

// stopTimeout is how long ECS waits between SIGTERM and SIGKILL, in seconds: the
// services drain in 25 at most.
const stopTimeout = 30

// user is the images' own, numeric since they have no /etc/passwd.
const user = "65532:65532"

// newContainer is a service's container. The image has one binary, /ingest, and
// no shell, so the binary checks itself.
func newContainer(service, image, region, logGroup string, environment map[string]string) container {
	c := container{
		Name: service, Image: image, Essential: true,
		User: user, ReadOnlyRoot: true, StopTimeout: stopTimeout,
		HealthCheck: healthCheck{
			Command:  []string{"CMD", "/ingest", "healthcheck"},
			Interval: 30, Timeout: 5, Retries: 3, StartPeriod: 20,
		},
		LinuxParameters: linuxParameters{Capabilities: capabilities{Drop: []string{"ALL"}}},
		LogConfiguration: logConfiguration{
			LogDriver: "awslogs",
			Options: map[string]string{
				"awslogs-group":         logGroup,
				"awslogs-region":        region,
				"awslogs-stream-prefix": service,
				// A log that CloudWatch does not take may be lost; it must not stop
				// the service that writes it. The buffer is what it may grow to.
				// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
				"mode":            "non-blocking",
				"max-buffer-size": "4m",
			},
		},
	}
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		c.Environment = append(c.Environment, variable{Name: name, Value: environment[name]})
	}
	return c
}

// listening is the container with a port that others reach.
func (c container) listening(port int) container {
	c.PortMappings = []portMapping{{ContainerPort: port, HostPort: port, Protocol: "tcp"}}
	return c
}

// render writes the definitions of a task as ECS takes them. Fields, variables
// and options have one order, so that equal settings are equal text.
func render(containers ...container) (string, error) {
	text, err := json.Marshal(containers)
	if err != nil {
		return "", fmt.Errorf("rendering the container definitions: %w", err)
	}
	return string(text), nil
}
