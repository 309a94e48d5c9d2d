package app

import (
	"time"

	"github.com/ingest-iac/ingest/services/internal/service"
)

// Settings are the api's environment.
type Settings struct {
	service.Settings

	Parameter    string        `env:"SSM_TOKEN_PARAM,required" match:"/?[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*" allowed:"the name of an SSM parameter, such as /ingest/prod/token" description:"SSM parameter that holds the token"`
	Port         int           `env:"PORT" envDefault:"8000" min:"1" max:"65535" description:"port that the api listens on"`
	TokenTTL     time.Duration `env:"TOKEN_TTL" envDefault:"60s" min:"1s" max:"1h" description:"how long a token that was read is used"`
	TokenOverlap time.Duration `env:"TOKEN_OVERLAP" envDefault:"24h" min:"0s" max:"720h" description:"how long after a rotation the old token is accepted"`
	MaxBodyBytes int64         `env:"MAX_BODY_BYTES" envDefault:"1048576" min:"1024" max:"16777216" description:"largest request body"`
}
