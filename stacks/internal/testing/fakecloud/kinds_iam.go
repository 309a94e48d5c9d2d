package fakecloud

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	roleType   = "aws:iam/role:Role"
	policyType = "aws:iam/policy:Policy"
)

// iamArn is the ARN of something of IAM, which has no region.
func iamArn(resource string) string { return "arn:aws:iam::" + Account + ":" + resource }

// made is when all of the account was.
const made = "2026-01-01T00:00:00Z"

var iamKinds = map[string]*kind{
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return iamArn("oidc-provider/" + strings.TrimPrefix(text(inputs, "url"), "https://"))
		},
		computed: func(_ *Cloud, id string, inputs resource.PropertyMap) outputs {
			computed := outputs{"arn": id}
			if !inputs.HasValue("thumbprintLists") {
				computed["thumbprintLists"] = []any{"2b18947a6a9fc7764fd8b5fb18a863b0c6dac24f"}
			}
			return computed
		},
		replaces: []string{"url"},
		taken:    "EntityAlreadyExists: Provider with url %s already exists.",
	},
	roleType: {
		identify: given("name"), autoname: "name", longest: 64,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": iamArn("role/" + id), "uniqueId": "AROA" + strings.ToUpper(c.hex(17)), "createDate": made}
		},
		replaces: []string{"name", "path"},
		taken:    "EntityAlreadyExists: Role with name %s already exists.",
		needs: []need{{
			path: "permissionsBoundary", kind: policyType,
			missing: "NoSuchEntity: Scope ARN: %s does not exist or is not attachable.",
			blocks:  "DeleteConflict: Cannot delete a policy attached to entities: %s",
		}},
	},
	policyType: {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string { return iamArn("policy/" + text(inputs, "name")) },
		autoname: "name", longest: 128,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": id, "policyId": "ANPA" + strings.ToUpper(c.hex(17)), "attachmentCount": 0}
		},
		replaces: []string{"name", "path", "description"},
		taken:    "EntityAlreadyExists: A policy called %s already exists. Duplicate names are not allowed.",
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return fmt.Sprintf("%s-20260101000000%012d", text(inputs, "role"), c.number())
		},
		replaces: []string{"role", "policyArn"},
		needs: []need{
			{
				path: "role", kind: roleType,
				missing: "NoSuchEntity: The role with name %s cannot be found.",
				blocks:  "DeleteConflict: Cannot delete entity, must detach all policies first: %s",
			},
			{
				path: "policyArn", kind: policyType,
				missing: "NoSuchEntity: Policy %s does not exist or is not attachable.",
				blocks:  "DeleteConflict: Cannot delete a policy attached to entities: %s",
			},
		},
	},
	"aws:iam/rolePolicy:RolePolicy": {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return text(inputs, "role") + ":" + text(inputs, "name")
		},
		autoname: "name", longest: 128,
		replaces: []string{"role", "name"},
		needs: []need{{
			path: "role", kind: roleType,
			missing: "NoSuchEntity: The role with name %s cannot be found.",
			blocks:  "DeleteConflict: Cannot delete entity, must delete policies first: %s",
		}},
	},
}
