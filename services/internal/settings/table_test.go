package settings

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Shared are settings that others embed.
type Shared struct {
	Region string `env:"AWS_REGION,required" allowed:"a region" description:"region of the calls"`
}

func TestTable_listsEachSetting(t *testing.T) {
	var s struct {
		Queue string `env:"QUEUE" description:"a queue"`
		Shared
		TTL   time.Duration `env:"TTL" envDefault:"60s" min:"1s" max:"1h" description:"how long"`
		Text  string        `env:"TEXT" description:"a text"`
		inner int
	}
	_ = s.inner
	assert.Equal(t, "| variable | default | allowed | |\n|---|---|---|---|\n"+
		"| `AWS_REGION` | required | a region | region of the calls |\n"+
		"| `QUEUE` | unset | any text | a queue |\n"+
		"| `TTL` | `60s` | a duration from 1s to 1h, such as 90s or 2m | how long |\n"+
		"| `TEXT` | unset | any text | a text |\n", Table(&s))
}
