package fakeaws

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImports_onlyLocalAndTestsImportTheFakeAWS reads the imports of every package in
// the module: what is deployed must not contain the fake AWS.
func TestImports_onlyLocalAndTestsImportTheFakeAWS(t *testing.T) {
	const module = "github.com/ingest-iac/ingest/services"
	const self = module + "/internal/fakeaws"
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Deps", "./...")
	list.Dir = "../.."
	output, err := list.Output()
	require.NoError(t, err)

	importers := map[string]bool{}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		// Deps leaves out what only test files import.
		var pkg struct {
			ImportPath string
			Deps       []string
		}
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		seen++
		if pkg.ImportPath == self || strings.HasPrefix(pkg.ImportPath, self+"/") {
			continue
		}
		for _, dependency := range pkg.Deps {
			if dependency == self || strings.HasPrefix(dependency, self+"/") {
				importers[strings.TrimPrefix(pkg.ImportPath, module+"/")] = true
			}
		}
	}
	require.Greater(t, seen, 10, "the module's packages were listed")
	assert.True(t, importers["local"], "the one that does is seen")
	for importer := range importers {
		if importer != "local" && !strings.HasPrefix(importer, "tests/") {
			t.Errorf("%s depends on the fake AWS", importer)
		}
	}
}
