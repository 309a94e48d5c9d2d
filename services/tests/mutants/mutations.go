package main

// mutation is a change of the services that loses or alters messages.
type mutation struct {
	// name says what the changed service does wrong.
	name string
	// file is the changed file, in the services' module.
	file string
	// before is the text that is replaced by after. It occurs once in the file.
	before, after string
	// in is the package of the tests; faults when it is empty.
	in string
	// tests are those of which at least one must fail.
	tests []string
}

const faults = "tests/faults"

// pkg is the package of the tests.
func (m mutation) pkg() string {
	if m.in == "" {
		return faults
	}
	return m.in
}

const (
	api     = "api/sqssend/sqssend.go"
	batcher = "api/publisher/publisher.go"
	tokens  = "internal/token/token.go"
	receive = "worker/sqsreceive/sqsreceive.go"
	store   = "worker/s3store/s3store.go"
	put     = "worker/s3store/put.go"
)

// Texts that several mutations change.
const (
	alreadyStored = `errors.As(err, &response) && response.HTTPStatusCode() == http.StatusPreconditionFailed:`
	notStored     = `	default:
		return 0, fmt.Errorf("writing to S3: %w", err)`
	sendError = `		return "", fmt.Errorf("sending to SQS: %w", err)`
	delivered = `		deliveries = append(deliveries, delivery(&output.Messages[i]))`
)

