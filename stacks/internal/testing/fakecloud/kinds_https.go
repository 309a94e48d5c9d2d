package fakecloud

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	certificateType  = "aws:acm/certificate:Certificate"
	recordType       = "aws:route53/record:Record"
	originType       = "aws:cloudfront/vpcOrigin:VpcOrigin"
	distributionType = "aws:cloudfront/distribution:Distribution"

	// originFacing is the prefix list of CloudFront's addresses.
	originFacing, originFacingID = "com.amazonaws.global.cloudfront.origin-facing", "pl-3b927c52"
)

var httpsKinds = map[string]*kind{
	certificateType: {
		identify: func(c *Cloud, _ resource.PropertyMap) string { return c.arn("acm", "certificate/"+c.hex(32)) },
		computed: func(_ *Cloud, id string, inputs resource.PropertyMap) outputs {
			domain := text(inputs, "domainName")
			return outputs{"arn": id, "status": "PENDING_VALIDATION", "domainValidationOptions": []any{map[string]any{
				"domainName": domain, "resourceRecordName": "_x1." + domain + ".",
				"resourceRecordType": "CNAME", "resourceRecordValue": "_x2.acm-validations.aws.",
			}}}
		},
		replaces: []string{"domainName", "validationMethod", "subjectAlternativeNames"},
	},
	"aws:acm/certificateValidation:CertificateValidation": {
		identify: serial("", 16),
		replaces: []string{"certificateArn", "validationRecordFqdns"},
		needs:    []need{{path: "certificateArn", kind: certificateType, missing: "ResourceNotFoundException: Could not find certificate %s"}},
		validate: func(c *Cloud, inputs resource.PropertyMap) error {
			for _, name := range texts(inputs, "validationRecordFqdns") {
				if !c.recorded(name) {
					return refusal("PENDING_VALIDATION: there is no record %s", name)
				}
			}
			return nil
		},
	},
	recordType: {
		identify: func(_ *Cloud, inputs resource.PropertyMap) string {
			return strings.Join([]string{text(inputs, "zoneId"), strings.TrimSuffix(text(inputs, "name"), "."), text(inputs, "type")}, "_")
		},
		computed: func(_ *Cloud, _ string, inputs resource.PropertyMap) outputs {
			return outputs{"fqdn": strings.TrimSuffix(text(inputs, "name"), ".")}
		},
		replaces: []string{"zoneId", "name", "type"},
		conflict: "InvalidChangeBatch: Tried to create resource record set but it already exists: %s",
	},
	originType: {
		identify: serial("vo_", 22),
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{"arn": "arn:aws:cloudfront::" + Account + ":vpcorigin/" + id, "etag": "E" + c.hex(13)}
		},
		needs: []need{{
			path: "vpcOriginEndpointConfig.arn", kind: balancerType, missing: "EntityNotFound: the load balancer %s does not exist",
			blocks: "ResourceInUse: Load balancer '%s' is associated with another service",
		}},
	},
	distributionType: {
		identify: serial("E", 13),
		computed: func(c *Cloud, id string, _ resource.PropertyMap) outputs {
			return outputs{
				"arn": "arn:aws:cloudfront::" + Account + ":distribution/" + id, "status": "Deployed", "hostedZoneId": "Z2FDTNDATAQYW2",
				"domainName": fmt.Sprintf("d%013x.cloudfront.net", c.number()), "etag": "E" + c.hex(13),
			}
		},
		needs: []need{{
			path: "origins.vpcOriginConfig.vpcOriginId", kind: originType, missing: "EntityNotFound: the VPC origin %s does not exist",
			blocks: "CannotDeleteEntityWhileInUse: the VPC origin %s is in use",
		}},
	},
}

// recorded reports whether a name has a record.
func (c *Cloud) recorded(name string) bool {
	for _, o := range c.objects {
		if o.kind.token == recordType && text(o.attributes, "fqdn") == name {
			return true
		}
	}
	return false
}

// ownTargets refuses to forward to a target group that another load balancer has.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html
func ownTargets(c *Cloud, inputs resource.PropertyMap) error {
	for _, targets := range texts(inputs, "defaultActions.targetGroupArn") {
		for _, o := range c.objects {
			if o.kind.token != listenerType || text(o.attributes, "loadBalancerArn") == text(inputs, "loadBalancerArn") {
				continue
			}
			for _, other := range texts(o.attributes, "defaultActions.targetGroupArn") {
				if other == targets {
					return refusal("TargetGroupAssociationLimit: The following target groups cannot be associated with more than one load balancer: %s", targets)
				}
			}
		}
	}
	return nil
}

// getSubnet finds a subnet by its id.
func getSubnet(c *Cloud, args resource.PropertyMap) (outputs, error) {
	found := c.subnet(text(args, "id"))
	if found == nil {
		return nil, refusal("no matching EC2 Subnet found: %s", text(args, "id"))
	}
	return outputs{
		"id": found.id, vpcID: c.vpc.id, "availabilityZone": c.region + found.zone, "availabilityZoneId": "use1-az" + found.zone,
	}, nil
}

// getManagedPrefixList finds CloudFront's list, the only one.
func getManagedPrefixList(_ *Cloud, args resource.PropertyMap) (outputs, error) {
	if name := text(args, "name"); name != originFacing {
		return nil, refusal("no matching EC2 Managed Prefix List found: %s", name)
	}
	return outputs{"id": originFacingID, "name": originFacing, "ownerId": "AWS", "addressFamily": "IPv4", "maxEntries": 55}, nil
}
