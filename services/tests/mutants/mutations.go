package main

// mutation is a change of the services that loses or alters messages.
type mutation struct {
	// name says what the changed service does wrong.
	name string
	// file is the changed file, in the services' module.
	file string
	// before is the text that is replaced by after. It occurs once in the file.
	before, after string
	// tests are those of tests/faults of which at least one must fail.
	tests []string
}

const (
	api     = "api/sqssend/sqssend.go"
	receive = "worker/sqsreceive/sqsreceive.go"
	store   = "worker/s3store/s3store.go"
)

// Texts that several mutations change.
const (
	alreadyStored = `errors.As(err, &response) && response.HTTPStatusCode() == http.StatusPreconditionFailed:`
	notStored     = `	default:
		return 0, fmt.Errorf("writing to S3: %w", err)`
	sendError = `		return "", fmt.Errorf("sending to SQS: %w", err)`
	delivered = `		deliveries = append(deliveries, delivery(&output.Messages[i]))`
)

var mutations = []mutation{
	{
		name: "the api answers 200 though SQS has refused the call",
		file: api, before: sendError, after: `		return "unconfirmed", nil`,
		tests: []string{"TestBatch_refusedCalls_areNotAccepted"},
	},
	{
		name: "the api answers 200 for an entry of a batch that SQS has refused",
		file: api,
		before: `	for _, entry := range output.Failed {
`, after: `	for _, entry := range output.Failed {
		*at(entry.Id) = publisher.Result{ID: "unconfirmed-" + aws.ToString(entry.Id)}
		continue
`,
		tests: []string{"TestBatch_refusedEntries_areNotAccepted"},
	},
	{
		name: "two requests of a batch get each other's message id",
		file: api,
		before: `	return ordered
`, after: `	if n > 1 {
		ordered[0], ordered[1] = ordered[1], ordered[0]
	}
	return ordered
`,
		tests: []string{"TestBatch_messages_areStoredAsSent"},
	},
	{
		name:   "messages of a batch are cut at 64 KiB",
		file:   api,
		before: `Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(m.Body)),`,
		after:  `Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(m.Body[:min(len(m.Body), 65_536)])),`,
		tests:  []string{"TestBatch_messages_areStoredAsSent"},
	},
	{
		name: "a message is deleted before it is uploaded",
		file: receive, before: delivered, after: delivered + `
		_, _ = q.DeleteBatch(ctx, []string{deliveries[i].Handle})`,
		tests: []string{"TestMessage_receivedManyTimes_isStored"},
	},
	{
		name: "a message is deleted at its fourth receive",
		file: receive, before: delivered, after: `		if d := delivery(&output.Messages[i]); d.Receives >= 4 {
			_, _ = q.DeleteBatch(ctx, []string{d.Handle})
			continue
		}
` + delivered,
		tests: []string{"TestMessage_receivedManyTimes_isStored"},
	},
	{
		name: "the visibility timeout is never extended",
		file: receive,
		before: `	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(changes))
`, after: `	if len(changes) > 0 {
		return make([]error, len(changes)), nil
	}
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(changes))
`,
		tests: []string{"TestUpload_longerThanVisibilityTimeout_isMadeOnce"},
	},
	{
		name: "a message whose visibility timeout has ended is deleted though it is not stored",
		file: "worker/consumer/visibility.go",
		before: `	for _, m := range exhausted {
`, after: `	for _, m := range exhausted {
		_, _ = e.queue.DeleteBatch(ctx, []string{m.Handle})
`,
		tests: []string{"TestMessage_visibilityTimeoutEnds_isStored"},
	},
	{
		name: "S3's 409 counts as stored",
		file: store, before: alreadyStored,
		after: `errors.As(err, &response) && (response.HTTPStatusCode() == http.StatusPreconditionFailed || response.HTTPStatusCode() == http.StatusConflict):`,
		tests: []string{"TestS3Errors_allAttemptsFail_areNoSuccess"},
	},
	{
		name: "any 4xx of S3 counts as stored",
		file: store, before: alreadyStored,
		after: `errors.As(err, &response) && response.HTTPStatusCode()/100 == http.StatusBadRequest/100:`,
		tests: []string{"TestS3Errors_allAttemptsFail_areNoSuccess"},
	},
	{
		name: "an upload that timed out counts as stored",
		file: store, before: notStored, after: `	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return consumer.Created, nil
` + notStored,
		tests: []string{"TestUpload_exceedsItsTimeout_isTriedAgain"},
	},
	{
		name: "an upload that SIGTERM cut off counts as stored",
		file: store, before: notStored, after: `	case errors.Is(ctx.Err(), context.Canceled):
		return consumer.Created, nil
` + notStored,
		tests: []string{"TestUpload_cutOffBySIGTERM_isStoredByTheNextWorker"},
	},
	{
		name: "the body is encoded anew",
		file: store, before: `name.Digest, body)`, after: "name.Digest, []byte(strings.ReplaceAll(string(body), `\", \"`, `\",\"`)))",
		tests: []string{"TestObject_equalsItsMessage"},
	},
	{
		name: "the key has the date of the upload",
		file: "internal/message/message.go", before: `	day := m.ReceivedAt
`, after: `	day := time.Now()
`,
		tests: []string{"TestObject_equalsItsMessage"},
	},
}
