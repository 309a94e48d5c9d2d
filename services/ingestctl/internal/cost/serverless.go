package cost

import "math"

// Serverless is the same pipeline out of API Gateway, Lambda, SQS and S3: it
// costs nothing while idle, and more for each payload.
type Serverless struct {
	// PerMillionUSD includes the logs, the storage and the responses that an
	// Estimate has too.
	PerMillionUSD float64 `json:"per_million_usd"`
	// CheaperBelow is the number of payloads a month below which it costs less.
	CheaperBelow float64 `json:"cheaper_below"`
	// FirehoseUSD is what a million payloads cost with Amazon Data Firehose in place of
	// SQS and the second function. It writes many payloads into one object.
	FirehoseUSD float64 `json:"firehose_per_million_usd"`
}

// What each Lambda function is assumed to take: 128 MB, 20 ms for a request
// and 200 ms for a batch of ten messages. Firehose bills each record in steps of
// 5 KB, and writes an object for each 5 MiB unless told otherwise.
// https://aws.amazon.com/firehose/pricing/
const (
	functionGB     = 0.125
	requestSeconds = 0.02
	batchSeconds   = 0.2
	firehoseStep   = 5 << 10
	firehoseObject = 5 << 20
)

// front prices what both variants do with a million payloads: an HTTP request and an
// invocation for each, and what is kept.
func front(c Configuration, p prices) []Line {
	return append(keptLines(c, p),
		p.line("responses", responseGB, dataOut),
		p.line("HTTP API", million, httpAPIRequest),
		p.line("Lambda", million, lambdaRequest),
		p.line("Lambda", functionGB*million*requestSeconds, lambdaDuration),
	)
}

// serverless prices a million payloads: the first function sends one message for each,
// and another is invoked for each ten messages, which SQS delivers and deletes in one
// call each.
func serverless(e *Estimate, p prices) Serverless {
	batches := million / maxMessages
	perMillion := total(append(front(e.Configuration, p),
		p.line("Lambda", batches, lambdaRequest),
		p.line("Lambda", functionGB*batches*batchSeconds, lambdaDuration),
		p.line("SQS", million+2*batches, sqsRequest),
		p.line("S3 PUT", million, s3Put),
	))
	s := Serverless{PerMillionUSD: perMillion, FirehoseUSD: firehose(e.Configuration, p)}
	if more := perMillion - e.PerMillionUSD; more > 0 {
		s.CheaperBelow = e.IdleUSD / more * million
	}
	return s
}

// firehose prices a million payloads, each of which the function hands to Firehose.
func firehose(c Configuration, p prices) float64 {
	size := float64(c.PayloadBytes)
	return total(append(front(c, p),
		p.line("Firehose", million*math.Ceil(size/firehoseStep)*firehoseStep/gigabyte, firehoseIngestion),
		p.line("S3 PUT", math.Ceil(million*size/firehoseObject), s3Put),
	))
}
