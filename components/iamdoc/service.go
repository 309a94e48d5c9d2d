package iamdoc

import "slices"

// FromAccount are the conditions of a statement for an AWS service: it calls for a
// resource of the account, whose ARN matches one of the patterns. Without them,
// another customer could make the service use its permission (the confused deputy
// problem). https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
func FromAccount(account string, sources ...string) Conditions {
	return Conditions{"StringEquals": {"aws:SourceAccount": {account}}, "ArnLike": {"aws:SourceArn": sources}}
}

// sourceKeys are the condition keys that name whom a service calls for. CloudWatch
// Logs calls KMS without the first two; the log group is in the encryption context.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
var sourceKeys = []string{"aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"}

// namesSource reports whether a condition names whom a service calls for.
func (c Conditions) namesSource() bool {
	for _, keys := range c {
		if slices.ContainsFunc(sourceKeys, func(key string) bool { return len(keys[key]) > 0 }) {
			return true
		}
	}
	return false
}
