package fakecloud_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// service makes a service behind a load balancer, with all that it needs.
func (e *engine) service(listening bool) error {
	e.t.Helper()
	group := e.made(groupType, "group", in{"vpcId": "vpc-0d0000000000000a1"})
	balancer := e.made(balancerType, "balancer", in{"securityGroups": []any{group}, "subnets": []any{"subnet-0d0000000000000a1"}})
	targets := e.made(targetsType, "targets", in{})
	if listening {
		e.made(listenerType, "listener", in{"loadBalancerArn": balancer, "defaultActions": []any{in{"targetGroupArn": targets}}})
	}
	cluster := e.made(clusterType, "cluster", in{"name": "c"})
	e.made(taskType, "task", in{"family": "f"})
	_, err := e.make(serviceType, "service", in{
		"name": "s", "cluster": cluster, "taskDefinition": e.output(taskType, "task", "arn").GetStringValue(),
		"loadBalancers":        []any{in{"targetGroupArn": targets}},
		"networkConfiguration": in{"securityGroups": []any{group}, "subnets": []any{"subnet-0d0000000000000a1"}},
	})
	return err
}

func TestService_targetGroupWithoutListener_isRefused(t *testing.T) {
	require.ErrorContains(t, attach(t).service(false), "does not have an associated load balancer")
	require.NoError(t, attach(t).service(true))
}

