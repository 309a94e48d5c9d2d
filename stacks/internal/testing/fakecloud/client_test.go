package fakecloud_test

import (
	"regexp"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"
)

// in are inputs as plain Go values.
type in map[string]any

// engine is what an engine is to the provider aws: it remembers inputs and
// outputs as a state does.
type engine struct {
	*fakecloud.Cloud
	t      *testing.T
	client pulumirpc.ResourceProviderClient
	states map[string]*state
}

type state struct {
	urn, id         string
	inputs, outputs *structpb.Struct
}

var ports = regexp.MustCompile(`aws:(\d+)`)

// attach serves an empty account and configures the provider.
func attach(t *testing.T) *engine {
	t.Helper()
	return serve(t, fakecloud.New())
}

// serve serves an account and configures the provider.
func serve(t *testing.T, account *fakecloud.Cloud) *engine {
	t.Helper()
	server, err := account.Serve()
	require.NoError(t, err)
	port := ports.FindStringSubmatch(server.Env()[0])[1]
	connection, err := grpc.NewClient("127.0.0.1:"+port, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, connection.Close())
		assert.NoError(t, server.Close())
	})
	e := &engine{Cloud: account, t: t, client: pulumirpc.NewResourceProviderClient(connection), states: map[string]*state{}}
	e.configure(true)
	return e
}

func (e *engine) configure(acceptSecrets bool) {
	e.t.Helper()
	_, err := e.client.Handshake(e.t.Context(), &pulumirpc.ProviderHandshakeRequest{})
	require.NoError(e.t, err)
	_, err = e.client.Configure(e.t.Context(), &pulumirpc.ConfigureRequest{
		Args: e.properties(in{"region": "eu-west-1"}), AcceptSecrets: acceptSecrets,
	})
	require.NoError(e.t, err)
}

func (e *engine) properties(values in) *structpb.Struct {
	e.t.Helper()
	marshalled, err := plugin.MarshalProperties(resource.NewPropertyMapFromMap(values), plugin.MarshalOptions{KeepUnknowns: true})
	require.NoError(e.t, err)
	return marshalled
}

func urn(token, name string) string {
	return string(resource.NewURN("test", "project", "", tokens.Type(token), name))
}

// check fills in what a program left out.
func (e *engine) check(token, name string, inputs in, olds *structpb.Struct) (*structpb.Struct, error) {
	response, err := e.client.Check(e.t.Context(), &pulumirpc.CheckRequest{
		Urn: urn(token, name), Olds: olds, News: e.properties(inputs), RandomSeed: []byte("a seed of the engine's choice..."),
	})
	return response.GetInputs(), err
}

// make creates a resource, and returns its id.
func (e *engine) make(token, name string, inputs in) (string, error) {
	checked, err := e.check(token, name, inputs, nil)
	if err != nil {
		return "", err
	}
	response, err := e.client.Create(e.t.Context(), &pulumirpc.CreateRequest{Urn: urn(token, name), Properties: checked})
	if err != nil {
		return "", err
	}
	e.states[token+name] = &state{urn: urn(token, name), id: response.GetId(), inputs: checked, outputs: response.GetProperties()}
	return response.GetId(), nil
}

// made is make where nothing may go wrong.
func (e *engine) made(token, name string, inputs in) string {
	e.t.Helper()
	id, err := e.make(token, name, inputs)
	require.NoError(e.t, err)
	return id
}

// output is a resource's, by the last answer of the provider.
func (e *engine) output(token, name, key string) *structpb.Value {
	return e.states[token+name].outputs.GetFields()[key]
}

// diff compares a resource with inputs.
func (e *engine) diff(token, name string, inputs in, ignored ...string) *pulumirpc.DiffResponse {
	e.t.Helper()
	s := e.states[token+name]
	checked, err := e.check(token, name, inputs, s.inputs)
	require.NoError(e.t, err)
	response, err := e.client.Diff(e.t.Context(), &pulumirpc.DiffRequest{
		Urn: s.urn, Id: s.id, Olds: s.outputs, OldInputs: s.inputs, News: checked, IgnoreChanges: ignored,
	})
	require.NoError(e.t, err)
	return response
}

// update gives a resource inputs.
func (e *engine) update(token, name string, inputs in, ignored ...string) {
	e.t.Helper()
	s := e.states[token+name]
	checked, err := e.check(token, name, inputs, s.inputs)
	require.NoError(e.t, err)
	response, err := e.client.Update(e.t.Context(), &pulumirpc.UpdateRequest{
		Urn: s.urn, Id: s.id, Olds: s.outputs, OldInputs: s.inputs, News: checked, IgnoreChanges: ignored,
	})
	require.NoError(e.t, err)
	s.inputs, s.outputs = checked, response.GetProperties()
}

// refresh reads a resource, and reports whether it exists.
func (e *engine) refresh(token, name string) bool {
	e.t.Helper()
	s := e.states[token+name]
	response, err := e.client.Read(e.t.Context(), &pulumirpc.ReadRequest{Urn: s.urn, Id: s.id, Properties: s.outputs, Inputs: s.inputs})
	require.NoError(e.t, err)
	s.inputs, s.outputs = response.GetInputs(), response.GetProperties()
	return response.GetId() != ""
}

func (e *engine) delete(token, name string) error {
	s := e.states[token+name]
	_, err := e.client.Delete(e.t.Context(), &pulumirpc.DeleteRequest{Urn: s.urn, Id: s.id, Properties: s.outputs, OldInputs: s.inputs})
	return err
}

// invoke asks a function.
func (e *engine) invoke(token string, args in) (map[string]any, error) {
	response, err := e.client.Invoke(e.t.Context(), &pulumirpc.InvokeRequest{Tok: token, Args: e.properties(args)})
	return response.GetReturn().AsMap(), err
}
