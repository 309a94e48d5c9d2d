package cost

import (
	"math"
	"slices"
)

// Line is one item of an estimate.
type Line struct {
	Item     string  `json:"item"`
	Quantity float64 `json:"quantity"`
	Unit     string  `json:"unit"`
	// Price is USD per unit.
	Price float64 `json:"price"`
	USD   float64 `json:"usd"`
}

// Estimate is what a configuration costs, in USD.
type Estimate struct {
	Configuration Configuration `json:"configuration"`
	// Read is the oldest day on which one of the prices was read.
	Read string `json:"prices_read"`
	// Idle is a month without payloads.
	Idle    []Line  `json:"idle"`
	IdleUSD float64 `json:"idle_usd"`
	// PerMillion is what a million payloads adds.
	PerMillion    []Line  `json:"per_million"`
	PerMillionUSD float64 `json:"per_million_usd"`
	// RequestsUSD is the part of PerMillionUSD that S3 and SQS ask for requests.
	RequestsUSD float64    `json:"requests_usd"`
	Serverless  Serverless `json:"serverless"`
	// Payloads a month, and what they cost together with the idle part.
	Payloads int64   `json:"payloads,omitempty"`
	MonthUSD float64 `json:"month_usd,omitempty"`
	// Notes are costs that depend on what the estimate cannot know.
	Notes []string `json:"notes,omitempty"`
}

// Units of a month.
const (
	hours    = 730.0 // of a month, as AWS's calculator counts
	seconds  = hours * 3600
	days     = 365.0 / 12
	million  = 1e6
	gigabyte = 1 << 30
)

// What the services do by default.
const (
	// pollers of a worker task, each of which waits pollSeconds for a message.
	pollers, pollSeconds = 2, 20
	// renewSeconds is how often an api task reads the token: three quarters of TOKEN_TTL.
	renewSeconds = 45
	// logBytes is what both services log for one payload at INFO.
	logBytes = 475
	// answerBytes is a response with its headers, requestBytes the headers of a request.
	answerBytes, requestBytes = 300, 300
	// imageGB is ten images, five of each service.
	imageGB = 0.1
	// interfaceEndpoints of a private network: SQS, SSM, KMS, Logs and two of
	// ECR; the one of S3 is a gateway endpoint, which is free.
	interfaceEndpoints = 6
)

// Of estimates the cost of a configuration with that many payloads a month.
func Of(c Configuration, payloads int64) (Estimate, error) {
	if err := c.validate(); err != nil {
		return Estimate{}, err
	}
	p, err := pricesOf(c.Region)
	if err != nil {
		return Estimate{}, err
	}
	e := Estimate{Configuration: c, Read: p.read(), Payloads: payloads, Notes: notes(c)}
	e.Idle = idle(c, p)
	requests := requestLines(c, p)
	e.PerMillion = used(slices.Concat(requests, keptLines(c, p), trafficLines(c, p)))
	e.IdleUSD, e.RequestsUSD, e.PerMillionUSD = total(e.Idle), total(requests), total(e.PerMillion)
	e.Serverless = serverless(&e, p)
	e.MonthUSD = e.IdleUSD + float64(payloads)/million*e.PerMillionUSD
	return e, nil
}

func total(lines []Line) float64 {
	sum := 0.0
	for _, line := range lines {
		sum += line.USD
	}
	return sum
}

// idle is a month without a payload.
func idle(c Configuration, p prices) []Line {
	lines := append(taskLines("api", c.API, p), taskLines("worker", c.Worker, p)...)
	lines = append(lines, p.line("load balancer", hours, loadBalancer))
	lines = append(lines, p.line("public IPv4 addresses", hours*float64(addresses(c)), publicIPv4))
	if c.PrivateNetwork {
		lines = append(lines, p.line("interface endpoints", hours*float64(interfaceEndpoints*c.Zones), interfaceEndpoint))
	}
	lines = append(lines,
		p.line("SQS polls without a message", float64(c.Worker.Count*pollers)*seconds/pollSeconds, sqsRequest),
		p.line("token reads, KMS", float64(c.API.Count)*seconds/renewSeconds, kmsRequest),
		p.line("images in ECR", imageGB, ecrStorage),
		p.line("CloudWatch alarms", float64(c.Alarms), alarm),
		p.line("CloudWatch dashboards", float64(c.Dashboards), dashboard),
		p.line("CloudWatch metrics", float64(c.Metrics), metric),
		p.line("KMS keys", float64(c.KMSKeys), kmsKey),
		p.line("web ACL", float64(min(c.WebACLRules, 1)), webACL),
		p.line("web ACL rules", float64(c.WebACLRules), webACLRule))
	return used(lines)
}

