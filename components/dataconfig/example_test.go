package dataconfig_test

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/dataconfig"
)

// A KMS key of the environment's own, payloads that are kept for a year, the larger
// ones in Glacier, and sessions in the tasks. Compute follows where its Data has the
// output KMSKeyArn, and ECSExec set.
func ExampleArgs() {
	args := dataconfig.Args{Environment: "prod", CustomerManagedKey: true, PayloadObjectExpirationDays: 365, PayloadGlacierIRDays: 30, ECSExec: true}
	fmt.Println(args.Validate())
	// Output: <nil>
}
