package fakecloud

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// components is the provider awsx: components that are made in the provider's
// process and call the account through the engine, as in the real provider.
type components struct {
	pulumirpc.UnimplementedResourceProviderServer

	cloud *Cloud
	// engine is the address of the engine that attached last.
	engine string
}

func (p *components) Handshake(_ context.Context, req *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	p.attach(req.GetEngineAddress())
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

func (p *components) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	p.attach(req.GetAddress())
	return &emptypb.Empty{}, nil
}

func (p *components) attach(engine string) {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	p.engine = engine
}

func (p *components) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: awsxVersion}, nil
}

func (p *components) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: `{"name":"awsx","version":"` + awsxVersion + `"}`}, nil
}

func (p *components) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, nil
}

func (p *components) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (p *components) Configure(context.Context, *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	return &pulumirpc.ConfigureResponse{AcceptSecrets: true, SupportsPreview: true, AcceptResources: true, AcceptOutputs: true}, nil
}

func (p *components) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Construct makes a component with the engine's help.
func (p *components) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	p.cloud.mu.Lock()
	err := p.cloud.failing(Construct, req.GetType())
	p.cloud.record(Call{Op: Construct, Type: req.GetType(), Name: req.GetName()}, err)
	engine := p.engine
	p.cloud.mu.Unlock()
	if err != nil {
		return nil, err
	}
	host, err := provider.NewHostClient(engine)
	if err != nil {
		return nil, fmt.Errorf("reaching the engine: %w", err)
	}
	defer host.Close()
	return provider.Construct(ctx, req, host.EngineConn(), construct)
}

func construct(ctx *pulumi.Context, typ, name string, inputs provider.ConstructInputs, options pulumi.ResourceOption) (*provider.ConstructResult, error) {
	switch typ {
	case "awsx:ecr:Image":
		return constructImage(ctx, typ, name, inputs, options)
	case "awsx:ec2:DefaultVpc":
		return constructDefaultVpc(ctx, typ, name, options)
	case "awsx:ec2:Vpc":
		return constructVpc(ctx, typ, name, inputs, options)
	default:
		return nil, fmt.Errorf("the fake AWS account knows no component %s: make it in stacks/internal/testing/fakecloud", typ)
	}
}
