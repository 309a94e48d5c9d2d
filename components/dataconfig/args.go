package dataconfig

import (
	"errors"

	"github.com/ingest-iac/ingest/components/args"
	"github.com/ingest-iac/ingest/components/naming"
)

// Args shape a DataConfig. Environment is required; the tags of the other fields
// name their defaults and limits. The limits of the queues are those of
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
type Args struct {
	naming.Common
	// Environment is the second part of every name: "<project>-<environment>".
	Environment string `validate:"required,environment"`

	// PayloadObjectExpirationDays is how long objects are kept.
	PayloadObjectExpirationDays int `key:"payloadObjectExpirationDays" default:"30" validate:"min=1,max=36500" description:"Days that objects are kept"`
	// PayloadNoncurrentVersionExpirationDays is how long an object that was
	// overwritten or deleted can be restored.
	PayloadNoncurrentVersionExpirationDays int `key:"payloadNoncurrentVersionExpirationDays" default:"30" validate:"min=1,max=36500" description:"Days that an overwritten or deleted object can be restored"`
	// PayloadGlacierIRDays is when objects of 128 KiB and more, those of idempotency keys
	// included, move to S3 Glacier Instant Retrieval. It bills 90 days at least, so the
	// bucket must keep them that much longer.
	PayloadGlacierIRDays int `key:"payloadGlacierIRDays" default:"0" validate:"min=0,max=36500" description:"Days until objects of 128 KiB and more move to S3 Glacier Instant Retrieval; 0 leaves all in S3 Standard"`
	// PayloadForceDestroy allows the bucket, the queues and the token's parameter to
	// be destroyed, with all that they hold. Without it they are protected.
	PayloadForceDestroy bool `key:"payloadForceDestroy" description:"Allows bucket, queues and token to be destroyed with what they hold; without it they are protected"`

	// CustomerManagedKey makes a KMS key for everything of the environment that holds
	// payloads, messages or the token, and for its logs. The key cannot be left again
	// without losing what is encrypted under it: it is protected as the bucket is.
	CustomerManagedKey bool `key:"customerManagedKey" description:"Encrypts bucket, queues, token, alarms' topic and logs under a KMS key of the environment's own, which costs $1 a month; without it AWS's own keys do"`

	// VisibilityTimeoutSeconds is that of both queues. The worker sets its own for
	// each receive.
	VisibilityTimeoutSeconds *int `key:"sqsVisibilityTimeoutSeconds" default:"60" validate:"min=0,max=43200" description:"Visibility timeout of both queues, in seconds"`
	// ReceiveWaitTimeSeconds is how long a poll waits for a first message.
	ReceiveWaitTimeSeconds *int `key:"sqsReceiveWaitTimeSeconds" default:"20" validate:"min=0,max=20" description:"Seconds that a poll waits"`
	// MessageRetentionSeconds is how long the queue keeps a message.
	MessageRetentionSeconds int `key:"sqsMessageRetentionSeconds" default:"345600" validate:"min=60,max=1209600" description:"Seconds that the queue keeps a message"`
	// DLQMessageRetentionSeconds is no less than the queue's: a message keeps its
	// age when it moves.
	DLQMessageRetentionSeconds int `key:"dlqMessageRetentionSeconds" default:"1209600" validate:"min=60,max=1209600" description:"Seconds that the dead-letter queue keeps a message, no less than the queue"`
	// MaxReceiveCount is how often a message is received before it moves to the
	// dead-letter queue.
	MaxReceiveCount int `key:"maxReceiveCount" default:"5" validate:"min=1,max=1000" description:"Receives before a message moves to the dead-letter queue"`

	// ECSExec lets the tasks open sessions of ECS Exec. It is here since the rights
	// are the roles'; compute turns it on for its services where Data.ECSExec is true.
	ECSExec bool `key:"ecsExec" description:"Lets operators run commands in the tasks (ECS Exec), whose root file systems are then writable; compute follows with its next update"`

	// TokenParameterDescription describes the SSM parameter. It is read when the
	// parameter is made; a change later would write the placeholder over the token.
	TokenParameterDescription string `key:"tokenParameterDescription" default:"Token that callers of the ingest API present; set out of band" validate:"max=1024" allowed:"up to 1024 characters" description:"Description of the SSM parameter, read when it is made"`
	// AlarmEmail, when given, is subscribed to the alarm's topic. AWS asks it
	// for a confirmation first.
	AlarmEmail string `key:"alarmEmail" validate:"email" description:"Gets the alarms, once the address has confirmed"`
}

// Settings are what the tags of Args declare.
var Settings = args.Declare[Args](naming.Formats)

// Validate names everything that is wrong with the arguments. Each error is an
// [*args.Error]. New calls it, too.
func (a Args) Validate() error {
	Settings.SetDefaults(&a)
	wrong := []error{Settings.Validate(&a), a.tags().Validate()}
	if a.DLQMessageRetentionSeconds < a.MessageRetentionSeconds {
		wrong = append(wrong, &args.Error{
			Field: "DLQMessageRetentionSeconds", Value: a.DLQMessageRetentionSeconds,
			Allowed: "no less than {MessageRetentionSeconds}, since a message keeps its age when it moves",
		})
	}
	kept := a.PayloadObjectExpirationDays + a.PayloadNoncurrentVersionExpirationDays
	if days := a.PayloadGlacierIRDays; days > 0 && (days >= a.PayloadObjectExpirationDays || kept < days+glacierDays) {
		wrong = append(wrong, &args.Error{
			Field: "PayloadGlacierIRDays", Value: days,
			Allowed: "less than {PayloadObjectExpirationDays}, and no more than that plus {PayloadNoncurrentVersionExpirationDays} minus 90, since Glacier bills 90 days at least",
		})
	}
	return errors.Join(wrong...)
}

// glacierDays is how long S3 Glacier Instant Retrieval bills an object at least.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
const glacierDays = 90

func (a Args) environment() naming.Environment {
	return naming.Environment{Project: a.Project, Name: a.Environment}
}

func (a Args) tags() naming.Tags { return a.TagsOf(a.Environment) }
