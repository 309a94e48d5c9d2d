package fakessm

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
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

type filter struct {
	Key    string
	Option string
	Values []string
}

type describeIn struct {
	Filters          []filter
	ParameterFilters []filter
	MaxResults       int
	NextToken        string
}

type metadata struct {
	Name             string
	ARN              string
	Type             string
	KeyId            string `json:",omitempty"`
	Description      string `json:",omitempty"`
	Value            string `json:",omitempty"`
	LastModifiedDate timestamp
	LastModifiedUser string
	Version          int64
	Tier             string
	DataType         string
	Labels           []string `json:",omitempty"`
}

func (s *Service) metadata(p *parameter, v *version) metadata {
	return metadata{
		Name: p.name, ARN: s.arn(p.name), Type: v.kind, KeyId: v.keyID, Description: v.description,
		LastModifiedDate: timestamp(v.modified), LastModifiedUser: "arn:aws:iam::" + s.account + ":root",
		Version: v.number, Tier: "Standard", DataType: "text",
	}
}

type describeOut struct {
	Parameters []metadata
	NextToken  string `json:",omitempty"`
}

// describe filters by Name and Type only, and says so of any other key.
func (s *Service) describe(_ context.Context, in *describeIn) (*describeOut, error) {
	const maxResults = 50
	limit := in.MaxResults
	if limit <= 0 || limit > maxResults {
		limit = maxResults
	}
	filters := slices.Concat(in.Filters, in.ParameterFilters)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &describeOut{Parameters: []metadata{}}
	for _, name := range slices.Sorted(maps.Keys(s.parameters)) {
		p := s.parameters[name]
		chosen, err := p.matches(filters)
		if err != nil {
			return nil, err
		}
		if !chosen || name <= in.NextToken {
			continue
		}
		if len(out.Parameters) == limit {
			out.NextToken = out.Parameters[limit-1].Name
			break
		}
		out.Parameters = append(out.Parameters, s.metadata(p, p.latest()))
	}
	return out, nil
}

func (p *parameter) matches(filters []filter) (bool, error) {
	for _, f := range filters {
		var value string
		switch f.Key {
		case "Name":
			value = p.name
		case "Type":
			value = p.latest().kind
		default:
			return false, &awsjson.Error{
				Type: "InvalidFilterKey", Status: 400, Message: "The fake AWS filters by Name and Type, not by " + f.Key + ".",
			}
		}
		compare := func(wanted string) bool { return value == wanted }
		switch f.Option {
		case "BeginsWith":
			compare = func(wanted string) bool { return strings.HasPrefix(value, wanted) }
		case "Contains":
			compare = func(wanted string) bool { return strings.Contains(value, wanted) }
		}
		if !slices.ContainsFunc(f.Values, compare) {
			return false, nil
		}
	}
	return true, nil
}

type historyIn struct {
	Name           string
	WithDecryption bool
	MaxResults     int
	NextToken      string
}

// history answers the versions from the oldest on.
func (s *Service) history(_ context.Context, in *historyIn) (*describeOut, error) {
	const maxResults = 50
	limit := in.MaxResults
	if limit <= 0 || limit > maxResults {
		limit = maxResults
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, _, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	out := &describeOut{Parameters: []metadata{}}
	for i := range p.versions {
		v := &p.versions[i]
		if token(v) <= in.NextToken {
			continue
		}
		if len(out.Parameters) == limit {
			out.NextToken = token(&p.versions[i-1])
			break
		}
		entry := s.metadata(p, v)
		entry.Value, entry.Labels = v.shown(in.WithDecryption), v.labels
		out.Parameters = append(out.Parameters, entry)
	}
	return out, nil
}
