package rollout

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ingest-iac/ingest/services/ingestctl/internal/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func service(deployments ...aws.Deployment) aws.Service {
	return aws.Service{Name: "api", Deployments: deployments}
}

func primary(revision, rollout string) aws.Deployment {
	return aws.Deployment{Status: aws.Primary, TaskDefinition: "api:" + revision, Rollout: rollout}
}

func active(revision, rollout string) aws.Deployment {
	return aws.Deployment{Status: "ACTIVE", TaskDefinition: "api:" + revision, Rollout: rollout}
}

func TestJudge(t *testing.T) {
	for name, c := range map[string]struct {
		service aws.Service
		want    Outcome
	}{
		"the deployed revision runs":                         {service(primary("7", "COMPLETED")), Completed},
		"tasks of the revision before drain":                 {service(primary("7", "COMPLETED"), active("6", "COMPLETED")), Completed},
		"tasks start":                                        {service(primary("7", "IN_PROGRESS"), active("6", "COMPLETED")), InProgress},
		"no rollout state":                                   {service(primary("7", "")), InProgress},
		"no primary deployment":                              {service(active("7", "COMPLETED")), InProgress},
		"no deployment":                                      {service(), InProgress},
		"the circuit breaker ended it":                       {service(primary("7", "FAILED")), Failed},
		"rolled back":                                        {service(primary("6", "COMPLETED")), RolledBack},
		"rolling back":                                       {service(primary("6", "IN_PROGRESS"), active("7", "FAILED")), RolledBack},
		"the same revision failed and is tried once more":    {service(primary("7", "IN_PROGRESS"), active("7", "FAILED")), Failed},
		"the revision that it rolled back to failed as well": {service(primary("6", "FAILED")), Failed},
	} {
		assert.Equal(t, c.want, Judge(&c.service, "api:7"), name)
	}
}

func TestWait_untilTheRolloutHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		states := []aws.Service{service(), service(primary("7", "IN_PROGRESS")), service(primary("6", "COMPLETED"))}
		started := time.Now()
		got, outcome, err := Wait(t.Context(), func(context.Context) (aws.Service, error) {
			next := states[0]
			states = states[1:]
			return next, nil
		}, "api:7")
		require.NoError(t, err)
		assert.Equal(t, RolledBack, outcome)
		assert.Equal(t, "api:6", got.Primary().TaskDefinition)
		assert.Equal(t, 2*askEvery, time.Since(started))
	})
}

func TestWait_whenItsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Second)
		defer cancel()
		calls := 0
		got, outcome, err := Wait(ctx, func(context.Context) (aws.Service, error) {
			calls++
			return service(primary("7", "IN_PROGRESS")), ctx.Err()
		}, "api:7")
		require.NoError(t, err)
		assert.Equal(t, InProgress, outcome)
		assert.Equal(t, 7, calls)
		assert.NotNil(t, got.Primary())
	})
}

func TestWait_serviceIsMissing_isAnError(t *testing.T) {
	denied := errors.New("denied")
	_, _, err := Wait(t.Context(), func(context.Context) (aws.Service, error) { return aws.Service{}, denied }, "api:7")
	require.ErrorIs(t, err, denied)
}