func TestCreate_missingReference_isRefused(t *testing.T) {
	for token, c := range map[string]struct {
		inputs in
		want   string
	}{
		"aws:s3/bucketPolicy:BucketPolicy":        {in{"bucket": "none"}, "NoSuchBucket"},
		"aws:sqs/queuePolicy:QueuePolicy":         {in{"queueUrl": "none"}, "NonExistentQueue"},
		"aws:kms/alias:Alias":                     {in{"name": "alias/a", "targetKeyId": "none"}, "NotFoundException: Key 'none'"},
		inlineType:                                {in{"name": "r", "role": "none"}, "NoSuchEntity"},
		groupType:                                 {in{"vpcId": "none"}, "InvalidVpcID.NotFound"},
		balancerType:                              {in{"subnets": []any{"none"}}, "InvalidSubnetID.NotFound"},
		"aws:ecr/lifecyclePolicy:LifecyclePolicy": {in{"repository": "none"}, "RepositoryNotFoundException"},
		serviceType:                               {in{"name": "s", "taskDefinition": "none"}, "TaskDefinition is inactive"},
	} {
		t.Run(token, func(t *testing.T) {
			_, err := attach(t).make(token, "it", c.inputs)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestCreate_takenName_isRefused(t *testing.T) {
	for token, c := range map[string]struct {
		inputs in
		want   string
	}{
		bucketType:     {in{"bucket": "b"}, "BucketAlreadyOwnedByYou"},
		parameterType:  {in{"name": "/p"}, "ParameterAlreadyExists"},
		roleType:       {in{"name": "r"}, "EntityAlreadyExists"},
		repositoryType: {in{"name": "i"}, "RepositoryAlreadyExistsException"},
	} {
		t.Run(token, func(t *testing.T) {
			e := attach(t)
			e.made(token, "first", c.inputs)
			_, err := e.make(token, "second", c.inputs)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestDelete_bucketWithObjects_isRefused(t *testing.T) {
	e := attach(t)
	e.made(bucketType, "it", in{"bucket": "b", "forceDestroy": false})
	e.made("aws:s3/bucketPolicy:BucketPolicy", "policy", in{"bucket": "b"})
	require.Error(t, e.PutObject("other", "key"))
	require.NoError(t, e.PutObject("b", "key"))
	require.ErrorContains(t, e.delete(bucketType, "it"), "BucketNotEmpty")
	e.update(bucketType, "it", in{"bucket": "b", "forceDestroy": true})
	require.NoError(t, e.delete(bucketType, "it"))
	assert.Empty(t, e.Resources(""), "its settings go with it")
}

func TestDelete_repositoryWithImages_isRefused(t *testing.T) {
	e := attach(t)
	e.made(repositoryType, "it", in{"name": "i", "imageTagMutability": "IMMUTABLE"})
	first, err := e.PushImage("i", "v1")
	require.NoError(t, err)
	_, err = e.PushImage("i", "v1")
	require.ErrorContains(t, err, "ImageTagAlreadyExistsException")
	second, err := e.PushImage("i", "v2")
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	assert.Equal(t, []string{"v1", "v2"}, e.Tags("i"))
	require.ErrorContains(t, e.delete(repositoryType, "it"), "RepositoryNotEmptyException")
	e.update(repositoryType, "it", in{"name": "i", "imageTagMutability": "IMMUTABLE", "forceDelete": true})
	require.NoError(t, e.delete(repositoryType, "it"))
	_, err = e.PushImage("i", "v3")
	require.ErrorContains(t, err, "RepositoryNotFoundException")
}

func TestDelete_resourceInUse_isRefused(t *testing.T) {
	e := attach(t)
	role := e.made(roleType, "role", in{"name": "r"})
	policy := e.made(policyType, "policy", in{"name": "p"})
	e.made(attachmentType, "attached", in{"role": role, "policyArn": policy})
	e.made(attachmentType, "managed", in{"role": role, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	require.NoError(t, e.service(true))
	e.made(groupType, "open", in{"vpcId": "vpc-0d0000000000000a1", "ingress": []any{in{"securityGroups": []any{e.states[groupType+"group"].id}}}})

	require.ErrorContains(t, e.delete(roleType, "role"), "must detach all policies first")
	require.ErrorContains(t, e.delete(policyType, "policy"), "DeleteConflict")
	require.ErrorContains(t, e.delete(clusterType, "cluster"), "ClusterContainsServicesException")
	require.ErrorContains(t, e.delete(targetsType, "targets"), "ResourceInUse")
	require.ErrorContains(t, e.delete(groupType, "group"), "DependencyViolation")

	for _, gone := range [][2]string{
		{serviceType, "service"},
		{clusterType, "cluster"},
		{balancerType, "balancer"},
		{targetsType, "targets"},
		{groupType, "open"},
		{groupType, "group"},
		{attachmentType, "attached"},
		{attachmentType, "managed"},
		{policyType, "policy"},
		{roleType, "role"},
	} {
		require.NoError(t, e.delete(gone[0], gone[1]), "%v", gone)
	}
	assert.Len(t, e.Resources(""), 1, "the task definition: %v", e.Resources(""))
	require.NoError(t, e.delete(serviceType, "service"), "deleting a deleted resource is not an error")
}

func TestFunctions_answerAsAWS(t *testing.T) {
	e := attach(t)
	caller, err := e.invoke("aws:index/getCallerIdentity:getCallerIdentity", in{})
	require.NoError(t, err)
	assert.Equal(t, "123456789012", caller["accountId"])
	region, err := e.invoke("aws:index/getRegion:getRegion", in{})
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", region["name"])

	_, err = e.invoke("aws:ecr/getImage:getImage", in{"repositoryName": "i", "imageTag": "v1"})
	require.ErrorContains(t, err, "reading ECR Images: couldn't find resource")
	e.made(repositoryType, "it", in{"name": "i"})
	_, err = e.invoke("aws:ecr/getImage:getImage", in{"repositoryName": "i", "imageTag": "v1"})
	require.ErrorContains(t, err, "ImageNotFoundException")
	digest, err := e.PushImage("i", "v1")
	require.NoError(t, err)
	image, err := e.invoke("aws:ecr/getImage:getImage", in{"repositoryName": "i", "imageTag": "v1"})
	require.NoError(t, err)
	assert.Equal(t, digest, image["imageDigest"])

	filter := func(name, value string) in { return in{"name": name, "values": []any{value}} }
	vpcs, err := e.invoke("aws:ec2/getVpcs:getVpcs", in{"filters": []any{filter("is-default", "true")}})
	require.NoError(t, err)
	require.Len(t, vpcs["ids"], 1)
	ofVpc := filter("vpc-id", vpcs["ids"].([]any)[0].(string))
	for public, want := range map[string]int{"true": 3, "false": 0} {
		subnets, err := e.invoke("aws:ec2/getSubnets:getSubnets", in{"filters": []any{ofVpc, filter("map-public-ip-on-launch", public)}})
		require.NoError(t, err)
		assert.Len(t, subnets["ids"], want)
	}
	e.RemoveDefaultVpc()
	vpcs, err = e.invoke("aws:ec2/getVpcs:getVpcs", in{"filters": []any{filter("is-default", "true")}})
	require.NoError(t, err)
	assert.Empty(t, vpcs["ids"])
}