// Packages and tests that several mutations name.
const (
	publisher     = "api/publisher"
	worker        = "worker/consumer"
	retriesOfAKey = "TestIdempotencyKeys_retriesMidnightAndKill_areOneObjectEach"
	anyOrder      = "TestSchedules_anyOrderOfEvents_keepsTheInvariants"
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
		file: put, before: `	var checksum [crc32.Size]byte
`, after: "	body = bytes.ReplaceAll(body, []byte(`\", \"`), []byte(`\",\"`))\n	var checksum [crc32.Size]byte\n",
		tests: []string{"TestObject_equalsItsMessage"},
	},
	{
		name: "a second attempt sends no body",
		file: "internal/awscall/awscall.go", before: `io.NopCloser(&body)`, after: `io.NopCloser(&c.request.Body)`,
		in: "internal/sqsclient", tests: []string{"TestCall_secondAttempt_sendsTheWholeBody"},
	},
	{
		name: "the key has the date of the upload",
		file: "internal/message/message.go", before: `	day := m.ReceivedAt
`, after: `	day := time.Now()
`,
		tests: []string{"TestObject_equalsItsMessage"},
	},
	{
		name: "the api drops the idempotency key",
		file: api, before: `	add(message.IdempotencyAttribute, m.IdempotencyKey)
`, after: ``,
		tests: []string{retriesOfAKey},
	},
	{
		name: "the worker does not read the idempotency key",
		file: receive, before: `m.MessageAttributes[message.IdempotencyAttribute].StringValue`, after: `m.MessageAttributes["Other"].StringValue`,
		tests: []string{retriesOfAKey},
	},
	{
		name: "the object of an idempotency key has the date in its key",
		file: "worker/app/workerapp.go", before: `			Key:    message.KeyedObjectKey(s.PayloadVersion, s.Environment, d.IdempotencyKey),
`, after: `			Key:    message.KeyedObjectKey(s.PayloadVersion, s.Environment, d.IdempotencyKey+parsed.ReceivedAt.String()),
`,
		tests: []string{retriesOfAKey},
	},
	{
		name: "a retry counts as other content, since its received_at differs",
		file: "internal/message/idempotency.go", before: `i >= 0 {`, after: `i > len(body) {`,
		tests: []string{retriesOfAKey},
	},
	{
		name: "an object that is there is overwritten",
		file: put, before: `		"If-None-Match":                {"*"},
`, after: ``,
		tests: []string{retriesOfAKey},
	},
	{
		name: "other content with a used idempotency key is not reported",
		file: store, before: `		return consumer.Different, nil
`, after: `		return consumer.Present, nil
`,
		tests: []string{retriesOfAKey},
	},
	{
		name: "the previous token is accepted without end",
		file: tokens, before: `	if !time.Now().Before(a.previousUntil) {`, after: `	if a.previousUntil.IsZero() {`,
		in: "internal/token", tests: []string{"TestPreviousToken_isAcceptedUntilTheOverlapEnds"},
	},
	{
		name: "the previous token is refused within the overlap",
		file: tokens, before: `	if !time.Now().Before(a.previousUntil) {`, after: `	if true {`,
		in: "internal/token", tests: []string{"TestPreviousToken_isAcceptedUntilTheOverlapEnds"},
	},
	{
		name: "the token before the previous one is accepted",
		file: "api/ssmtoken/ssmtoken.go", before: ` && before.Version == current.Version-1`, after: ``,
		in: "api/ssmtoken", tests: []string{"TestFetch_labelOnAnOlderVersion_isIgnored"},
	},
	{
		name: "a revoked placeholder is accepted",
		file: tokens, before: ` && a.usable`, after: ``,
		in: "internal/token", tests: []string{"TestPlaceholderAndEmptyValue_refuseEveryToken"},
	},
	{
		name: "a message is sent though its client left before",
		file: "api/publisher/entry.go", before: `		p.pending = slices.Delete(p.pending, i, i+1)
`, after: ``,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "a message is sent again though its client left",
		file: batcher, before: ` && !e.gone`, after: ``,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "a batch may be larger than SQS takes",
		file: batcher, before: `		if count > 0 && size > message.MaxBytes {`, after: `		if count > 0 && size > 2*message.MaxBytes {`,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "an entry that failed alone is not sent again",
		file: batcher, before: ` && e.attempts < p.options.Attempts`, after: ` && e.attempts < 1`,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "an entry that failed alone is sent again without end",
		file: batcher, before: ` && e.attempts < p.options.Attempts`, after: ``,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "a paused message does not count towards the bounds",
		file: batcher, before: `		p.hold(e)
		e.pause`, after: `		e.pause`,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "a message that is refused after its wait still counts towards the bounds",
		file: batcher, before: `		e := p.pending[late]
		p.release(e)
`, after: `		e := p.pending[late]
`,
		in: publisher, tests: []string{anyOrder},
	},
	{
		name: "a lone message waits for others",
		file: batcher, before: `	if p.calls == 0 || time.Since`, after: `	if time.Since`,
		in: publisher, tests: []string{"TestLoneMessage_isSentAtOnce"},
	},
	{
		name: "a message that cannot be stored is deleted",
		file: "worker/consumer/upload.go", before: `			c.returnFailed(uploads, m, err)
			return false`, after: `			_, _ = c.opts.Queue.DeleteBatch(uploads, []string{m.Handle})
			return false`,
		in: worker, tests: []string{anyOrder},
	},
	{
		name: "a stopping worker deletes what waits for an upload",
		file: "worker/consumer/consumer.go", before: `	c.extender.returnToQueue(ctx, waiting, delayAtStop)
`, after: `	c.extender.returnToQueue(ctx, waiting, delayAtStop)
	for _, m := range waiting {
		_, _ = c.opts.Queue.DeleteBatch(ctx, []string{m.Handle})
	}
`,
		in: worker, tests: []string{anyOrder},
	},
	{
		name: "an upload slot is lost when an upload fails",
		file: "worker/consumer/slots.go", before: `	f.freeSlots++
`, after: `	if err == nil {
		f.freeSlots++
	}
`,
		in: worker, tests: []string{anyOrder},
	},
	{
		name: "a failed delete counts as done",
		file: "worker/consumer/inflight.go", before: `		if areDeleted[i] {`, after: `		if areDeleted[i] || m.state == deleting {`,
		in: worker, tests: []string{anyOrder},
	},
}
