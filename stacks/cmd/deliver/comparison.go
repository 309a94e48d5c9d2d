package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Types of the provider whose differences are judged here.
const (
	typeGroup    = "aws:ec2/securityGroup:SecurityGroup"
	typeRole     = "aws:iam/role:Role"
	typeKey      = "aws:kms/key:Key"
	typeBucket   = "aws:s3/bucketV2:BucketV2"
	typeTopic    = "aws:sns/topic:Topic"
	typeListener = "aws:lb/listener:Listener"
	typeBalancer = "aws:lb/loadBalancer:LoadBalancer"
)

// resourceState is a resource as the state has it, or as a refresh found it.
type resourceState struct {
	urn, kind, id string
	outputs       map[string]any
}

func (r resourceState) name() string { return r.urn[strings.LastIndex(r.urn, "::")+2:] }

func (r resourceState) text(property string) string {
	value, _ := r.outputs[property].(string)
	return value
}

// refersTo reports whether a property holds the id or the ARN of another resource.
func (r resourceState) refersTo(other resourceState) bool {
	for _, value := range r.outputs {
		if value == other.id || other.text("arn") != "" && value == other.text("arn") {
			return true
		}
	}
	return false
}

// comparison is what a refresh found: each resource as the state has it, and as it is
// deployed. An update changes only what the program sets. What is added to a resource
// (a rule, a policy) is a difference between the two that no update removes.
type comparison struct {
	recorded map[string]resourceState // by URN
	deployed []resourceState
}

// readComparison reads the event log of a preview with refresh.
func readComparison(path string) (comparison, error) {
	c := comparison{recorded: map[string]resourceState{}}
	file, err := os.Open(path) //nolint:gosec // the caller has made it
	if err != nil {
		return c, fmt.Errorf("reading the event log: %w", err)
	}
	defer func() { _ = file.Close() }()
	refreshing := map[string]bool{}
	for decoder := json.NewDecoder(file); ; {
		var event apitype.EngineEvent
		if err := decoder.Decode(&event); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return c, fmt.Errorf("reading the event log: %w", err)
		}
		if pre := event.ResourcePreEvent; pre != nil && pre.Metadata.Op == apitype.OpRefresh {
			refreshing[pre.Metadata.URN] = true
		}
		after := event.ResOutputsEvent
		if after == nil || !refreshing[after.Metadata.URN] {
			continue
		}
		delete(refreshing, after.Metadata.URN)
		if was, is := after.Metadata.Old, after.Metadata.New; was != nil && is != nil {
			c.recorded[is.URN] = resourceState{is.URN, is.Type, is.ID, was.Outputs}
			c.deployed = append(c.deployed, resourceState{is.URN, is.Type, is.ID, is.Outputs})
		}
	}
	if len(c.deployed) == 0 {
		return c, errors.New("reading the event log: it refreshes no resource")
	}
	return c, nil
}

// judged are the properties that say who may do what with a resource, by its type.
// Where a resource of one of the explaining types refers to it, that one is compared
// by the engine, and the property differs from the state for that reason.
var judged = map[string]map[string][]string{
	typeKey:    {"policy": {"aws:kms/keyPolicy:KeyPolicy"}},
	typeTopic:  {"policy": {"aws:sns/topicPolicy:TopicPolicy"}},
	typeBucket: {"policy": {"aws:s3/bucketPolicy:BucketPolicy"}, "grants": {"aws:s3/bucketAclV2:BucketAclV2"}, "websites": nil, "replicationConfigurations": nil},
}

// additions returns what is deployed on resources and not known to the program.
func (c comparison) additions() []string {
	var found []string
	for _, is := range c.deployed {
		was := c.recorded[is.urn]
		for _, property := range slices.Sorted(maps.Keys(judged[is.kind])) {
			if !reflect.DeepEqual(was.outputs[property], is.outputs[property]) && !c.explained(is, judged[is.kind][property]) {
				found = append(found, fmt.Sprintf("`%s` (`%s`): another %s than the state has", is.name(), is.id, property))
			}
		}
		var added []string
		switch is.kind {
		case typeGroup:
			added = c.addedRules(was, is)
		case typeRole:
			added = c.addedPolicies(was, is)
		}
		for _, what := range added {
			found = append(found, fmt.Sprintf("`%s` (`%s`): %s", is.name(), is.id, what))
		}
	}
	return found
}

// explained reports whether a resource of one of the types refers to this one.
func (c comparison) explained(by resourceState, kinds []string) bool {
	return slices.ContainsFunc(c.deployed, func(r resourceState) bool { return slices.Contains(kinds, r.kind) && r.refersTo(by) })
}

// addedPolicies returns the policies of a role that neither its state nor a resource
// of the stack has.
func (c comparison) addedPolicies(was, is resourceState) []string {
	inline, attached := policyNames(was.outputs["inlinePolicies"]), texts(was.outputs["managedPolicyArns"])
	for _, r := range c.deployed {
		switch {
		case r.text("role") != is.id && r.text("roleName") != is.id:
		case r.kind == "aws:iam/rolePolicy:RolePolicy":
			inline = append(inline, r.text("name"))
		case r.kind == "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			attached = append(attached, r.text("policyArn"))
		default:
			inline = append(inline, texts(r.outputs["policyNames"])...)
			attached = append(attached, texts(r.outputs["policyArns"])...)
		}
	}
	var added []string
	for _, name := range policyNames(is.outputs["inlinePolicies"]) {
		if !slices.Contains(inline, name) {
			added = append(added, "the inline policy "+name)
		}
	}
	for _, arn := range texts(is.outputs["managedPolicyArns"]) {
		if !slices.Contains(attached, arn) {
			added = append(added, "the attached policy "+arn)
		}
	}
	return added
}

func policyNames(value any) []string {
	var names []string
	policies, _ := value.([]any)
	for _, policy := range policies {
		if fields, ok := policy.(map[string]any); ok {
			names = append(names, fmt.Sprint(fields["name"]))
		}
	}
	return names
}

func texts(value any) []string {
	var all []string
	values, _ := value.([]any)
	for _, v := range values {
		all = append(all, fmt.Sprint(v))
	}
	return all
}
