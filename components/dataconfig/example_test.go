package dataconfig_test

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/dataconfig"
)

// A KMS key of the environment's own. Compute encrypts its logs under it where its
// Data.KMSKeyArn is the output KMSKeyArn.
func ExampleArgs() {
	args := dataconfig.Args{Environment: "prod", CustomerManagedKey: true}
	fmt.Println(args.Validate())
	// Output: <nil>
}
