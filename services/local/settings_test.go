package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	apiapp "github.com/ingest-iac/ingest/services/api/app"
	"github.com/ingest-iac/ingest/services/internal/settings"
	"github.com/ingest-iac/ingest/services/internal/tracing"
	workerapp "github.com/ingest-iac/ingest/services/worker/app"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the tables of the services' settings in docs/configuration.md")

func TestConfigurationPage_listsTheSettingsOfTheServices(t *testing.T) {
	const (
		path  = "../../docs/configuration.md"
		begin = "<!-- These tables are generated from the settings of the services: make settings -->\n"
		end   = "<!-- End of the generated tables. -->"
	)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(content), begin)
	require.True(t, found, "the page has to hold the line %s", begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "the page has to hold the line %s", end)
	want := before + begin +
		"\n### api\n\n" + settings.Table(&apiapp.Settings{}) +
		"\n### worker\n\n" + settings.Table(&workerapp.Settings{}) +
		"\n### Traces of api and worker\n\n" + settings.Table(&tracing.Settings{}) +
		"\n### local, which `make run` starts\n\n" + settings.Table(&Settings{}) +
		"\n" + end + after
	if *update && want != string(content) {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		t.Fatal("docs/configuration.md was written; run the test again without -update")
	}
	assert.Equal(t, want, string(content), "docs/configuration.md differs from the settings; run: make settings")
}
