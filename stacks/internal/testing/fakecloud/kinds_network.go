package fakecloud

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	groupType    = "aws:ec2/securityGroup:SecurityGroup"
	balancerType = "aws:lb/loadBalancer:LoadBalancer"
	targetsType  = "aws:lb/targetGroup:TargetGroup"
	listenerType = "aws:lb/listener:Listener"

	noGroup = "InvalidGroup.NotFound: The security group '%s' does not exist"
	inUse   = "DependencyViolation: resource %s has a dependent object"
)

// vpc is the default VPC.
type vpc struct {
	id      string
	subnets []subnet
}

// subnet is one whose instances have public addresses, in its own zone.
type subnet struct{ id, zone string }

func defaultVpc() *vpc {
	return &vpc{id: "vpc-0d0000000000000a1", subnets: []subnet{
		{"subnet-0d0000000000000a1", "a"}, {"subnet-0d0000000000000b2", "b"}, {"subnet-0d0000000000000c3", "c"},
	}}
}

// subnet is one of the default VPC's, or nil.
func (c *Cloud) subnet(id string) *subnet {
	if c.vpc == nil {
		return nil
	}
	for i := range c.vpc.subnets {
		if c.vpc.subnets[i].id == id {
			return &c.vpc.subnets[i]
		}
	}
	return nil
}

var networkKinds = map[string]*kind{
	groupType: {
		identify: serial("sg-", 17), autoname: "name", longest: 255,
		computed: func(c *Cloud, id string, inputs resource.PropertyMap) outputs {
			return outputs{"arn": c.arn("ec2", "security-group/"+id), "ownerId": Account, vpcID: text(inputs, vpcID)}
		},
		replaces: []string{"name", "description", vpcID},
		needs: []need{
			{path: "ingress.securityGroups", kind: groupType, missing: noGroup, blocks: inUse},
			{path: "egress.securityGroups", kind: groupType, missing: noGroup, blocks: inUse},
		},
		validate: func(c *Cloud, inputs resource.PropertyMap) error {
			if vpc := text(inputs, vpcID); !c.hasVpc(vpc) {
				return refusal(noVpc, vpc)
			}
			return nil
		},
	},
	balancerType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return c.arn("elasticloadbalancing", "loadbalancer/app/"+text(inputs, "name")+"/"+c.hex(16))
		},
		autoname: "name", longest: 32,
		computed: balancerOutputs,
		replaces: []string{"name", "internal", "loadBalancerType"},
		keeps:    []string{"accessLogs"},
		needs:    []need{{path: "securityGroups", kind: groupType, missing: noGroup, blocks: inUse}},
		validate: inSubnets("subnets"),
		refuse: func(_ *Cloud, o *object) error {
			if on := o.attributes["enableDeletionProtection"]; on.IsBool() && on.BoolValue() {
				return refusal("OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion protection is enabled", o.id)
			}
			return nil
		},
	},
	"aws:wafv2/webAclAssociation:WebAclAssociation": {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return text(inputs, "webAclArn") + "," + text(inputs, "resourceArn")
		},
		replaces: []string{"resourceArn", "webAclArn"},
		needs:    []need{{path: "resourceArn", kind: balancerType, missing: "WAFNonexistentItemException: %s does not exist"}},
	},
	targetsType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return c.arn("elasticloadbalancing", "targetgroup/"+text(inputs, "name")+"/"+c.hex(16))
		},
		autoname: "name", longest: 32,
		computed: func(_ *Cloud, id string, _ resource.PropertyMap) outputs {
			_, name, _ := strings.Cut(id, ":targetgroup/")
			return outputs{"arn": id, "arnSuffix": "targetgroup/" + name, "ipAddressType": "ipv4", "loadBalancerArns": []any{}}
		},
		replaces: []string{"name", "port", "protocol", "protocolVersion", "targetType", vpcID, "ipAddressType"},
	},
	listenerType: {
		identify: func(c *Cloud, inputs resource.PropertyMap) string {
			return strings.Replace(text(inputs, "loadBalancerArn"), ":loadbalancer/", ":listener/", 1) + "/" + c.hex(16)
		},
		computed: itself("arn"),
		replaces: []string{"loadBalancerArn"},
		validate: ownTargets,
		needs: []need{
			{path: "loadBalancerArn", kind: balancerType, missing: "LoadBalancerNotFound: One or more load balancers not found: %s"},
			{
				path: "defaultActions.targetGroupArn", kind: targetsType,
				missing: "TargetGroupNotFound: One or more target groups not found: %s",
				blocks:  "ResourceInUse: Target group '%s' is currently in use by a listener or a rule",
			},
		},
	},
}

func balancerOutputs(c *Cloud, id string, inputs resource.PropertyMap) outputs {
	scheme := text(inputs, "name")
	if internal := inputs["internal"]; internal.IsBool() && internal.BoolValue() {
		scheme = "internal-" + scheme
	}
	_, suffix, _ := strings.Cut(id, ":loadbalancer/")
	computed := outputs{
		"arn": id, "arnSuffix": suffix,
		"dnsName": fmt.Sprintf("%s-%010d.%s.elb.amazonaws.com", scheme, c.number(), c.region),
		"zoneId":  "Z35SXDOTRQ7X7K", "ipAddressType": "ipv4",
	}
	if c.vpc != nil {
		computed[vpcID] = c.vpc.id
	}
	return computed
}

// inSubnets refuses subnets that do not exist.
func inSubnets(path string) func(*Cloud, resource.PropertyMap) error {
	return func(c *Cloud, inputs resource.PropertyMap) error {
		for _, subnet := range texts(inputs, path) {
			if c.subnet(subnet) == nil && c.find(subnetType, subnet) == nil {
				return refusal(noSubnet, subnet)
			}
		}
		return nil
	}
}
