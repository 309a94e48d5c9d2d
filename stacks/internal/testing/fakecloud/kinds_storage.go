package fakecloud

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The types that hold data, as components and tests name them.
const (
	bucketType    = "aws:s3/bucketV2:BucketV2"
	parameterType = "aws:ssm/parameter:Parameter"
	keyType       = "aws:kms/key:Key"
)

var storageKinds = map[string]*kind{
	bucketType: {
		identify: given("bucket"), autoname: "bucket", longest: 63,
		computed: bucketOutputs,
		replaces: []string{"bucket", "objectLockEnabled"},
		conflict: "BucketAlreadyOwnedByYou: Your previous request to create the named bucket succeeded and you already own it.",
		refuse:   holdsObjects,
		remove:   func(c *Cloud, o *object) { delete(c.stored, o.id) },
	},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":                                               bucketSetting(),
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": bucketSetting(),
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":                                     bucketSetting(),
	"aws:s3/bucketOwnershipControls:BucketOwnershipControls":                                     bucketSetting(),
	"aws:s3/bucketPolicy:BucketPolicy":                                                           bucketSetting(),
	"aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2":                       bucketSetting(),

	parameterType: {
		identify: given("name"), autoname: "name", longest: 2048,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{
				"arn": c.arn("ssm", "parameter/"+trimSlash(id)), "version": 1,
				"dataType": "text", "tier": "Standard", "keyId": "alias/aws/ssm", "hasValueWo": false,
			}
		},
		replaces: []string{"name", "dataType"},
		secrets:  []string{"value"},
		conflict: "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
		update:   putParameter,
	},

	keyType: {
		identify: func(c *Cloud, _ resource.PropertyMap) string {
			return "00000000-0000-4000-8000-" + c.hex(12)
		},
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{
				"arn": c.arn("kms", "key/"+id), "keyId": id, "isEnabled": true,
				"keyUsage": "ENCRYPT_DECRYPT", "customerMasterKeySpec": "SYMMETRIC_DEFAULT", "multiRegion": false,
			}
		},
		replaces: []string{"customerMasterKeySpec", "keyUsage", "multiRegion", "customKeyStoreId"},
	},
	"aws:kms/alias:Alias": {
		identify: given("name"), autoname: "name", longest: 256,
		computed: func(c *Cloud, id string, inputs resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("kms", id), "targetKeyArn": c.arn("kms", "key/"+text(inputs, "targetKeyId"))}
		},
		replaces: []string{"name"},
		conflict: "AlreadyExistsException: An alias with the name already exists",
		needs:    []need{{path: "targetKeyId", kind: keyType, missing: "NotFoundException: Key '%s' does not exist"}},
	},
}

func bucketOutputs(c *Cloud, id string, _ resource.PropertyMap) outputs {
	return outputs{
		"arn": "arn:aws:s3:::" + id, "region": c.region, "hostedZoneId": "Z3AQBSTGFYJSTF",
		"bucketDomainName":         id + ".s3.amazonaws.com",
		"bucketRegionalDomainName": id + ".s3." + c.region + ".amazonaws.com",
	}
}

// bucketSetting is a setting of a bucket that is a resource to the provider.
func bucketSetting() *kind {
	return &kind{
		identify: given("bucket"),
		replaces: []string{"bucket", "expectedBucketOwner"},
		needs:    []need{{path: "bucket", kind: bucketType, missing: "NoSuchBucket: The specified bucket does not exist: %s"}},
	}
}

// holdsObjects refuses to delete a bucket with objects. With forceDestroy the
// provider empties it first.
func holdsObjects(c *Cloud, o *object) error {
	force := o.attributes["forceDestroy"]
	if len(c.stored[o.id]) == 0 || force.IsBool() && force.BoolValue() {
		return nil
	}
	return fmt.Errorf("deleting S3 Bucket (%s): operation error S3: DeleteBucket, https response error StatusCode: 409, "+
		"api error BucketNotEmpty: The bucket you tried to delete is not empty. You must delete all versions in the bucket", o.id)
}

// putParameter follows the provider's update of a parameter. Where anything but
// tags has changed it sends the value along that it believes to be there: one
// that was set out of band is overwritten unless the state has been refreshed,
// and ignoreChanges does not help.
// https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/ssm/parameter.go
func putParameter(_ *Cloud, o *object, believed resource.PropertyMap, changed []string) {
	for _, name := range changed {
		if name != "tags" && name != "overwrite" {
			o.attributes["value"] = believed["value"]
			o.attributes["version"] = resource.NewNumberProperty(o.attributes["version"].NumberValue() + 1)
			return
		}
	}
}

func trimSlash(name string) string {
	if name != "" && name[0] == '/' {
		return name[1:]
	}
	return name
}
