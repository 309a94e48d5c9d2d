package token

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPreviousToken_isAcceptedUntilTheOverlapEnds(t *testing.T) {
	s := &source{}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		s.set("right-1", nil)
		s.rotate("right-2")
		for range 3599 {
			require.NoError(t, c.Verify(t.Context(), "right-1"))
			require.NoError(t, c.Verify(t.Context(), "right-2"))
			require.ErrorIs(t, c.Verify(t.Context(), "wrong"), ErrInvalid)
			pass(time.Second)
		}
		pass(time.Second)
		require.ErrorIs(t, c.Verify(t.Context(), "right-1"), ErrInvalid)
		require.NoError(t, c.Verify(t.Context(), "right-2"))
	})
}

func TestPreviousToken_overlapEndsDuringOutage_isRefused(t *testing.T) {
	s := &source{}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		s.set("right-1", nil)
		s.rotate("right-2")
		require.NoError(t, c.Verify(t.Context(), "right-1"))
		s.set("", errDown)
		pass(time.Hour)
		require.NoError(t, c.Verify(t.Context(), "right-2"))
		require.ErrorIs(t, c.Verify(t.Context(), "right-1"), ErrInvalid)
	})
}

func TestPreviousToken_revoked_isRefusedWithinTheTTL(t *testing.T) {
	s := &source{}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		s.set("right-1", nil)
		s.rotate("right-2")
		require.NoError(t, c.Verify(t.Context(), "right-1"))
		s.set("right-2", nil)
		pass(time.Minute)
		require.ErrorIs(t, c.Verify(t.Context(), "right-1"), ErrInvalid)
	})
}

func TestPreviousToken_noCurrentOrPlaceholder_isRefused(t *testing.T) {
	for name, tokens := range map[string]Tokens{
		"the current one is the placeholder": {Current: Placeholder, Previous: "right"},
		"there is no current one":            {Previous: "right"},
		"it is the placeholder":              {Current: "other", Previous: Placeholder},
		"it is empty":                        {Current: "other"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, &source{}, func(t *testing.T, _ *Cache, _ *bytes.Buffer) {
				tokens.Since = time.Now()
				c, _ := cacheOf(&source{tokens: tokens})
				require.ErrorIs(t, c.Verify(t.Context(), tokens.Previous), ErrInvalid)
			})
		})
	}
}

func TestPreviousToken_withoutOverlap_isRefusedAtOnce(t *testing.T) {
	s := &source{}
	inBubble(t, s, func(t *testing.T, c *Cache, _ *bytes.Buffer) {
		c.options.Overlap = 0
		s.set("right-1", nil)
		s.rotate("right-2")
		require.ErrorIs(t, c.Verify(t.Context(), "right-1"), ErrInvalid)
	})
}
