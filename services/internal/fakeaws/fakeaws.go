// Package fakeaws is a fake AWS: S3, SQS and SSM on one port of this machine,
// for running the whole pipeline here and for its tests.
//
// The service of a request is known by X-Amz-Target for the
// services of the JSON protocols, by their form for those of the query
// protocol, and S3 for all others. A faults.Plan states which calls fail, and
// counts calls; the clock may be a fake one.
package fakeaws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/backoff"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakes3"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakesqs"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/fakessm"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/peer"
	"github.com/jonboulle/clockwork"
)

// Where everything in the fake AWS is.
const (
	Account = "000000000000"
	Region  = "us-east-1"
)

// Service is one of AWS's services behind the port.
type Service interface {
	http.Handler
	// Operation names a request's operation for the fault plan: "sqs.SendMessage".
	Operation(r *http.Request) string
	// Refuse answers an error in the form of the service's protocol.
	Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string)
}

// Options shape a Server. The zero value keeps everything in memory, on a
// free port of the loopback interface.
type Options struct {
	// Addr is where to listen; "127.0.0.1:0" when empty.
	Addr string
	// Listener is used instead of Addr when given. The server closes it.
	Listener net.Listener
	// DataDir is where the objects of RootBucket are files, whose paths are their
	// keys. Everything else is in memory.
	DataDir, RootBucket string
	// Clock is the time of the services; the real one when nil.
	Clock clockwork.Clock
	// Faults is what goes wrong; nothing when nil.
	Faults *faults.Plan
	// Services are further services by the prefix of their X-Amz-Target, such
	// as "AmazonEC2ContainerServiceV20141113".
	Services map[string]Service
}

// Server serves until Close.
type Server struct {
	// URL is where it listens, "http://127.0.0.1:<port>".
	URL string
	// Faults is the current plan.
	Faults *faults.Plan
	// SQS, SSM and S3 are there for tests to look into.
	SQS *fakesqs.Service
	SSM *fakessm.Service
	S3  *fakes3.Service

	targets map[string]Service
	http    *http.Server
	unused  unusedConns
	cancel  context.CancelFunc
	serving sync.WaitGroup
	closing sync.Once
	closed  error
}

// Start serves at once.
func Start(o Options) (*Server, error) {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Faults == nil {
		o.Faults = faults.New(0)
	}
	listener, err := listen(o)
	if err != nil {
		return nil, err
	}
	s3, err := fakes3.New(fakes3.Options{Clock: o.Clock, Dir: o.DataDir, RootBucket: o.RootBucket})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(), Faults: o.Faults,
		SQS: fakesqs.New(o.Clock, Region, Account), SSM: fakessm.New(o.Clock, Region, Account), S3: s3,
	}
	s.targets = map[string]Service{"AmazonSQS": s.SQS, "AmazonSSM": s.SSM}
	for prefix, service := range o.Services {
		s.targets[prefix] = service
	}
	s.serve(listener)
	return s, nil
}

func listen(o Options) (net.Listener, error) {
	if o.Listener != nil {
		return o.Listener, nil
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("listening for AWS calls: %w", err)
	}
	return listener, nil
}

func (s *Server) serve(listener net.Listener) {
	const headerTimeout = 10 * time.Second
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.http = &http.Server{
		Handler:           http.HandlerFunc(s.route),
		ReadHeaderTimeout: headerTimeout,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       peer.With,
		ConnState:         s.unused.changed,
	}
	s.serving.Go(func() {
		// It always returns an error, and this one says that Close was called.
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.closed = fmt.Errorf("serving AWS calls: %w", err)
		}
	})
}

// Close stops the server: polls end, answers under way get a second.
func (s *Server) Close() error {
	s.closing.Do(func() {
		s.cancel()
		s.SQS.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.unused.close()
		err := s.http.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = s.http.Close()
		}
		s.serving.Wait()
		s.closed = errors.Join(s.closed, err, s.S3.Close())
	})
	return s.closed
}

// unusedConns are connections on which nothing has come. Clients open some to
// have them; http.Server.Shutdown would wait 5 s for each.
type unusedConns struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (u *unusedConns) changed(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.conns == nil {
		u.conns = map[net.Conn]bool{}
	}
	if state == http.StateNew {
		u.conns[conn] = true
	} else {
		delete(u.conns, conn)
	}
}

func (u *unusedConns) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.conns {
		_ = conn.Close() // it may be closed by its client
	}
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	target := r.Header.Get("X-Amz-Target")
	if rpc, ok := strings.CutPrefix(r.URL.Path, "/service/"); ok && r.Header.Get("Smithy-Protocol") != "" {
		// RPC v2 names service and operation in the path.
		target = strings.ReplaceAll(rpc, "/", ".")
	}
	prefix, _, _ := strings.Cut(target, ".")
	switch service := scope(r); {
	case target == "" && r.URL.Path == "/healthz":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}`)) // the asker has gone
	case target == "" && isQuery(r):
		s.call(w, r, query{})
	case target == "" && (service == "" || service == "s3"):
		s.call(w, r, s.S3)
	case target == "":
		refuseUnknown(w, r, service)
	case s.targets[prefix] == nil:
		refuseUnknown(w, r, prefix)
	default:
		s.call(w, r, s.targets[prefix])
	}
}

// call lets the service answer, with the fault that the plan has for the call.
func (s *Server) call(w http.ResponseWriter, r *http.Request, service Service) {
	call := s.Faults.Begin(service.Operation(r))
	fault := call.Fault
	if !backoff.Sleep(r.Context(), fault.Delay) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Code != "":
		status := fault.Status
		if status == 0 {
			status = http.StatusInternalServerError
		}
		service.Refuse(w, r, status, fault.Code, fault.Message)
	case fault.Drop == faults.DropBefore:
		panic(http.ErrAbortHandler)
	case fault.Drop == faults.DropAfter:
		service.ServeHTTP(nowhere{http.Header{}}, r.WithContext(call.With(r.Context())))
		panic(http.ErrAbortHandler)
	default:
		service.ServeHTTP(w, r.WithContext(call.With(r.Context())))
	}
}

// nowhere takes an answer that its client must not get. It can be flushed, so
// that the call takes effect as though its answer had been written.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}
func (n nowhere) Flush()                      {}
