// Package fakessm is the fake AWS's SSM Parameter Store: parameters and
// their histories in memory, by the JSON protocol of today's SDKs.
//
// A SecureString is kept in clear text, and shown as base64 where decryption
// was not asked for: enough to see that a client asks.
package fakessm

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ingest-iac/ingest/services/internal/fakeaws/awsjson"
	"github.com/jonboulle/clockwork"
)

// Limits of standard parameters.
// https://docs.aws.amazon.com/general/latest/gr/ssm.html
const (
	maxValueBytes = 4096
	// maxVersions of a parameter are kept; the oldest goes when one more comes.
	maxVersions = 100
)

// The types of a parameter.
const (
	plain      = "String"
	stringList = "StringList"
	secure     = "SecureString"
)

// Service holds the parameters of one account and region.
type Service struct {
	*awsjson.Service
	clock   clockwork.Clock
	account string
	region  string

	mu         sync.Mutex
	parameters map[string]*parameter
}

// parameter has its versions in order, the current one last.
type parameter struct {
	name     string
	versions []version
}

type version struct {
	number      int64
	kind        string
	value       string
	description string
	keyID       string
	modified    time.Time
	labels      []string
}

func (p *parameter) latest() *version { return &p.versions[len(p.versions)-1] }

// New makes a service without parameters.
func New(clock clockwork.Clock, region, account string) *Service {
	s := &Service{
		Service: awsjson.New("ssm", "1.1"),
		clock:   clock, region: region, account: account,
		parameters: map[string]*parameter{},
	}
	awsjson.Handle(s.Service, "GetParameter", s.get)
	awsjson.Handle(s.Service, "GetParameters", s.getSeveral)
	awsjson.Handle(s.Service, "PutParameter", s.put)
	awsjson.Handle(s.Service, "DeleteParameter", s.delete)
	awsjson.Handle(s.Service, "DescribeParameters", s.describe)
	awsjson.Handle(s.Service, "LabelParameterVersion", s.label)
	awsjson.Handle(s.Service, "UnlabelParameterVersion", s.unlabel)
	return s
}

// find takes a name, an ARN, or either with a selector: ":<version>" or
// ":<label>". The version is the latest where none is selected.
func (s *Service) find(name string) (*parameter, *version, error) {
	plainName := strings.TrimPrefix(name, s.arn(""))
	if strings.HasPrefix(name, "arn:") && strings.Count(name, "/") > 1 {
		// The slash that separates an ARN's resource is also the first of a path.
		plainName = "/" + strings.TrimPrefix(plainName, "/")
	}
	plainName, selector, selected := strings.Cut(plainName, ":")
	p, found := s.parameters[plainName]
	if !found {
		return nil, nil, &awsjson.Error{
			Type: "ParameterNotFound", Status: http.StatusBadRequest, Message: "Parameter " + name + " not found.",
		}
	}
	if !selected {
		return p, p.latest(), nil
	}
	number, err := strconv.ParseInt(selector, 10, 64)
	for i := range p.versions {
		if err == nil && p.versions[i].number == number || slices.Contains(p.versions[i].labels, selector) {
			return p, &p.versions[i], nil
		}
	}
	return nil, nil, &awsjson.Error{
		Type: "ParameterVersionNotFound", Status: http.StatusBadRequest,
		Message: fmt.Sprintf("Systems Manager could not find version %s of %s.", selector, plainName),
	}
}

func (s *Service) arn(name string) string {
	return fmt.Sprintf("arn:aws:ssm:%s:%s:parameter/%s", s.region, s.account, strings.TrimPrefix(name, "/"))
}

// shown is the value as a caller gets it.
func (v *version) shown(decrypt bool) string {
	if v.kind != secure || decrypt {
		return v.value
	}
	return base64.StdEncoding.EncodeToString([]byte("encrypted: " + v.value))
}

// timestamp is a time as the protocol writes it: seconds since 1970, to the
// millisecond.
type timestamp time.Time

// MarshalJSON writes a number.
func (t timestamp) MarshalJSON() ([]byte, error) {
	const perSecond = 1000
	return strconv.AppendFloat(nil, float64(time.Time(t).UnixMilli())/perSecond, 'f', 3, 64), nil
}

func validation(message string) *awsjson.Error {
	return &awsjson.Error{Type: "ValidationException", Status: http.StatusBadRequest, Message: message}
}

// Value is the current value of a parameter.
func (s *Service) Value(name string) (value string, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, v, err := s.find(name)
	if err != nil {
		return "", false
	}
	return v.value, true
}
