package compute

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var digest = "sha256:" + strings.Repeat("0a", 32)

func TestPinned_tagAndDigest_leavesOutTheTag(t *testing.T) {
	for reference, want := range map[string]string{
		"ghcr.io/acme/api@" + digest:             "ghcr.io/acme/api@" + digest,
		"ghcr.io/acme/api:v1.2@" + digest:        "ghcr.io/acme/api@" + digest,
		"localhost:5000/api@" + digest:           "localhost:5000/api@" + digest,
		"localhost:5000/api:v1@" + digest:        "localhost:5000/api@" + digest,
		"public.ecr.aws/a1b2/team/api@" + digest: "public.ecr.aws/a1b2/team/api@" + digest,
	} {
		got, err := pinned(reference)
		require.NoError(t, err, reference)
		assert.Equal(t, want, got)
	}
}

func TestParseImage_slashesInName_accepted(t *testing.T) {
	assert.Equal(t, "team/api", repositoryName("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/api"))
}

func FuzzPinned(f *testing.F) {
	f.Add("ghcr.io/acme/api:v1@" + digest)
	f.Add("localhost:5000/api@" + digest)
	f.Add("x")
	f.Fuzz(func(t *testing.T, reference string) {
		got, err := pinned(reference)
		if err != nil {
			return
		}
		again, err := pinned(got)
		require.NoError(t, err)
		assert.Equal(t, got, again)
		assert.Equal(t, reference[strings.LastIndex(reference, "@"):], got[strings.LastIndex(got, "@"):])
	})
}
