package delivery

import (
	"testing"

	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
	"github.com/stretchr/testify/assert"
)

func TestDriftRuns_keepOneIssueWhileThereIsDrift(t *testing.T) {
	t.Parallel()
	r := actrun.New(t)
	compare := func(drifted string) []actrun.Issue {
		r.Programs["pulumi"] = func(call actrun.Call) actrun.Answer {
			if call.Args[1] == drifted {
				return actrun.Answer{Stdout: "~ retentionInDays: 3 => 30\nerror: no changes were expected but changes occurred\n", Status: 1}
			}
			return actrun.Answer{}
		}
		run := r.Run(t, "drift.yml", "schedule", map[string]any{"schedule": "23 3 * * *"})
		assert.True(t, run.Passed, "drift is a finding, not a failure")
		assert.Len(t, run.Of("pulumi -C"), 3)
		assert.Equal(t, []string{"vulnerabilities: make vuln"}, run.Of("make"))
		return r.Hub.Issues()
	}
	assert.Empty(t, compare("nothing"))
	for range 2 {
		issues := compare(".")
		if assert.Len(t, issues, 1) {
			assert.Equal(t, "Infrastructure drift in prod", issues[0].Title)
			assert.Equal(t, "open", issues[0].State)
			assert.Contains(t, issues[0].Body, "~ retentionInDays: 3 => 30")
		}
	}
	closed := compare("nothing")
	if assert.Len(t, closed, 1) {
		assert.Equal(t, "closed", closed[0].State)
	}
}
