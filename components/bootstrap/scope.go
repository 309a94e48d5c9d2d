package bootstrap

import (
	"fmt"
	"strings"

	"github.com/ingest-iac/ingest/components/naming"
)

// reserved are names that no environment may have: the names of the four roles
// would begin like those of the environment's resources.
var reserved = []string{"github"}

// scope computes the names and ARNs of everything that the policies of the roles
// name, without asking AWS: no resource has to exist.
type scope struct {
	region       string
	account      string
	project      string
	environments []string
}

func (s scope) partition() string { return naming.Partition(s.region) }

// regional is the ARN of a resource in the region.
func (s scope) regional(service, resource string) string {
	return naming.ARN(service, s.region, s.account, resource)
}

// global is the ARN of a resource of IAM.
func (s scope) global(resource string) string {
	return fmt.Sprintf("arn:%s:iam::%s:%s", s.partition(), s.account, resource)
}

// bucket is the ARN of a bucket or, with a path, of objects in it.
func (s scope) bucket(path string) string {
	return fmt.Sprintf("arn:%s:s3:::%s", s.partition(), path)
}

// each collects ARNs of every environment.
func (s scope) each(arns func(e naming.Environment) []string) []string {
	var all []string
	for _, name := range s.environments {
		all = append(all, arns(naming.Environment{Project: s.project, Name: name})...)
	}
	return all
}

func (s scope) stateBucket() string {
	return strings.Join([]string{s.project, "pulumi-state", s.region, s.account}, "-")
}

// alias is the key's, without "alias/".
func (s scope) alias() string { return s.project + "-pulumi" }

// provider is the one that an account can have for GitHub's tokens.
func (s scope) provider() string { return s.global("oidc-provider/" + issuer) }

// role is the name of one of the four roles.
func (s scope) role(name string) string { return s.project + "-github-actions-" + name }

// policies are the policies of the four roles.
func (s scope) policies() []string { return []string{s.global("policy/" + s.role("*"))} }

// The resources that data-config makes for each environment.

func (s scope) payloadBucket(e naming.Environment) string {
	return e.Named(s.region, "payload", s.account)
}

func (s scope) payloadBuckets() []string {
	return s.each(func(e naming.Environment) []string { return []string{s.bucket(s.payloadBucket(e))} })
}

func (s scope) payloads() []string {
	return s.each(func(e naming.Environment) []string { return []string{s.bucket(s.payloadBucket(e) + "/*")} })
}

func (s scope) tokens() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("ssm", "parameter"+e.TokenParameter())}
	})
}

func (s scope) queues() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("sqs", e.Named(s.region, "emails-queue"))}
	})
}

func (s scope) deadLetterQueues() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("sqs", e.Named(s.region, "emails-dlq"))}
	})
}

// roles are the three roles of the tasks of each environment.
func (s scope) roles() []string {
	return s.each(func(e naming.Environment) []string {
		var all []string
		for _, name := range e.Roles() {
			all = append(all, s.global("role/"+name))
		}
		return all
	})
}

// The resources that compute makes for each environment.

func (s scope) repositories() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("ecr", "repository/"+e.Named("api")), s.regional("ecr", "repository/"+e.Named("worker"))}
	})
}

func (s scope) accessLogs() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.bucket(e.Named(s.region, "alb-logs", s.account))}
	})
}

func (s scope) logGroups() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("logs", "log-group:"+e.LogGroup("*"))}
	})
}

// dashboards belong to an account, not to a region.
func (s scope) dashboards() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{fmt.Sprintf("arn:%s:cloudwatch::%s:dashboard/%s", s.partition(), s.account, e.Named("overview"))}
	})
}

// services are clusters, which may be named as the environment itself, and what
// runs in them.
func (s scope) services() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{
			s.regional("ecs", "cluster/"+e.Prefix()), s.regional("ecs", "cluster/"+e.Named("*")),
			s.regional("ecs", "service/"+e.Prefix()+"/*"), s.regional("ecs", "service/"+e.Named("*")+"/*"),
		}
	})
}

func (s scope) serviceDeployments() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{
			s.regional("ecs", "service-deployment/"+e.Prefix()+"/*"), s.regional("ecs", "service-deployment/"+e.Named("*")+"/*"),
		}
	})
}

func (s scope) taskDefinitions() []string {
	return s.each(func(e naming.Environment) []string {
		return []string{s.regional("ecs", "task-definition/"+e.Named("*"))}
	})
}

func (s scope) loadBalancing() []string {
	return s.each(func(e naming.Environment) []string {
		var all []string
		for _, kind := range []string{"loadbalancer/app/", "listener/app/", "targetgroup/"} {
			all = append(all, s.regional("elasticloadbalancing", kind+e.Named("*")))
		}
		return all
	})
}

// stateFiles are objects of the state bucket: %p in a form is a Pulumi project, %s
// a stack, which is an environment.
func (s scope) stateFiles(projects []string, forms ...string) []string {
	var all []string
	for _, project := range projects {
		for _, stack := range s.environments {
			for _, form := range forms {
				path := strings.NewReplacer("%p", project, "%s", stack).Replace(form)
				all = append(all, s.bucket(s.stateBucket()+"/.pulumi/"+path))
			}
		}
	}
	return all
}
