package bootstrap

import "github.com/ingest-iac/ingest/components/iamdoc"

// ciGrants allow ci to push images and to read what it pushed.
func (s scope) ciGrants() []grant {
	return []grant{
		{"images", iamdoc.Document{
			registryLogin(),
			{
				Sid: "Push", Effect: iamdoc.Allow,
				Actions: []string{
					"ecr:BatchCheckLayerAvailability", "ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload",
					"ecr:PutImage", "ecr:UploadLayerPart",
				},
				Resources: s.repositories(),
			},
			{
				// What is there already is not pushed again, and what was pushed is
				// read for its list of contents.
				Sid: "Pull", Effect: iamdoc.Allow,
				Actions:   []string{"ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"},
				Resources: s.repositories(),
			},
		}},
		{"deny-data-access", s.denyDataAccess(true)},
	}
}

// registryLogin is the password for docker, which ECR gives for all that the
// caller may reach.
func registryLogin() iamdoc.Statement {
	return iamdoc.Statement{
		Sid: "RegistryLogin", Effect: iamdoc.Allow,
		Actions: []string{"ecr:GetAuthorizationToken"}, Resources: []string{"*"},
		Reason: "the call takes no resource",
	}
}
