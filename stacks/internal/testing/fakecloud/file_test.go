package fakecloud_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOpen_continuesTheAccountOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "account.json")
	first, err := fakecloud.Open(file)
	require.NoError(t, err)
	assert.Empty(t, first.Resources(""))
	e := serve(t, first)
	e.made(queueType, "queue", in{"name": "q", "delaySeconds": 3, "fifoQueue": false, "tags": in{"a": "b"}})
	e.made(bucketType, "bucket", in{"bucket": "b"})
	e.made(repositoryType, "repository", in{"name": "i", "imageTagMutability": "IMMUTABLE"})
	e.made(parameterType, "parameter", in{"name": "/p", "value": "CHANGEME"})
	e.made(taskType, "task", in{"family": "f"})
	e.made(taskType, "next", in{"family": "f"})
	e.made(queueType, "gone", in{"name": "gone"})
	require.NoError(t, e.delete(queueType, "gone"))
	digest, err := first.PushImage("i", "v1")
	require.NoError(t, err)
	require.NoError(t, first.PutObject("b", "key"))
	require.NoError(t, first.SetParameter("/p", "set"))
	e.update(queueType, "queue", in{"name": "q", "delaySeconds": 4, "fifoQueue": false, "tags": in{"a": "b"}})

	second, err := fakecloud.Open(file)
	require.NoError(t, err)
	assert.Equal(t, first.Resources(""), second.Resources(""))
	assert.Len(t, second.Resources(queueType), 1, "what was deleted stays deleted")
	value, err := second.Parameter("/p")
	require.NoError(t, err)
	assert.Equal(t, "set", value)

	// An engine goes on with the state that it has.
	states := e.states
	e = serve(t, second)
	e.states = states
	assert.True(t, e.refresh(queueType, "queue"))
	assert.Empty(t, e.diff(queueType, "queue", in{"name": "q", "delaySeconds": 4, "fifoQueue": false, "tags": in{"a": "b"}}).GetDiffs())
	require.ErrorContains(t, e.delete(bucketType, "bucket"), "BucketNotEmpty")
	image, err := e.invoke("aws:ecr/getImage:getImage", in{"repositoryName": "i", "imageTag": "v1"})
	require.NoError(t, err)
	assert.Equal(t, digest, image["imageDigest"])
	e.made(taskType, "third", in{"family": "f"})
	assert.InDelta(t, 3, e.output(taskType, "third", "revision").GetNumberValue(), 0, "revisions are not given twice")
	group := e.made(groupType, "group", in{"vpcId": "vpc-0d0000000000000a1"})
	for _, r := range first.Resources("") {
		assert.NotEqual(t, group, r.ID, "ids are not given twice")
	}

	other := filepath.Join(t.TempDir(), "copy.json")
	require.NoError(t, second.Save(other))
	loaded, err := fakecloud.Load(other)
	require.NoError(t, err)
	assert.Equal(t, second.Resources(""), loaded.Resources(""))
	assert.Equal(t, []string{"v1"}, loaded.Tags("i"))
	saved, err := os.ReadFile(other)
	require.NoError(t, err)
	serve(t, loaded).made(queueType, "another", in{"name": "another"})
	after, err := os.ReadFile(other)
	require.NoError(t, err)
	assert.Equal(t, saved, after, "what was loaded is not written")

	second.RemoveDefaultVpc()
	e.made(queueType, "last", in{"name": "last"})
	third, err := fakecloud.Open(file)
	require.NoError(t, err)
	vpcs, err := serve(t, third).invoke("aws:ec2/getVpcs:getVpcs", in{"filters": []any{}})
	require.NoError(t, err)
	assert.Empty(t, vpcs["ids"])
}

func TestOpen_otherFile_isRefused(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON":         "{",
		"an unknown type": `{"resources":[{"type":"aws:dynamodb/table:Table","id":"t"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "account.json")
			require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
			_, err := fakecloud.Open(file)
			require.ErrorContains(t, err, "reading the account in "+file)
		})
	}
}

func TestOpen_fileNotWritable_failsTheChange(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "folder")
	require.NoError(t, os.Mkdir(folder, 0o700))
	account, err := fakecloud.Open(filepath.Join(folder, "account.json"))
	require.NoError(t, err)
	require.NoError(t, os.Remove(folder))
	e := serve(t, account)
	_, err = e.make(queueType, "it", in{"name": "q"})
	require.ErrorContains(t, err, "writing the account")
}
