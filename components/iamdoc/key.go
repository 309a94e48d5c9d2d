package iamdoc

// ItsKey is the reason of a statement of a key policy.
const ItsKey = "in a key policy, * is the key itself"

// AccountUsesKey is KMS's default key policy, which leaves to the IAM policies of the
// account, given by its root's ARN, who may use the key. It is written down so that a
// preview shows a change of it.
// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
func AccountUsesKey(root string) Statement {
	return Statement{
		Sid: "EnableIamPolicies", Effect: Allow,
		Principal: Principal{AWS: []string{root}},
		Actions:   []string{"kms:*"}, Resources: []string{"*"},
		Reason: "the account stands for its IAM policies; " + ItsKey,
	}
}
