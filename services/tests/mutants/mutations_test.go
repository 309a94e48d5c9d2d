package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMutations_fitTheCode(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutations {
		assert.False(t, names[m.name], "%s is there twice", m.name)
		names[m.name] = true
		source, err := os.ReadFile(filepath.Join("../..", m.file))
		require.NoError(t, err)
		changed, err := m.apply(string(source))
		require.NoError(t, err)
		assert.NotEqual(t, string(source), changed, m.name)
	}
	makefile, err := os.ReadFile("../../../Makefile")
	require.NoError(t, err)
	assert.Contains(t, string(makefile), fmt.Sprintf("see each of %d faults", len(names)))
}

func TestMutations_nameExistingTests(t *testing.T) {
	for _, m := range mutations {
		var source strings.Builder
		files, err := filepath.Glob(filepath.Join("../..", m.pkg(), "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			source.Write(text)
		}
		assert.NotEmpty(t, m.tests, m.name)
		for _, test := range m.tests {
			assert.Contains(t, source.String(), "func "+test+"(t *testing.T)", m.name)
		}
	}
}

func TestApply_textNotOnce_isAnError(t *testing.T) {
	m := mutation{file: "a.go", before: "x", after: "y"}
	for _, source := range []string{"", "xx"} {
		_, err := m.apply(source)
		require.ErrorContains(t, err, "adapt the mutation to the code")
	}
}

func TestRun_unknownFlag_orName_isAUsageError(t *testing.T) {
	var out bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"-wrong"}, &out, &out))
	assert.Equal(t, 2, run(t.Context(), []string{"-only", "no such name"}, &out, &out))
}
