package fakessm

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

type putIn struct {
	Name        string
	Value       string
	Type        string
	Description *string
	KeyId       string
	Overwrite   bool
}

type putOut struct {
	Version int64
	Tier    string
}

// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
var parameterName = regexp.MustCompile(`\A(/?[A-Za-z0-9_.-]+)(/[A-Za-z0-9_.-]+){0,14}\z`)

func (s *Service) put(_ context.Context, in *putIn) (*putOut, error) {
	if !parameterName.MatchString(in.Name) {
		return nil, validation(fmt.Sprintf("Parameter name %q: only a mix of letters, numbers and . - _ in up to 15 levels is allowed.", in.Name))
	}
	if in.Value == "" {
		return nil, validation("Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.")
	}
	if len(in.Value) > maxValueBytes {
		return nil, validation(fmt.Sprintf("Standard tier parameters support a maximum parameter value of %d characters.", maxValueBytes))
	}
	if in.Type != "" && !slices.Contains([]string{plain, stringList, secure}, in.Type) {
		return nil, &awsjson.Error{
			Type: "UnsupportedParameterType", Status: http.StatusBadRequest, Message: "The parameter type " + in.Type + " isn't supported.",
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	next := version{number: 1, kind: in.Type, value: in.Value, keyID: in.KeyId, modified: s.clock.Now()}
	p, exists := s.parameters[in.Name]
	switch {
	case exists && !in.Overwrite:
		return nil, &awsjson.Error{
			Type: "ParameterAlreadyExists", Status: http.StatusBadRequest,
			Message: "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
		}
	case exists:
		next.follow(p.latest())
	case in.Type == "":
		return nil, validation("A parameter type is required when you create a parameter.")
	default:
		p = &parameter{name: in.Name}
		s.parameters[in.Name] = p
	}
	if in.Description != nil {
		next.description = *in.Description
	}
	if next.kind == secure && next.keyID == "" {
		next.keyID = "alias/aws/ssm"
	}
	if len(p.versions) == maxVersions && len(p.versions[0].labels) > 0 {
		return nil, &awsjson.Error{
			Type: "ParameterMaxVersionLimitExceeded", Status: http.StatusBadRequest,
			Message: "The oldest version has a label and cannot be deleted. Move the label to another version.",
		}
	}
	p.versions = append(p.versions, next)
	if len(p.versions) > maxVersions {
		p.versions = p.versions[1:]
	}
	return &putOut{Version: next.number, Tier: "Standard"}, nil
}

// follow takes over from the version before what the caller left out.
func (v *version) follow(before *version) {
	v.number = before.number + 1
	v.description = before.description
	if v.kind == "" {
		v.kind = before.kind
	}
	if v.keyID == "" {
		v.keyID = before.keyID
	}
}

// Put makes a SecureString, or gives it a new version.
func (s *Service) Put(name, value string) error {
	_, err := s.put(context.Background(), &putIn{Name: name, Value: value, Type: secure, Overwrite: true})
	return err
}

type deleteIn struct{ Name string }

type empty struct{}

func (s *Service) delete(_ context.Context, in *deleteIn) (*empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, _, err := s.find(in.Name)
	if err != nil {
		return nil, err
	}
	delete(s.parameters, p.name)
	return &empty{}, nil
}
