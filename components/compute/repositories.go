package compute

import (
	"encoding/json"
	"fmt"

	"github.com/ingest-iac/ingest/components/iamdoc"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// repository makes a service's ECR repository. It is protected unless it may be
// deleted with its images: pulumi refuses before it deletes anything.
func (b *builder) repository(service string) (*ecr.Repository, error) {
	name := b.names.Named(service)
	repository, err := ecr.NewRepository(b.Ctx, name, &ecr.RepositoryArgs{
		Name:               pulumi.String(name),
		ForceDelete:        pulumi.Bool(b.args.ECR.ForceDelete),
		ImageTagMutability: pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		EncryptionConfigurations: ecr.RepositoryEncryptionConfigurationArray{
			&ecr.RepositoryEncryptionConfigurationArgs{EncryptionType: pulumi.String("AES256")},
		},
		Tags: b.Tags,
	}, b.Child(pulumi.Protect(!b.args.ECR.ForceDelete))...)
	if err != nil {
		return nil, err
	}
	// Without this policy, a preview would not show one that was added elsewhere.
	// Identities of the account need no repository policy.
	access, err := iamdoc.Document{iamdoc.TLSOnly("ecr:*")}.Render()
	if err != nil {
		return nil, err
	}
	if _, err := ecr.NewRepositoryPolicy(b.Ctx, name, &ecr.RepositoryPolicyArgs{
		Repository: repository.Name, Policy: pulumi.String(access),
	}, b.Child()...); err != nil {
		return nil, err
	}
	policy, err := expiry(b.args.ECR.MaxTaggedImages, b.args.ECR.ExpireUntaggedAfterDays)
	if err != nil {
		return nil, err
	}
	_, err = ecr.NewLifecyclePolicy(b.Ctx, name, &ecr.LifecyclePolicyArgs{
		Repository: repository.Name,
		Policy:     pulumi.String(policy),
	}, b.Child()...)
	return repository, err
}

// lifecyclePolicy is what ECR takes.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type lifecyclePolicy struct {
	Rules []lifecycleRule `json:"rules"`
}

type lifecycleRule struct {
	RulePriority int             `json:"rulePriority"`
	Description  string          `json:"description"`
	Selection    selection       `json:"selection"`
	Action       lifecycleAction `json:"action"`
}

type selection struct {
	TagStatus      string   `json:"tagStatus"`
	TagPatternList []string `json:"tagPatternList,omitempty"`
	CountType      string   `json:"countType"`
	CountUnit      string   `json:"countUnit,omitempty"`
	CountNumber    int      `json:"countNumber"`
}

type lifecycleAction struct {
	Type string `json:"type"`
}

// expiry renders the policy that keeps a number of tagged images, and untagged ones
// for a number of days.
func expiry(tagged, untaggedDays int) (string, error) {
	expire := lifecycleAction{Type: "expire"}
	text, err := json.Marshal(lifecyclePolicy{Rules: []lifecycleRule{
		{
			RulePriority: 1, Description: "Expire untagged images", Action: expire,
			Selection: selection{TagStatus: "untagged", CountType: "sinceImagePushed", CountUnit: "days", CountNumber: untaggedDays},
		},
		{
			RulePriority: 2, Description: "Keep the newest tagged images", Action: expire,
			Selection: selection{TagStatus: "tagged", TagPatternList: []string{"*"}, CountType: "imageCountMoreThan", CountNumber: tagged},
		},
	}})
	if err != nil {
		return "", fmt.Errorf("rendering the lifecycle policy: %w", err)
	}
	return string(text), nil
}
