package fakecloud

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

func TestKinds_tablesFitTogether(t *testing.T) {
	for token, k := range kinds {
		assert.Equal(t, token, k.token)
		assert.NotNil(t, k.identify, "%s has no ids", token)
		assert.True(t, k.inPlace == nil || k.replaces == nil, "%s says twice what is replaced", token)
		assert.Equal(t, k.autoname == "", k.longest == 0, "%s: a name that is made has a length", token)
		if k.autoname != "" {
			assert.True(t, k.replacing(k.autoname), "%s: nothing can be renamed", token)
		}
		for _, n := range k.needs {
			assert.Contains(t, kinds, n.kind, "%s needs a type that there is not", token)
			assert.NotEmpty(t, n.missing, "%s does not say what is missing", token)
		}
	}
	assert.Equal(t, len(kinds), len(storageKinds)+len(messagingKinds)+len(iamKinds)+len(networkKinds)+len(httpsKinds)+len(vpcKinds)+len(previousKinds)+len(containerKinds)+len(scalingKinds), "a type is in two tables")
}

func TestTexts_throughArraysAndSecrets(t *testing.T) {
	properties := resource.NewPropertyMapFromMap(map[string]any{
		"actions": []any{map[string]any{"arn": "a"}, map[string]any{"arn": ""}, map[string]any{"other": "x"}},
		"groups":  []any{"g", "h"},
		"number":  1,
	})
	properties["secret"] = resource.MakeSecret(resource.NewStringProperty("s"))
	assert.Equal(t, []string{"a"}, texts(properties, "actions.arn"))
	assert.Equal(t, []string{"g", "h"}, texts(properties, "groups"))
	assert.Equal(t, []string{"s"}, texts(properties, "secret"))
	assert.Empty(t, texts(properties, "number"))
	assert.Empty(t, texts(properties, "number.none"))
}
