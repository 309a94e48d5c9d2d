package dataconfig

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"

	"github.com/ingest-iac/ingest/components/naming"
)

// Args shape a DataConfig. Project and Environment are required; the zero value
// of every other field stands for the default that its comment names.
type Args struct {
	// Project and Environment begin every name: "<project>-<environment>".
	Project     string
	Environment string
	// Region and AccountID are part of the bucket's name. Empty ones are asked
	// of AWS, with the provider that the component is given.
	Region    string
	AccountID string
	// Owner and Tags are added to the tags of every resource.
	Owner string
	Tags  map[string]string

	// PayloadObjectExpirationDays is how long objects are kept; default 30.
	PayloadObjectExpirationDays int
	// PayloadNoncurrentVersionExpirationDays is how long an object that was
	// overwritten or deleted can be brought back; default 30.
	PayloadNoncurrentVersionExpirationDays int
	// PayloadForceDestroy lets the bucket, the queues and the parameter be destroyed,
	// with what they hold. Without it they are protected.
	PayloadForceDestroy bool

	// VisibilityTimeoutSeconds, 0 to 43,200; default 60.
	VisibilityTimeoutSeconds *int
	// ReceiveWaitTimeSeconds is how long a poll waits, 0 to 20; default 20.
	ReceiveWaitTimeSeconds *int
	// MessageRetentionSeconds of the queue, 60 to 1,209,600; default 345,600 (4 days).
	MessageRetentionSeconds int
	// DLQMessageRetentionSeconds, 60 to 1,209,600 and no less than the queue's: a
	// message keeps its age when it moves. Default 1,209,600 (14 days).
	DLQMessageRetentionSeconds int
	// MaxReceiveCount is how often a message is received before it moves to the
	// dead-letter queue, 1 to 1,000; default 5.
	MaxReceiveCount int

	// TokenParameterDescription describes the SSM parameter. It is taken when the
	// parameter is made; a change later would write the placeholder over the token.
	TokenParameterDescription string
	// AlarmEmail, when given, is subscribed to the alarm's topic. AWS asks it
	// for a confirmation first.
	AlarmEmail string
}

// Where the limits of the queues' attributes come from:
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const (
	maxVisibility = 43_200
	maxWait       = 20
	minRetention  = 60
	maxRetention  = 1_209_600
	maxReceives   = 1_000
)

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	accountForm = regexp.MustCompile(`^\d{12}$`)
)

// pointer is a value for a field that tells 0 from nothing.
func pointer(n int) *int { return &n }

// withDefaults is the arguments with every default in place.
func (a Args) withDefaults() Args {
	number := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	number(&a.PayloadObjectExpirationDays, 30)
	number(&a.PayloadNoncurrentVersionExpirationDays, 30)
	number(&a.MessageRetentionSeconds, 345_600)
	number(&a.DLQMessageRetentionSeconds, maxRetention)
	number(&a.MaxReceiveCount, 5)
	if a.VisibilityTimeoutSeconds == nil {
		a.VisibilityTimeoutSeconds = pointer(60)
	}
	if a.ReceiveWaitTimeSeconds == nil {
		a.ReceiveWaitTimeSeconds = pointer(maxWait)
	}
	if a.TokenParameterDescription == "" {
		a.TokenParameterDescription = "Token that callers of the ingest API present; set out of band"
	}
	return a
}

// Validate names everything that is wrong with the arguments; New does it, too.
func (a Args) Validate() error { return a.withDefaults().validate() }

// validate checks arguments that have their defaults.
func (a Args) validate() error {
	between := func(name string, value, low, high int) error {
		if value < low || value > high {
			return fmt.Errorf("%s is %d; allowed is %d to %d", name, value, low, high)
		}
		return nil
	}
	wrong := []error{
		a.environment().Validate(),
		a.tags().Validate(),
		between("payloadObjectExpirationDays", a.PayloadObjectExpirationDays, 1, 36_500),
		between("payloadNoncurrentVersionExpirationDays", a.PayloadNoncurrentVersionExpirationDays, 1, 36_500),
		between("sqsVisibilityTimeoutSeconds", *a.VisibilityTimeoutSeconds, 0, maxVisibility),
		between("sqsReceiveWaitTimeSeconds", *a.ReceiveWaitTimeSeconds, 0, maxWait),
		between("sqsMessageRetentionSeconds", a.MessageRetentionSeconds, minRetention, maxRetention),
		between("dlqMessageRetentionSeconds", a.DLQMessageRetentionSeconds, minRetention, maxRetention),
		between("maxReceiveCount", a.MaxReceiveCount, 1, maxReceives),
	}
	if a.DLQMessageRetentionSeconds < a.MessageRetentionSeconds {
		wrong = append(wrong, fmt.Errorf("dlqMessageRetentionSeconds is %d; allowed is no less than the queue's %d, since a message keeps its age when it moves",
			a.DLQMessageRetentionSeconds, a.MessageRetentionSeconds))
	}
	if a.Region != "" && !regionForm.MatchString(a.Region) {
		wrong = append(wrong, fmt.Errorf("region is %q; allowed is one such as us-east-1", a.Region))
	}
	if a.AccountID != "" && !accountForm.MatchString(a.AccountID) {
		wrong = append(wrong, fmt.Errorf("account id is %q; allowed are 12 digits", a.AccountID))
	}
	if a.AlarmEmail != "" {
		if parsed, err := mail.ParseAddress(a.AlarmEmail); err != nil || parsed.Address != a.AlarmEmail {
			wrong = append(wrong, fmt.Errorf("alarmEmail is %q; allowed is one e-mail address, such as ops@example.com", a.AlarmEmail))
		}
	}
	if len(a.TokenParameterDescription) > 1024 {
		wrong = append(wrong, errors.New("tokenParameterDescription is longer than the 1024 characters that SSM allows"))
	}
	return errors.Join(wrong...)
}

func (a Args) environment() naming.Environment {
	return naming.Environment{Project: a.Project, Name: a.Environment}
}

func (a Args) tags() naming.Tags {
	return naming.Tags{Project: a.Project, Environment: a.Environment, Owner: a.Owner, Extra: a.Tags}
}
