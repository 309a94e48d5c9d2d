package container

import (
	"debug/buildinfo"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The image has no file of CA certificates, so the programs carry them.
func TestPrograms_haveTheCertificatesOfCAs(t *testing.T) {
	for _, program := range []string{"api", "worker"} {
		binary := filepath.Join(t.TempDir(), program)
		run(t, services, "go", "build", "-o", binary, "./"+program)
		info, err := buildinfo.ReadFile(binary)
		require.NoError(t, err)
		var modules []string
		for _, module := range info.Deps {
			modules = append(modules, module.Path)
		}
		assert.Contains(t, modules, "golang.org/x/crypto/x509roots/fallback", program)
		assert.NotContains(t, modules, "google.golang.org/grpc", "traces go over HTTP")
	}
}
