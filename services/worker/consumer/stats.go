package consumer

import "sync/atomic"

// Stats count what a consumer has done since it started.
type Stats struct {
	Received   int64 // deliveries, poison included
	Poison     int64 // deliveries that name no object
	Stored     int64 // objects written
	Present    int64 // objects found written before
	Failed     int64 // uploads that failed
	Deleted    int64 // messages deleted
	HandedBack int64 // messages handed back while stopping
}

type counts struct {
	received, poison, stored, present, failed, deleted, handedBack atomic.Int64
}

// Stats is a snapshot.
func (c *Consumer) Stats() Stats {
	return Stats{
		Received: c.counts.received.Load(), Poison: c.counts.poison.Load(),
		Stored: c.counts.stored.Load(), Present: c.counts.present.Load(), Failed: c.counts.failed.Load(),
		Deleted: c.counts.deleted.Load(), HandedBack: c.counts.handedBack.Load(),
	}
}

func (s Stats) attrs() []any {
	return []any{
		"received", s.Received, "poison", s.Poison, "stored", s.Stored, "stored_before", s.Present,
		"failed", s.Failed, "deleted", s.Deleted, "handed_back", s.HandedBack,
	}
}
