package policyeval

import (
	"slices"
	"strings"
)

// Call is one call of AWS's API on one resource. A call that AWS checks against
// several resources is several of these.
type Call struct {
	// Action is what is called ("s3:GetObject").
	Action string
	// Resource is an ARN; "*" for actions that take no resource.
	Resource string
	// Context are the values of condition keys in the request.
	Context map[string][]string
}

// Identity is what IAM knows of a role: its policies.
type Identity struct {
	Policies []Policy
}

// Allows reports whether a call is allowed: some statement allows it, and none
// denies it.
func (i Identity) Allows(call Call) bool {
	context := lowered(call.Context)
	allowed, denied := false, false
	for _, policy := range i.Policies {
		for _, s := range policy.statements {
			if s.principal == nil && s.covers(call, context) {
				allowed, denied = allowed || !s.deny, denied || s.deny
			}
		}
	}
	return allowed && !denied
}

func (s statement) covers(call Call, context map[string][]string) bool {
	return s.names(call.Action) &&
		slices.ContainsFunc(s.resources, func(pattern string) bool { return arnLike(pattern, call.Resource) }) &&
		s.holds(context)
}

func (s statement) names(name string) bool {
	return slices.ContainsFunc(s.actions, func(pattern string) bool { return action(pattern, name) })
}

func (s statement) holds(context map[string][]string) bool {
	return !slices.ContainsFunc(s.conditions, func(c condition) bool { return !c.holds(context) })
}

// lowered are condition keys as IAM compares them.
func lowered(context map[string][]string) map[string][]string {
	out := map[string][]string{}
	for key, values := range context {
		out[strings.ToLower(key)] = values
	}
	return out
}

// Token is a web identity token that STS has found genuine.
type Token struct {
	// Provider is the ARN of the identity provider that issued it.
	Provider string
	// Claims are the condition keys that STS makes of its claims, as
	// "token.actions.githubusercontent.com:sub".
	Claims map[string]string
}

// Trusts reports whether a trust policy allows the caller with a token to assume its role
// (sts:AssumeRoleWithWebIdentity).
func (p Policy) Trusts(token Token) bool {
	context := map[string][]string{}
	for key, value := range token.Claims {
		context[strings.ToLower(key)] = []string{value}
	}
	allowed, denied := false, false
	for _, s := range p.statements {
		about := s.principal != nil && (s.principal.everyone || slices.Contains(s.principal.federated, token.Provider))
		if about && s.names("sts:AssumeRoleWithWebIdentity") && s.holds(context) {
			allowed, denied = allowed || !s.deny, denied || s.deny
		}
	}
	return allowed && !denied
}

// AllowsService reports whether a resource policy lets a service of AWS make a call.
func (p Policy) AllowsService(service string, call Call) bool {
	context := lowered(call.Context)
	allowed, denied := false, false
	for _, s := range p.statements {
		about := s.principal != nil && (s.principal.everyone || slices.Contains(s.principal.services, service))
		if about && s.covers(call, context) {
			allowed, denied = allowed || !s.deny, denied || s.deny
		}
	}
	return allowed && !denied
}

// Services returns the condition keys, in lower case, of each statement that allows
// something to a service, by the service.
func (p Policy) Services() map[string][][]string {
	all := map[string][][]string{}
	for _, s := range p.statements {
		if s.principal == nil || s.deny {
			continue
		}
		var keys []string
		for _, c := range s.conditions {
			keys = append(keys, c.key)
		}
		for _, service := range s.principal.services {
			all[service] = append(all[service], keys)
		}
	}
	return all
}
