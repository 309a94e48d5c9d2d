package main

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// policyDocument is an IAM policy as AWS stores it.
type policyDocument struct {
	Statement []statement
}

// statement is one statement of an IAM policy.
type statement struct {
	Effect    string
	Action    oneOrMore
	Resource  oneOrMore
	Principal map[string]oneOrMore
	Condition map[string]map[string]oneOrMore
}

// oneOrMore is an element that IAM takes as one text or as a list.
type oneOrMore []string

func (v *oneOrMore) UnmarshalJSON(content []byte) error {
	var one string
	if json.Unmarshal(content, &one) == nil {
		*v = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(content, (*[]string)(v))
}

// String says in words what the statement does.
func (s statement) String() string {
	if len(s.Principal) > 0 {
		return "taken by " + s.principals() + s.conditions()
	}
	may := "may "
	if s.Effect == "Deny" {
		may = "must not "
	}
	return may + s.actions() + s.resources() + s.conditions()
}

// principals says who the statement is about.
func (s statement) principals() string {
	var who []string
	for _, kind := range slices.Sorted(maps.Keys(s.Principal)) {
		for _, value := range s.Principal[kind] {
			switch {
			case value == "ecs-tasks.amazonaws.com":
				value = "tasks of ECS"
			case strings.HasSuffix(value, ":oidc-provider/token.actions.githubusercontent.com"):
				value = "GitHub Actions"
			case value == "*":
				value = "everyone"
			}
			who = append(who, value)
		}
	}
	return strings.Join(who, " and ")
}

// actions says which calls, by service: "send message (sqs)". A verb that several
// calls in a row begin with is written once.
func (s statement) actions() string {
	var services []string
	calls := map[string][]string{}
	for _, action := range s.Action {
		service, call, found := strings.Cut(action, ":")
		if !found {
			service, call = "every service", action
		}
		if calls[service] == nil {
			services = append(services, service)
		}
		calls[service] = append(calls[service], callInWords(call))
	}
	for i, service := range services {
		words := calls[service]
		for j := len(words) - 1; j > 0; j-- {
			words[j] = strings.TrimPrefix(words[j], sharedVerb(words[j-1], words[j]))
		}
		services[i] = strings.Join(words, ", ") + " (" + service + ")"
	}
	return strings.Join(services, ", ")
}

// sharedVerb is what two calls begin with, with the space after it, or "".
func sharedVerb(a, b string) string {
	verb, _, _ := strings.Cut(a, " ")
	if strings.HasPrefix(a, anyCall) {
		verb = strings.TrimSuffix(anyCall, " ")
	}
	// BatchGetImage gets images: batch is not what it does.
	if verb != "batch" && strings.HasPrefix(a, verb+" ") && strings.HasPrefix(b, verb+" ") {
		return verb + " "
	}
	return ""
}

// anyCall begins the words for calls of a common prefix.
const anyCall = "make any call named "

// callInWords takes the name of a call apart: GetDownloadUrlForLayer is "get
// download url for layer".
func callInWords(call string) string {
	if call == "*" {
		return "make every call"
	}
	if strings.HasSuffix(call, "*") {
		return anyCall + call
	}
	return inWords(call)
}

var (
	// Between a small letter and a capital, and before the last capital of several.
	newWord = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	acronym = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

func inWords(name string) string {
	return strings.ToLower(newWord.ReplaceAllString(acronym.ReplaceAllString(name, "$1 $2"), "$1 $2"))
}

// resources says on what, those of one type together.
func (s statement) resources() string {
	if len(s.Resource) == 0 {
		return ""
	}
	var order []target
	names := map[target][]string{}
	for _, arn := range s.Resource {
		of, name := resourceInWords(arn)
		if names[of] == nil {
			order = append(order, of)
		}
		names[of] = append(names[of], name)
	}
	var all []string
	for _, of := range order {
		all = append(all, strings.TrimSpace(of.noun+" "+strings.Join(names[of], ", "))+of.within)
	}
	return " on " + strings.Join(all, "; ")
}

// target is what resources have in common.
type target struct{ noun, within string }

// nouns are what an ARN stands for whose last part is only a name.
var nouns = map[string]string{"sqs": "queue", "sns": "topic"}

// resourceInWords is an ARN without what repeats: a queue, and its name.
func resourceInWords(arn string) (of target, name string) {
	parts := strings.SplitN(arn, ":", 6)
	if arn == "*" {
		return target{}, "every resource"
	}
	if len(parts) < 6 {
		return target{}, arn
	}
	service, rest := parts[2], parts[5]
	if service == "s3" {
		if bucket, key, isObject := strings.Cut(rest, "/"); isObject {
			return target{"objects", " in bucket " + bucket}, key
		}
		return target{noun: "bucket"}, rest
	}
	if noun, known := nouns[service]; known {
		return target{noun: noun}, rest
	}
	end := strings.IndexAny(rest, "/:")
	if end < 0 {
		return target{noun: service}, rest
	}
	noun, name := strings.ReplaceAll(rest[:end], "-", " "), rest[end+1:]
	if service == "ssm" {
		name = "/" + name
	}
	if name == "*" {
		return target{}, "every " + noun
	}
	return target{noun: noun}, name
}

// conditions says when the statement counts. Every condition has to hold.
func (s statement) conditions() string {
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			all = append(all, key+" "+operatorInWords(operator)+" "+strings.Join(s.Condition[operator][key], " or "))
		}
	}
	if all == nil {
		return ""
	}
	return ", if " + strings.Join(all, " and ")
}

// operators are IAM's operators in words; any other is taken apart as a call is.
var operators = map[string]string{"StringEquals": "is", "ArnLike": "is like", "Bool": "is"}

func operatorInWords(operator string) string {
	if words, known := operators[operator]; known {
		return words
	}
	return inWords(operator)
}
