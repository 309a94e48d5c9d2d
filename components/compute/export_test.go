package compute

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Outputs are the outputs as the component registers them.
func Outputs(c *Compute) pulumi.Map { return c.outputs() }
