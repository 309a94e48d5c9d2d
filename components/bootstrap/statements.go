package bootstrap

import (
	"slices"

	"github.com/ingest-iac/ingest/components/iamdoc"
)

// Statements of more than one role.

// stateAccess is the access of a role to Pulumi's state.
type stateAccess struct {
	// read and write are names of Pulumi projects.
	read, write []string
	// describeKey adds what the provider reads of the key itself.
	describeKey bool
}

// stateDocument gives access to the files of Pulumi's S3 backend, laid out as
//
//	.pulumi/meta.yaml
//	.pulumi/stacks/<project>/<stack>.json          and .json.bak, .pulumi-tags
//	.pulumi/history/<project>/<stack>/
//	.pulumi/backups/<project>/<stack>/
//	.pulumi/locks/organization/<project>/<stack>/  one object for each lock
//
// (github.com/pulumi/pulumi/pkg/v3/backend/diy). A preview takes no lock and
// writes nothing. Secrets are under a data key that KMS only decrypts: a new one
// is made with the stack or with its secrets provider, by an administrator.
func (s scope) stateDocument(access stateAccess, key string) iamdoc.Document {
	bucket := s.bucket(s.stateBucket())
	document := iamdoc.Document{
		{
			// Of the whole bucket: without it S3 answers 403 instead of 404 where an
			// object is missing, and Pulumi asks for some that may be.
			Sid: "ListState", Effect: iamdoc.Allow,
			Actions: []string{"s3:ListBucket"}, Resources: []string{bucket},
		},
		{
			Sid: "ReadState", Effect: iamdoc.Allow,
			Actions:   []string{"s3:GetObject"},
			Resources: append(s.stateFiles(access.read, "stacks/%p/%s.*"), bucket+"/.pulumi/meta.yaml"),
		},
		{
			Sid: "DecryptState", Effect: iamdoc.Allow,
			Actions: []string{"kms:Decrypt"}, Resources: []string{key},
		},
	}
	if access.describeKey {
		document = append(document, iamdoc.Statement{
			Sid: "DescribeKey", Effect: iamdoc.Allow,
			Actions:   []string{"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"},
			Resources: []string{key},
		})
	}
	if len(access.write) > 0 {
		document = append(document, s.writeState(access.write)...)
	}
	return document
}

// writeState allows a role to update stacks. A state file is overwritten and never
// deleted; a lock is.
func (s scope) writeState(projects []string) iamdoc.Document {
	return iamdoc.Document{
		{
			Sid: "WriteState", Effect: iamdoc.Allow,
			Actions:   []string{"s3:PutObject"},
			Resources: s.stateFiles(projects, "stacks/%p/%s.*", "history/%p/%s/*", "backups/%p/%s/*"),
		},
		{
			Sid: "ReadHistory", Effect: iamdoc.Allow,
			Actions:   []string{"s3:GetObject"},
			Resources: s.stateFiles(projects, "history/%p/%s/*"),
		},
		{
			Sid: "LockState", Effect: iamdoc.Allow,
			Actions:   []string{"s3:DeleteObject", "s3:GetObject", "s3:PutObject"},
			Resources: s.stateFiles(projects, "locks/organization/%p/%s/*"),
		},
	}
}

// lookups are what a preview of compute asks of AWS: the default VPC, the addresses
// of CloudFront, and the digests that tags stand for.
func (s scope) lookups() iamdoc.Document {
	return append(s.prefixLists(), iamdoc.Document{
		{
			Sid: "DefaultVpc", Effect: iamdoc.Allow,
			Actions: []string{"ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DescribeVpcs"}, Resources: []string{"*"},
			Reason: "EC2's lists take no resource",
		},
		{
			Sid: "Images", Effect: iamdoc.Allow,
			Actions: []string{"ecr:DescribeImages", "ecr:DescribeRepositories"}, Resources: s.repositories(),
		},
	}...)
}

// denyDataAccess denies a role the payloads and messages and, with token, the token.
// It also holds against policies that are attached later: an administrator who
// attaches ReadOnlyAccess does not give access to them.
func (s scope) denyDataAccess(token bool) iamdoc.Document {
	document := iamdoc.Document{
		{
			Sid: "DenyPayloads", Effect: iamdoc.Deny,
			Actions: []string{"s3:GetObject", "s3:GetObjectVersion"}, Resources: s.payloads(),
		},
		{
			Sid: "DenyMessages", Effect: iamdoc.Deny,
			Actions: []string{"sqs:ReceiveMessage"}, Resources: slices.Concat(s.queues(), s.deadLetterQueues()),
		},
	}
	if !token {
		return document
	}
	return append(document, iamdoc.Statement{
		Sid: "DenyToken", Effect: iamdoc.Deny,
		Actions:   []string{"ssm:GetParameter", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:GetParametersByPath"},
		Resources: s.tokens(),
	})
}
