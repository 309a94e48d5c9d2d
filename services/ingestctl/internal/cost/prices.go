package cost

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Price is what AWS asks for one unit, without free tiers and at the lowest
// volume.
type Price struct {
	USD  float64 `json:"usd"`
	Unit string  `json:"unit"`
	// Read is the day on which the price was looked up, as in 2006-01-02.
	Read string `json:"read"`
	// Source is the AWS page to compare the price with.
	Source string `json:"source"`
}

// item names a price of the table.
type item string

// The items of prices.json. fargateVCPU and fargateMemory name the items of an
// architecture.
const (
	loadBalancer         item = "load-balancer"
	loadBalancerCapacity item = "load-balancer-capacity"
	publicIPv4           item = "public-ipv4"
	interfaceEndpoint    item = "interface-endpoint"
	endpointData         item = "interface-endpoint-data"
	sqsRequest           item = "sqs-request"
	s3Put                item = "s3-put"
	s3Storage            item = "s3-storage"
	logsIngestion        item = "logs-ingestion"
	logsStorage          item = "logs-storage"
	alarm                item = "alarm"
	dashboard            item = "dashboard"
	metric               item = "metric"
	kmsKey               item = "kms-key"
	kmsRequest           item = "kms-request"
	webACL               item = "web-acl"
	webACLRule           item = "web-acl-rule"
	webACLRequest        item = "web-acl-request"
	ecrStorage           item = "ecr-storage"
	dataOut              item = "data-out"
	cloudfrontRequest    item = "cloudfront-request"
	cloudfrontOut        item = "cloudfront-out"
	cloudfrontToOrigin   item = "cloudfront-to-origin"
	httpAPIRequest       item = "http-api-request"
	lambdaRequest        item = "lambda-request"
	lambdaDuration       item = "lambda-duration"
	firehoseIngestion    item = "firehose-ingestion"
)

func fargateVCPU(architecture string) item   { return item("fargate-" + architecture + "-vcpu") }
func fargateMemory(architecture string) item { return item("fargate-" + architecture + "-memory") }

// spotDiscount is what Fargate Spot costs less than Fargate. AWS changes the Spot
// price with supply and demand; half is an assumption.
// https://aws.amazon.com/fargate/pricing/
const spotDiscount = 0.5

// prices are those of one region.
type prices map[item]Price

//go:embed prices.json
var table []byte

// regions reads the whole table.
func regions() (map[string]prices, error) {
	var all map[string]prices
	if err := json.Unmarshal(table, &all); err != nil {
		return nil, fmt.Errorf("reading the price table: %w", err)
	}
	return all, nil
}

// pricesOf are the prices of a region; the error for an unknown region lists
// the known ones.
func pricesOf(region string) (prices, error) {
	all, err := regions()
	if err != nil {
		return nil, err
	}
	found, known := all[region]
	if !known {
		return nil, fmt.Errorf("the price table has no region %q; it has %s", region,
			strings.Join(slices.Sorted(maps.Keys(all)), " and "))
	}
	return found, nil
}

// read is the oldest day on which one of the prices was read.
func (p prices) read() string {
	oldest := ""
	for _, price := range p {
		if oldest == "" || price.Read < oldest {
			oldest = price.Read
		}
	}
	return oldest
}

// line prices a quantity of an item.
func (p prices) line(what string, quantity float64, of item) Line {
	price := p[of]
	return Line{Item: what, Quantity: quantity, Unit: price.Unit, Price: price.USD, USD: quantity * price.USD}
}