// taskLines are the vCPUs and the memory of a service, on demand and on Spot.
func taskLines(service string, tasks Tasks, p prices) []Line {
	spot := float64(tasks.Count) * float64(tasks.SpotPercent) / 100
	onDemand := float64(tasks.Count) - spot
	vcpu := p.line(service+" tasks, vCPU", onDemand*hours*float64(tasks.CPU)/1024, fargateVCPU(tasks.Architecture))
	memory := p.line(service+" tasks, memory", onDemand*hours*float64(tasks.Memory)/1024, fargateMemory(tasks.Architecture))
	return []Line{
		vcpu, memory,
		onSpot(p.line(service+" tasks, vCPU, Spot", spot*hours*float64(tasks.CPU)/1024, fargateVCPU(tasks.Architecture))),
		onSpot(p.line(service+" tasks, memory, Spot", spot*hours*float64(tasks.Memory)/1024, fargateMemory(tasks.Architecture))),
	}
}

func onSpot(line Line) Line {
	line.Price *= 1 - spotDiscount
	line.USD *= 1 - spotDiscount
	return line
}

// addresses counts public IPv4 addresses: one for each zone of an
// internet-facing load balancer, one for each task that has one.
func addresses(c Configuration) int {
	count := 0
	if !c.CloudFront {
		count += c.Zones
	}
	for _, tasks := range []Tasks{c.API, c.Worker} {
		if tasks.PublicIP && !c.PrivateNetwork {
			count += tasks.Count
		}
	}
	return count
}

// requestLines are what S3 and SQS ask for the requests of a million payloads.
// SQS counts a call for each started 64 KB of its messages together.
// https://aws.amazon.com/sqs/pricing/
func requestLines(c Configuration, p prices) []Line {
	const chunk = 64 << 10
	perCall := float64(min(c.MessagesPerCall, max(1, maxBatch/c.PayloadBytes)))
	calls := million / perCall
	chunks := math.Ceil(perCall * float64(c.PayloadBytes) / chunk)
	return []Line{
		p.line("S3 PUT", million, s3Put),
		p.line("SQS send", calls*chunks, sqsRequest),
		p.line("SQS receive", calls*chunks, sqsRequest),
		p.line("SQS delete", calls, sqsRequest),
	}
}

// keptLines are what is kept of a million payloads: the objects and the logs.
func keptLines(c Configuration, p prices) []Line {
	logs := logGB(c)
	return []Line{
		p.line("payloads in S3", million*float64(c.PayloadBytes)/gigabyte*float64(c.RetentionDays)/days, s3Storage),
		p.line("log records", logs, logsIngestion),
		p.line("log storage", logs*float64(c.LogRetentionDays)/days, logsStorage),
	}
}

func logGB(c Configuration) float64 {
	if !c.LogsRequests {
		return 0
	}
	return million * logBytes / gigabyte
}

// responseGB are the responses to a million payloads.
const responseGB = million * answerBytes / gigabyte

// trafficLines are what a million payloads costs on their way.
func trafficLines(c Configuration, p prices) []Line {
	in := million * float64(c.PayloadBytes+requestBytes) / gigabyte
	lines := []Line{p.line("load balancer capacity", capacity(in+responseGB), loadBalancerCapacity)}
	if c.WebACLRules > 0 {
		lines = append(lines, p.line("web ACL requests", million, webACLRequest))
	}
	if c.PrivateNetwork {
		// A message is sent to SQS and received from it; S3 has a gateway endpoint.
		messages := 2 * million * float64(c.PayloadBytes) / gigabyte
		lines = append(lines, p.line("interface endpoint data", messages+logGB(c), endpointData))
	}
	if !c.CloudFront {
		return append(lines, p.line("responses to the internet", responseGB, dataOut))
	}
	return append(lines,
		p.line("CloudFront requests", million, cloudfrontRequest),
		p.line("CloudFront to the load balancer", in, cloudfrontToOrigin),
		p.line("CloudFront to clients", responseGB, cloudfrontOut))
}

// capacity is the load balancer's LCU-hours for a million payloads: the larger
// of their GB and of their new connections, where each payload opens one (the
// most that is possible). https://aws.amazon.com/elasticloadbalancing/pricing/
func capacity(gb float64) float64 {
	const connections = 25 * 3600
	return max(gb, million/connections)
}

// used leaves out lines of nothing.
func used(lines []Line) []Line {
	kept := make([]Line, 0, len(lines))
	for _, line := range lines {
		if line.Quantity > 0 {
			kept = append(kept, line)
		}
	}
	return kept
}

// notes are what the estimate leaves out for this configuration.
func notes(c Configuration) []string {
	var all []string
	if c.Worker.Count == 0 {
		all = append(all, "The worker has no task while nothing waits; while payloads arrive its tasks cost what they cost in a configuration with them.")
	}
	if c.Worker.SpotPercent > 0 || c.API.SpotPercent > 0 {
		all = append(all, "Spot is priced at half of Fargate, an assumption; AWS changes the price.")
	}
	return all
}
