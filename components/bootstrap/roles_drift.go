package bootstrap

import (
	"slices"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/ingest-iac/ingest/components/naming"
)

// driftGrants let drift look up what preview does, and read every resource of
// the three stacks as the provider reads it. Reading the token's parameter is
// reading its value: the provider has no other way to see what else is set on it.
func (s scope) driftGrants() []grant {
	return []grant{
		{"lookups", s.lookups()},
		{"read-bootstrap", s.readBootstrap()},
		{"read-data-config", s.readDataConfig()},
		{"read-compute", s.readCompute()},
		{"read-https", s.readHTTPS()},
		{"deny-data-access", s.denyDataAccess(false)},
	}
}

// readBuckets are the settings that the provider reads of a bucket, each of them
// whether it is set or not.
func readBuckets(buckets []string) iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "ReadBuckets", Effect: iamdoc.Allow,
		Actions: []string{
			"s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLocation", "s3:GetBucketLogging",
			"s3:GetBucketObjectLockConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
			"s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
			"s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
			// Asking whether a bucket is there.
			"s3:ListBucket",
		},
		Resources: buckets,
	}
}

func readRoles(roles []string) iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "ReadRoles", Effect: iamdoc.Allow,
		Actions: []string{
			"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:ListRoleTags",
		},
		Resources: roles,
	}
}

func (s scope) readBootstrap() iamdoc.Document {
	return iamdoc.Document{
		readBuckets([]string{s.bucket(s.stateBucket())}),
		readRoles([]string{s.global("role/" + s.role("*"))}),
		{
			Sid: "ReadPolicies", Effect: iamdoc.Allow,
			Actions: []string{"iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyTags"}, Resources: s.policies(),
		},
		{
			Sid: "ReadProvider", Effect: iamdoc.Allow,
			Actions: []string{"iam:GetOpenIDConnectProvider", "iam:ListOpenIDConnectProviderTags"}, Resources: []string{s.provider()},
		},
		{
			Sid: "ListAliases", Effect: iamdoc.Allow,
			Actions: []string{"kms:ListAliases"}, Resources: []string{"*"},
			Reason: "the call takes no resource",
		},
	}
}

func (s scope) readDataConfig() iamdoc.Document {
	topics := s.each(func(e naming.Environment) []string { return []string{s.regional("sns", e.AlarmTopic())} })
	alarms := s.each(func(e naming.Environment) []string { return []string{s.regional("cloudwatch", "alarm:"+e.Named("*"))} })
	return iamdoc.Document{
		readBuckets(s.payloadBuckets()),
		readRoles(s.roles()),
		{
			Sid: "ReadQueues", Effect: iamdoc.Allow,
			Actions:   []string{"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"},
			Resources: slices.Concat(s.queues(), s.deadLetterQueues()),
		},
		{
			Sid: "ReadTopics", Effect: iamdoc.Allow,
			Actions: []string{"sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"}, Resources: topics,
		},
		{
			Sid: "ReadAlarms", Effect: iamdoc.Allow,
			Actions: []string{"cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"}, Resources: alarms,
		},
		{
			Sid: "ReadToken", Effect: iamdoc.Allow,
			Actions: []string{"ssm:GetParameter", "ssm:ListTagsForResource"}, Resources: s.tokens(),
		},
		{
			Sid: "ReadKey", Effect: iamdoc.Allow,
			Actions:   []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"},
			Resources: []string{s.regional("kms", "key/*")}, Reason: ids, Conditions: s.tagged(),
		},
		{
			// The provider reads the token with its value.
			Sid: "DecryptToken", Effect: iamdoc.Allow,
			Actions: []string{"kms:Decrypt"}, Resources: []string{s.regional("kms", "key/*")}, Reason: ids, Conditions: s.decryptsToken(),
		},
		{
			Sid: "DescribeLists", Effect: iamdoc.Allow,
			Actions: []string{"sns:GetSubscriptionAttributes", "ssm:DescribeParameters"}, Resources: []string{"*"},
			Reason: "the calls take no resource; they give no value of a parameter",
		},
	}
}

// decryptsToken are the conditions of decrypting an environment's token by SSM.
func (s scope) decryptsToken() iamdoc.Conditions {
	conditions := s.tagged()
	conditions["StringEquals"]["kms:ViaService"] = []string{"ssm." + s.region + ".amazonaws.com"}
	return conditions
}

func (s scope) readCompute() iamdoc.Document {
	return append(iamdoc.Document{
		readBuckets(s.accessLogs()),
		{
			Sid: "ReadRepositories", Effect: iamdoc.Allow,
			Actions:   []string{"ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource"},
			Resources: s.repositories(),
		},
		{
			Sid: "ReadServices", Effect: iamdoc.Allow,
			Actions:   []string{"ecs:DescribeClusters", "ecs:DescribeServices", "ecs:ListServiceDeployments", "ecs:ListTagsForResource"},
			Resources: slices.Concat(s.services(), s.taskDefinitions()),
		},
		{
			Sid: "ReadServiceDeployments", Effect: iamdoc.Allow,
			Actions: []string{"ecs:DescribeServiceDeployments"}, Resources: s.serviceDeployments(),
		},
		describeTaskDefinition(),
		{
			Sid: "ReadLogGroups", Effect: iamdoc.Allow,
			Actions: []string{"logs:ListTagsForResource"}, Resources: s.logGroups(),
		},
		describeLogGroups(),
		{
			Sid: "ReadDashboard", Effect: iamdoc.Allow,
			Actions: []string{"cloudwatch:GetDashboard"}, Resources: s.dashboards(),
		},
	}, slices.Concat(s.describeNetwork(), s.describeScaling())...)
}
