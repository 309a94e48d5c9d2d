package consumer

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestDelete_handlesEachEntryByItsOwnResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(10), newSimStore()
		tries := map[string]int{}
		q.failEntry = func(op, id string) error {
			if op != "DeleteBatch" {
				return nil
			}
			tries[id]++
			switch {
			case id == "m0003" && tries[id] <= 3:
				return errDown
			case id == "m0007":
				return fmt.Errorf("%w: ReceiptHandleIsInvalid", ErrPermanent)
			}
			return nil
		}
		c := start(t, q, s, nil)
		elapse(30 * time.Second)

		assert.Equal(t, 1, q.left())
		assert.Equal(t, 4, tries["m0003"])
		assert.Equal(t, 1, tries["m0007"], "it is not tried again")
		assert.Equal(t, 1, tries["m0000"])
		assert.Zero(t, c.inFlight.count())
		assert.Contains(t, c.log.String(), "another receive owns the message")
		c.stop()
	})
}

func TestDelete_fails_messageStaysHiddenUntilDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, s := newSimQueue(30), newSimStore()
		began := time.Now()
		q.fail = func(op string) error {
			return when(op == "DeleteBatch" && time.Since(began) < 10*time.Minute, errDown)
		}
		c := start(t, q, s, nil)
		elapse(11 * time.Minute)
		assert.Zero(t, q.left())
		assert.Equal(t, Stats{Received: 30, Stored: 30, Deleted: 30}, c.Stats(), "one receive each")
		c.stop()
	})
}
