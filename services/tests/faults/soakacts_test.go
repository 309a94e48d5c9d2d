package faults

import (
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/ingest-iac/ingest/services/internal/fakeaws/faults"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pause(d time.Duration) { <-time.After(d) }

// play lets a phase happen under load, and waits until its effects are over.
func (s *soak) play(p phase) {
	s.log("%s", p)
	ends := time.Now().Add(p.lasts)
	for _, rule := range p.faults {
		s.plan.Add(rule)
	}
	for _, a := range p.acts {
		pause(a.after)
		s.log("  %s", a.what)
		a.do(s)
	}
	pause(time.Until(ends))
	s.plan.Clear()
	s.log("  the faults end")
	// A message that was received twice is stored before the next fault: the queue
	// would move it to the dead-letter queue if it failed in phase after phase.
	s.eventually("messages are received again and again", func() bool { return s.received(2) == 0 })
	s.probe(s.load.tokens[0], http.StatusOK)
}

// received counts the messages in the queue, poison excluded, that were received so
// often at least.
func (s *soak) received(times int) (count int) {
	for _, m := range s.server.SQS.Messages(queueName) {
		if m.Receives >= times && m.Body != s.poison[0].body {
			count++
		}
	}
	return count
}

func (s *soak) eventually(what string, condition func() bool) {
	s.t.Helper()
	require.Eventually(s.t, condition, calmWithin, 20*time.Millisecond, "%s", what)
}

// probe waits until each api answers a token with status.
func (s *soak) probe(presented string, status int) {
	s.t.Helper()
	for _, url := range s.load.urls {
		s.eventually(fmt.Sprintf("%s answers %d to a token", url, status), func() bool {
			return s.post(url, presented) == status
		})
	}
}

// post sends one request in addition to those of the load, and returns its status.
func (s *soak) post(url, presented string) int {
	const singles = 1_000_000_000 // no number of the load's requests
	s.posted++
	status, message := s.load.post(url, presented, "", singles+s.posted)
	s.load.mu.Lock()
	defer s.load.mu.Unlock()
	s.load.sent = append(s.load.sent, message)
	return status
}

// purge purges the queue. What it holds then may be lost.
func (s *soak) purge() {
	s.stopLoad() // so that nothing is sent between the look and the purge
	purged := map[string]bool{}
	for _, m := range s.server.SQS.Messages(queueName) {
		purged[m.ID] = true
	}
	_, err := s.sqs.PurgeQueue(s.t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(s.queueURL)})
	require.NoError(s.t, err)
	for _, messages := range [][]sent{s.load.sent, s.poison} {
		for i := range messages {
			messages[i].purged = messages[i].purged || purged[messages[i].id]
		}
	}
	s.log("  %d messages are purged", len(purged))
	s.stopLoad = s.load.start(s.perSec)
}

// rotate rotates the token with an overlap.
func (s *soak) rotate() {
	old := s.load.tokens[0]
	_, err := s.ssm.LabelParameterVersion(s.t.Context(), &ssm.LabelParameterVersionInput{
		Name: aws.String(parameter), Labels: []string{"previous"},
	})
	require.NoError(s.t, err)
	s.rotations++
	next := fmt.Sprintf("%s-%d", token, s.rotations)
	began := time.Now()
	_, err = s.ssm.PutParameter(s.t.Context(), &ssm.PutParameterInput{
		Name: aws.String(parameter), Value: aws.String(next), Overwrite: aws.Bool(true), Type: ssmtypes.ParameterTypeSecureString,
	})
	require.NoError(s.t, err)
	s.load.mu.Lock()
	s.load.tokens = []string{next, old}
	s.load.mu.Unlock()
	s.probe(next, http.StatusOK)
	for _, url := range s.load.urls {
		if status := s.post(url, old); time.Since(began) < soakOverlap-mostSkew {
			assert.Equal(s.t, http.StatusOK, status, "the old token within the overlap")
		}
	}
	s.load.mu.Lock()
	s.load.tokens = []string{next}
	s.load.mu.Unlock()
	s.revoked = old
}

// quiet lets nothing be in flight, has a service fail and a program restart, and
// has each api take a message when the service is back.
func (s *soak) quiet(fault faults.Rule, kill act) {
	s.stopLoad()
	s.eventually("the queue empties", func() bool { return s.received(0) == 0 })
	heal := s.plan.Add(fault)
	pause(kill.after)
	kill.do(s)
	heal()
	s.probe(s.load.tokens[0], http.StatusOK)
	s.eventually("lone messages are stored", func() bool { return s.received(0) == 0 })
	s.stopLoad = s.load.start(s.perSec)
}
