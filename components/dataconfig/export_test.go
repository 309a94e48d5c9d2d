package dataconfig

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// Outputs are the outputs as the component registers them.
func Outputs(d *DataConfig) pulumi.Map { return d.outputs() }
