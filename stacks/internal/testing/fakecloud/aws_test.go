package fakecloud_test

import (
	"errors"
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/fakecloud"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secretSignature marks a value as secret on its way between provider and engine.
// https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
const secretSignature = "1b47061264138c4ac30d75fd1eb44270"

func TestParameter_valueIsSecret(t *testing.T) {
	e := attach(t)
	e.made(parameterType, "it", in{"name": "/p", "value": "CHANGEME"})
	secret := func() map[string]any {
		t.Helper()
		value, isObject := e.output(parameterType, "it", "value").AsInterface().(map[string]any)
		require.True(t, isObject, "the value is in the clear")
		assert.Contains(t, value, "4dabf18193072939515e22adb298388d")
		assert.Equal(t, secretSignature, value["4dabf18193072939515e22adb298388d"])
		return value
	}
	assert.Equal(t, "CHANGEME", secret()["value"])
	require.NoError(t, e.SetParameter("/p", "set"))
	e.refresh(parameterType, "it")
	assert.Equal(t, "set", secret()["value"])

	e.configure(false)
	e.refresh(parameterType, "it")
	assert.Equal(t, "set", e.output(parameterType, "it", "value").GetStringValue(), "an engine that takes no secrets is given none")
}

func TestParameter_update_sendsTheValueInTheState(t *testing.T) {
	for name, c := range map[string]struct {
		inputs  in
		refresh bool
		want    string
	}{
		"tags":                     {in{"tags": in{"a": "b"}}, false, "set"},
		"description":              {in{"description": "new"}, false, "CHANGEME"},
		"description, but not old": {in{"description": "new"}, true, "set"},
	} {
		t.Run(name, func(t *testing.T) {
			e := attach(t)
			e.made(parameterType, "it", in{"name": "/p", "value": "CHANGEME"})
			require.NoError(t, e.SetParameter("/p", "set"))
			if c.refresh {
				e.refresh(parameterType, "it")
			}
			c.inputs["name"], c.inputs["value"] = "/p", "CHANGEME"
			e.update(parameterType, "it", c.inputs, "value")
			value, err := e.Parameter("/p")
			require.NoError(t, err)
			assert.Equal(t, c.want, value)
		})
	}
}

func TestUpdate_otherProperties_areKept(t *testing.T) {
	e := attach(t)
	id := e.made(queueType, "it", in{"name": "q", "delaySeconds": 1})
	require.NoError(t, e.Change(queueType, id, "visibilityTimeoutSeconds", 99))
	e.update(queueType, "it", in{"name": "q", "delaySeconds": 2})
	attributes := e.Resources(queueType)[0].Attributes
	assert.InDelta(t, 99, attributes["visibilityTimeoutSeconds"], 0)
	assert.InDelta(t, 2, attributes["delaySeconds"], 0)
}

func TestRefresh_changesByOthers_areRead(t *testing.T) {
	e := attach(t)
	id := e.made(queueType, "it", in{"name": "q", "delaySeconds": 1})
	require.NoError(t, e.Change(queueType, id, "delaySeconds", 7))
	assert.True(t, e.refresh(queueType, "it"))
	assert.InDelta(t, 7, e.output(queueType, "it", "delaySeconds").GetNumberValue(), 0)
	assert.Equal(t, []string{"delaySeconds"}, e.diff(queueType, "it", in{"name": "q", "delaySeconds": 1}).GetDiffs())
	require.NoError(t, e.Remove(queueType, id))
	assert.False(t, e.refresh(queueType, "it"))
	require.Error(t, e.Change(queueType, id, "delaySeconds", 7))
	require.Error(t, e.Remove(queueType, id))
}

func TestTaskDefinition_hasRevisions(t *testing.T) {
	e := attach(t)
	e.made(taskType, "first", in{"family": "f", "skipDestroy": true})
	e.made(taskType, "second", in{"family": "f", "skipDestroy": false})
	assert.Len(t, e.Resources(taskType), 2)
	require.NoError(t, e.delete(taskType, "first"))
	assert.Len(t, e.Resources(taskType), 2, "skipDestroy leaves a revision active")
	require.NoError(t, e.delete(taskType, "second"))
	remaining := e.Resources(taskType)
	require.Len(t, remaining, 1)
	assert.Equal(t, "arn:aws:ecs:eu-west-1:123456789012:task-definition/f:1", remaining[0].Attributes["arn"])
	e.made(taskType, "third", in{"family": "f"})
	assert.InDelta(t, 3, e.output(taskType, "third", "revision").GetNumberValue(), 0, "numbers are not given twice")
}

func TestCalls_areRecorded(t *testing.T) {
	e := attach(t)
	e.made(queueType, "it", in{"name": "q"})
	e.update(queueType, "it", in{"name": "q", "delaySeconds": 2, "tags": in{"a": "b"}})
	require.NoError(t, e.delete(queueType, "it"))
	_, err := e.invoke("aws:index/getRegion:getRegion", in{})
	require.NoError(t, err)
	var said []string
	for _, call := range e.Calls() {
		said = append(said, call.String())
	}
	assert.Equal(t, []string{
		"create " + queueType + " it", "update " + queueType + " it", "delete " + queueType + " it", "invoke aws:index/getRegion:getRegion",
	}, said)
	assert.Equal(t, []string{"delaySeconds", "tags"}, e.Calls(fakecloud.Update)[0].Changed)
	assert.Len(t, e.Calls(fakecloud.Create, fakecloud.Delete), 2)
	e.Forget()
	assert.Empty(t, e.Calls())
}

func TestFail_isReturnedOnce(t *testing.T) {
	e := attach(t)
	e.Fail(fakecloud.Create, queueType, errors.New("ServiceUnavailable"))
	_, err := e.make(queueType, "it", in{"name": "q"})
	require.ErrorContains(t, err, "ServiceUnavailable")
	assert.Empty(t, e.Resources(""))
	require.Error(t, e.Calls(fakecloud.Create)[0].Err)
	e.made(queueType, "it", in{"name": "q"})
	e.Fail(fakecloud.Invoke, "aws:index/getRegion:getRegion", errors.New("Throttled"))
	_, err = e.invoke("aws:index/getRegion:getRegion", in{})
	require.ErrorContains(t, err, "Throttled")
}

func TestExclusiveList_additionsByOthers_areRemoved(t *testing.T) {
	for token, c := range map[string]struct {
		list, member, key string
		own, others       string
	}{
		"aws:iam/rolePoliciesExclusive:RolePoliciesExclusive":                   {"policyNames", inlineType, "name", "own", "added"},
		"aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": {"policyArns", attachmentType, "policyArn", "arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"},
	} {
		t.Run(token, func(t *testing.T) {
			e := attach(t)
			e.made(roleType, "role", in{"name": "r"})
			e.made(roleType, "other", in{"name": "other"})
			e.made(c.member, "own", in{"role": "r", c.key: c.own})
			inputs := in{"roleName": "r", c.list: []any{c.own}}
			e.made(token, "it", inputs)
			e.refresh(token, "it")
			assert.Empty(t, e.diff(token, "it", inputs).GetDiffs())

			for _, role := range []string{"r", "other"} {
				_, err := e.Add(c.member, map[string]any{"role": role, c.key: c.others})
				require.NoError(t, err)
			}
			assert.Empty(t, e.diff(token, "it", inputs).GetDiffs(), "nothing is known before a refresh")
			e.refresh(token, "it")
			assert.Equal(t, []any{c.own, c.others}, e.output(token, "it", c.list).AsInterface())
			assert.Equal(t, []string{c.list}, e.diff(token, "it", inputs).GetDiffs())
			e.update(token, "it", inputs)
			assert.Len(t, e.Resources(c.member), 2, "the other role keeps its policy")
			require.NoError(t, e.delete(token, "it"))
			assert.Len(t, e.Resources(c.member), 2)
			_, err := e.make(token, "none", in{"roleName": "none", c.list: []any{}})
			require.ErrorContains(t, err, "NoSuchEntity")
		})
	}
}
