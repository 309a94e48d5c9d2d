package compute_test

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/compute"
)

// HTTPS without a domain, and tasks without a way to the internet.
func ExampleHTTPSArgs() {
	args := compute.Args{
		Environment: "prod",
		API:         compute.APIArgs{ImageTag: "sha-abc1234", CPU: 512, Memory: 1024},
		Worker:      compute.WorkerArgs{ImageTag: "sha-abc1234"},
		HTTPS:       compute.HTTPSArgs{CloudFront: true},
		Network:     compute.NetworkArgs{Kind: "private", Zones: 2},
	}
	fmt.Println(args.Validate())
	// Output: <nil>
}

// A network that exists already: the load balancer in its public subnets, the
// tasks in its private ones.
func ExampleNetworkArgs() {
	args := compute.Args{
		Environment: "prod",
		API:         compute.APIArgs{ImageTag: "sha-abc1234"},
		Worker:      compute.WorkerArgs{ImageTag: "sha-abc1234"},
		HTTPS:       compute.HTTPSArgs{DomainName: "ingest.example.com", HostedZoneID: "Z0123456789ABCDEFGHIJ"},
		Network: compute.NetworkArgs{
			VpcID:            "vpc-0123456789abcdef0",
			PublicSubnetIDs:  []string{"subnet-0123456789abcdef1", "subnet-0123456789abcdef2"},
			PrivateSubnetIDs: []string{"subnet-0123456789abcdef3", "subnet-0123456789abcdef4"},
		},
	}
	fmt.Println(args.Validate())
	// Output: <nil>
}
