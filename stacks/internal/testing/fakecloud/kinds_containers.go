package fakecloud

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	repositoryType = "aws:ecr/repository:Repository"
	clusterType    = "aws:ecs/cluster:Cluster"
	taskType       = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType    = "aws:ecs/service:Service"
	buildType      = "docker-build:index:Image"
)

var containerKinds = map[string]*kind{
	repositoryType: {
		identify: given("name"), autoname: "name", longest: 256,
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("ecr", "repository/"+id), "registryId": Account, "repositoryUrl": c.registry() + "/" + id}
		},
		replaces: []string{"name", "encryptionConfigurations"},
		conflict: "RepositoryAlreadyExistsException: The repository with name '%s' already exists",
		refuse:   holdsImages,
		remove:   func(c *Cloud, o *object) { delete(c.pushed, o.id) },
	},
	"aws:ecr/repositoryPolicy:RepositoryPolicy": {
		identify: given("repository"),
		computed: func(*Cloud, string, resource.PropertyMap) outputs { return outputs{"registryId": Account} },
		replaces: []string{"repository"},
		needs:    []need{{path: "repository", kind: repositoryType, missing: noRepository}},
	},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
		identify: given("repository"),
		computed: func(*Cloud, string, resource.PropertyMap) outputs { return outputs{"registryId": Account} },
		replaces: []string{"repository", "policy"},
		needs:    []need{{path: "repository", kind: repositoryType, missing: noRepository}},
	},
	clusterType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return c.arn("ecs", "cluster/"+text(inputs, "name"))
		},
		autoname: "name", longest: 255,
		computed: itself("arn"),
		replaces: []string{"name"},
		keeps:    []string{"configuration"},
	},
	taskType: {
		identify: given("family"),
		handle:   "arn",
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			revision := c.revisions[id] + 1
			family := c.arn("ecs", "task-definition/"+id)
			return outputs{"arn": fmt.Sprintf("%s:%d", family, revision), "arnWithoutRevision": family, "revision": revision, "enableFaultInjection": false}
		},
		inPlace:  []string{"tags", "skipDestroy", "trackLatest"},
		create:   func(c *Cloud, o *object) { c.revisions[o.id]++ },
		retained: func(o *object) bool { skip := o.attributes["skipDestroy"]; return skip.IsBool() && skip.BoolValue() },
	},
	serviceType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			cluster := text(inputs, "cluster")
			return c.arn("ecs", "service/"+cluster[strings.LastIndex(cluster, "/")+1:]+"/"+text(inputs, "name"))
		},
		autoname: "name", longest: 255,
		computed: func(_ *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": id, "iamRole": iamArn("role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")}
		},
		replaces: []string{"name", "cluster", "launchType", "deploymentController", "schedulingStrategy", "iamRole"},
		keeps:    []string{"alarms"},
		conflict: "InvalidParameterException: Creation of service was not idempotent.",
		needs: []need{
			{
				path: "cluster", kind: clusterType,
				missing: "ClusterNotFoundException: Cluster not found: %s",
				blocks:  "ClusterContainsServicesException: The Cluster cannot be deleted while Services are active: %s",
			},
			{path: "networkConfiguration.securityGroups", kind: groupType, missing: noGroup, blocks: inUse},
		},
		validate: validateService,
		create:   func(c *Cloud, o *object) { c.running[o.id] = text(o.attributes, "taskDefinition") },
		update:   rollOut,
	},
	buildType: {
		identify: func(c *Cloud, _ resource.PropertyMap) string { return "sha256:" + c.hex(64) },
		computed: func(_ *Cloud, id string, inputs resource.PropertyMap) outputs {
			tags := texts(inputs, "tags")
			return outputs{"digest": id, "ref": tags[0] + "@" + id, "contextHash": id[len("sha256:"):]}
		},
		validate: validateBuild,
		create: func(c *Cloud, o *object) {
			repository, tag := split(texts(o.attributes, "tags")[0])
			c.push(repository, tag, o.id)
		},
	},
}

// registry is the account's in the region.
func (c *Cloud) registry() string { return Account + ".dkr.ecr." + c.region + ".amazonaws.com" }

const noRepository = "RepositoryNotFoundException: The repository with name '%s' does not exist in the registry with id '" + Account + "'"

// holdsImages refuses to delete a repository with images, unless forceDelete is
// set.
func holdsImages(c *Cloud, o *object) error {
	force := o.attributes["forceDelete"]
	if len(c.pushed[o.id]) == 0 || force.IsBool() && force.BoolValue() {
		return nil
	}
	return fmt.Errorf("ECR Repository (%s) not empty, consider using force_delete: operation error ECR: DeleteRepository, "+
		"https response error StatusCode: 400, RepositoryNotEmptyException: The repository with name '%s' in registry with id '%s' "+
		"cannot be deleted because it still contains images", o.id, o.id, Account)
}

// validateService rejects what ECS rejects of a service: a revision that there is
// not, and a target group that no listener forwards to.
func validateService(c *Cloud, inputs resource.PropertyMap) error {
	if task := text(inputs, "taskDefinition"); c.find(taskType, task) == nil {
		return refusal("ClientException: TaskDefinition is inactive: %s", task)
	}
	for _, targets := range texts(inputs, "loadBalancers.targetGroupArn") {
		if !c.forwarded(targets) {
			return refusal("InvalidParameterException: The target group with targetGroupArn %s does not have an associated load balancer.", targets)
		}
	}
	return inSubnets("networkConfiguration.subnets")(c, inputs)
}

// forwarded reports whether a listener forwards to a target group.
func (c *Cloud) forwarded(targets string) bool {
	for _, o := range c.objects {
		if o.kind.token != listenerType {
			continue
		}
		for _, arn := range texts(o.attributes, "defaultActions.targetGroupArn") {
			if arn == targets {
				return true
			}
		}
	}
	return false
}

// validateBuild rejects a push that ECR rejects: into no repository, or over an
// immutable tag.
func validateBuild(c *Cloud, inputs resource.PropertyMap) error {
	tags := texts(inputs, "tags")
	if len(tags) != 1 {
		return fmt.Errorf("the fake AWS account builds images with one tag; %v are %d", tags, len(tags))
	}
	repository, tag := split(tags[0])
	return c.pushable(repository, tag)
}

// split takes a tagged reference apart, into the repository's name and the tag.
func split(reference string) (repository, tag string) {
	_, path, _ := strings.Cut(reference, "/")
	repository, tag, _ = strings.Cut(path, ":")
	return repository, tag
}

// pushable refuses a push that ECR refuses.
func (c *Cloud) pushable(repository, tag string) error {
	o := c.find(repositoryType, repository)
	if o == nil {
		return refusal(noRepository, repository)
	}
	if _, there := c.pushed[repository][tag]; there && text(o.attributes, "imageTagMutability") == "IMMUTABLE" {
		return fmt.Errorf("ImageTagAlreadyExistsException: The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the repository is immutable", tag, repository)
	}
	return nil
}

func (c *Cloud) push(repository, tag, digest string) {
	if c.pushed[repository] == nil {
		c.pushed[repository] = map[string]string{}
	}
	c.pushed[repository][tag] = digest
}
