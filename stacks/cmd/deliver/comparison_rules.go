package main

import (
	"fmt"
	"maps"
	"slices"
)

// addedRules returns the rules of a security group that neither its state nor a
// resource of the stack has.
func (c comparison) addedRules(was, is resourceState) []string {
	var added []string
	for _, direction := range []string{"ingress", "egress"} {
		known := rules(was.outputs[direction])
		for _, r := range c.deployed {
			if r.text("securityGroupId") == is.id {
				known = append(known, ruleOfResource(r, direction)...)
			}
		}
		for _, rule := range rules(is.outputs[direction]) {
			if !slices.Contains(known, rule) {
				added = append(added, direction+" "+rule)
			}
		}
	}
	return added
}

// rules flattens the rules of a group: one text for each protocol, ports and source.
func rules(value any) []string {
	var flat []string
	entries, _ := value.([]any)
	for _, entry := range entries {
		rule, _ := entry.(map[string]any)
		ports := ports(rule["protocol"], rule["fromPort"], rule["toPort"])
		for _, property := range []string{"cidrBlocks", "ipv6CidrBlocks", "securityGroups", "prefixListIds"} {
			sources, _ := rule[property].([]any)
			for _, source := range sources {
				flat = append(flat, fmt.Sprintf("%s, %v", ports, source))
			}
		}
		if rule["self"] == true {
			flat = append(flat, ports+", the group itself")
		}
	}
	return flat
}

func ports(protocol, from, to any) string {
	if protocol == "-1" || protocol == "all" {
		return "all ports"
	}
	return fmt.Sprintf("%v %v-%v", protocol, from, to)
}

// ruleOfResource returns the rule that a resource of the stack adds to a group, in the
// form of rules.
func ruleOfResource(r resourceState, direction string) []string {
	switch r.kind {
	case "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
		if direction != "ingress" {
			return nil
		}
	case "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
		if direction != "egress" {
			return nil
		}
	case "aws:ec2/securityGroupRule:SecurityGroupRule":
		if r.text("type") != direction {
			return nil
		}
		one := maps.Clone(r.outputs)
		if source := r.text("sourceSecurityGroupId"); source != "" {
			one["securityGroups"] = []any{source}
		}
		return rules([]any{one})
	default:
		return nil
	}
	for _, property := range []string{"cidrIpv4", "cidrIpv6", "referencedSecurityGroupId", "prefixListId"} {
		if source := r.text(property); source != "" {
			from := ports(r.outputs["ipProtocol"], r.outputs["fromPort"], r.outputs["toPort"])
			if source == r.text("securityGroupId") {
				source = "the group itself"
			}
			return []string{from + ", " + source}
		}
	}
	return nil
}
