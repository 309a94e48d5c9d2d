package fakessm

import (
	"context"
	"maps"
	"slices"
)

type getIn struct {
	Name           string
	Names          []string
	WithDecryption bool
}

type parameterOut struct {
	Name             string
	Type             string
	Value            string
	Version          int64
	LastModifiedDate timestamp
	ARN              string
	DataType         string
	Selector         string `json:",omitempty"`
}

type getOut struct{ Parameter parameterOut }

func (s *Service) get(_ context.Context, in *getIn) (*getOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, v, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	return &getOut{s.out(in.Name, p, v, in.WithDecryption)}, nil
}

// out is the version of p that name selects.
func (s *Service) out(name string, p *parameter, v *version, decrypt bool) parameterOut {
	return parameterOut{
		Name: p.name, Type: v.kind, Value: v.shown(decrypt), Version: v.number,
		LastModifiedDate: timestamp(v.modified), ARN: s.arn(p.name), DataType: "text",
		Selector: s.selector(name),
	}
}

type getSeveralOut struct {
	Parameters        []parameterOut
	InvalidParameters []string
}

// getSeveral takes up to 10 names, and lists those that it does not find.
func (s *Service) getSeveral(_ context.Context, in *getIn) (*getSeveralOut, error) {
	const maxNames = 10
	if len(in.Names) == 0 || len(in.Names) > maxNames {
		return nil, validation("Member 'names' must have length between 1 and 10.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &getSeveralOut{Parameters: []parameterOut{}, InvalidParameters: []string{}}
	for _, name := range in.Names {
		p, v, err := s.find(name)
		if err != nil {
			out.InvalidParameters = append(out.InvalidParameters, name)
			continue
		}
		out.Parameters = append(out.Parameters, s.out(name, p, v, in.WithDecryption))
	}
	return out, nil
}

type describeIn struct{ Filters, ParameterFilters []any }

type metadata struct {
	Name             string
	ARN              string
	Type             string
	KeyId            string `json:",omitempty"`
	Description      string `json:",omitempty"`
	LastModifiedDate timestamp
	LastModifiedUser string
	Version          int64
	Tier             string
	DataType         string
}

type describeOut struct{ Parameters []metadata }

// describe answers all parameters: there are no filters and no pages.
func (s *Service) describe(_ context.Context, in *describeIn) (*describeOut, error) {
	if len(in.Filters)+len(in.ParameterFilters) > 0 {
		return nil, validation("The fake AWS has no filters.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &describeOut{Parameters: []metadata{}}
	for _, name := range slices.Sorted(maps.Keys(s.parameters)) {
		v := s.parameters[name].latest()
		out.Parameters = append(out.Parameters, metadata{
			Name: name, ARN: s.arn(name), Type: v.kind, KeyId: v.keyID, Description: v.description,
			LastModifiedDate: timestamp(v.modified), LastModifiedUser: "arn:aws:iam::" + s.account + ":root",
			Version: v.number, Tier: "Standard", DataType: "text",
		})
	}
	return out, nil
}
