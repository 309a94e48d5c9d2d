package fakecloud

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// The versions of the plugins that the providers replace.
const (
	awsVersion         = "6.83.2"
	awsxVersion        = "2.22.0"
	dockerBuildVersion = "0.0.3"
)

// Server are the providers of one [Cloud], each on a port of 127.0.0.1. They serve
// any number of engines, one at a time.
type Server struct {
	ports  map[string]int
	cancel chan bool
	done   []<-chan error
	busy   atomic.Int64
}

// Busy is how long the calls of the providers took, added up.
func (s *Server) Busy() time.Duration { return time.Duration(s.busy.Load()) }

// clock adds what a call takes.
func (s *Server) clock(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	started := time.Now()
	defer func() { s.busy.Add(int64(time.Since(started))) }()
	return handler(ctx, request)
}

// Serve starts the providers aws, awsx and docker-build over the account.
func (c *Cloud) Serve() (*Server, error) {
	s := &Server{ports: map[string]int{}, cancel: make(chan bool)}
	for name, p := range map[string]pulumirpc.ResourceProviderServer{
		"aws":          plugin.NewProviderServer(&custom{cloud: c, name: "aws", version: awsVersion, regional: true}),
		"docker-build": plugin.NewProviderServer(&custom{cloud: c, name: "docker-build", version: dockerBuildVersion}),
		"awsx":         &components{cloud: c},
	} {
		handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
			Cancel:  s.cancel,
			Options: []grpc.ServerOption{grpc.UnaryInterceptor(s.clock)},
			Init: func(server *grpc.Server) error {
				pulumirpc.RegisterResourceProviderServer(server, p)
				return nil
			},
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("serving the provider %s: %w", name, err), s.Close())
		}
		s.ports[name], s.done = handle.Port, append(s.done, handle.Done)
	}
	return s, nil
}

// Env makes an engine attach the providers: variables of its environment, as
// NAME=value.
func (s *Server) Env() []string {
	var attach []string
	for _, name := range slices.Sorted(maps.Keys(s.ports)) {
		attach = append(attach, fmt.Sprintf("%s:%d", name, s.ports[name]))
	}
	return []string{"PULUMI_DEBUG_PROVIDERS=" + strings.Join(attach, ","), "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true"}
}

// Close stops the providers. No engine may be using them.
func (s *Server) Close() error {
	close(s.cancel)
	var wrong []error
	for _, done := range s.done {
		wrong = append(wrong, <-done)
	}
	return errors.Join(wrong...)
}
