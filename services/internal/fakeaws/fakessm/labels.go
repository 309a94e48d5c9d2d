package fakessm

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
)

// maxLabels is how many labels one version has at most.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
const maxLabels = 10

var labelName = regexp.MustCompile(`\A[A-Za-z._-][A-Za-z0-9._-]{0,99}\z`)

func validLabel(label string) bool {
	lower := strings.ToLower(label)
	return labelName.MatchString(label) && !strings.HasPrefix(lower, "aws") && !strings.HasPrefix(lower, "ssm")
}

type labelIn struct {
	Name             string
	ParameterVersion int64
	Labels           []string
}

type labelOut struct {
	InvalidLabels    []string
	ParameterVersion int64
}

// label attaches labels to a version, the latest where none is named. A label that
// another version has moves.
func (s *Service) label(_ context.Context, in *labelIn) (*labelOut, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, v, err := s.findNumber(in.Name, in.ParameterVersion)
	if err != nil {
		return nil, err
	}
	out := &labelOut{InvalidLabels: []string{}, ParameterVersion: v.number}
	labels := slices.Clone(v.labels)
	for _, label := range in.Labels {
		switch {
		case !validLabel(label):
			out.InvalidLabels = append(out.InvalidLabels, label)
		case !slices.Contains(labels, label):
			labels = append(labels, label)
		}
	}
	if len(labels) > maxLabels {
		return nil, &awsjson.Error{
			Type: "ParameterVersionLabelLimitExceeded", Status: http.StatusBadRequest,
			Message: fmt.Sprintf("A parameter version can have maximum %d labels.", maxLabels),
		}
	}
	for i := range p.versions {
		p.versions[i].labels = slices.DeleteFunc(p.versions[i].labels, func(label string) bool { return slices.Contains(labels, label) })
	}
	v.labels = labels
	return out, nil
}

type unlabelOut struct {
	RemovedLabels []string
	InvalidLabels []string
}

// unlabel lists the labels that the version does not have as invalid.
func (s *Service) unlabel(_ context.Context, in *labelIn) (*unlabelOut, error) {
	if in.ParameterVersion == 0 {
		return nil, validation("Value null at 'parameterVersion' failed to satisfy constraint: Member must not be null")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, v, err := s.findNumber(in.Name, in.ParameterVersion)
	if err != nil {
		return nil, err
	}
	out := &unlabelOut{RemovedLabels: []string{}, InvalidLabels: []string{}}
	for _, label := range in.Labels {
		i := slices.Index(v.labels, label)
		if i < 0 {
			out.InvalidLabels = append(out.InvalidLabels, label)
			continue
		}
		v.labels = slices.Delete(v.labels, i, i+1)
		out.RemovedLabels = append(out.RemovedLabels, label)
	}
	return out, nil
}

// findNumber finds a version by its number; 0 is the latest.
func (s *Service) findNumber(name string, number int64) (*parameter, *version, error) {
	if number == 0 {
		return s.find(name)
	}
	return s.find(fmt.Sprintf("%s:%d", name, number))
}

// selector is the selector of name as an answer holds it: with its colon, or empty.
func (s *Service) selector(name string) string {
	if i := strings.IndexByte(strings.TrimPrefix(name, s.arn("")), ':'); i >= 0 {
		return strings.TrimPrefix(name, s.arn(""))[i:]
	}
	return ""
}
