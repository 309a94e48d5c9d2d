package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// Settings are the program's environment. Port 0 takes a free one.
type Settings struct {
	APIPort int `env:"API_PORT" envDefault:"8000" min:"0" max:"65535" description:"port of the api, on the loopback interface; 0 takes a free port"`
	AWSPort int `env:"AWS_PORT" envDefault:"4566" min:"0" max:"65535" description:"port of the fake AWS, on the loopback interface; 0 takes a free port"`
	// WorkerHealthPort is where the worker answers about its health; another one is
	// taken when it is not free.
	WorkerHealthPort int    `env:"WORKER_HEALTH_PORT" envDefault:"8081" min:"0" max:"65535" description:"port of the worker's health check, which ingestctl status calls; where it is taken, another port is used and logged"`
	DataDir          string `env:"DATA_DIR" envDefault:".local" description:"directory of the objects, files under their keys; they remain when the program ends"`
	Token            string `env:"BOOTSTRAP_TOKEN" envDefault:"local-dev-token" match:"\\S{1,1000}" allowed:"1 to 1000 characters without spaces" description:"token in the parameter"`
}

// listen opens the port that a setting names, and says how to choose another
// one when it is taken.
func listen(ctx context.Context, host, setting string, port int) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %d is taken by another program; set %s to a free one, as in %s=%d make run",
			port, setting, setting, port+1)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s %d: %w", setting, port, err)
	}
	return listener, nil
}
