// Package faults proves, over real processes, that nothing accepted is lost.
//
// Its tests build api and worker, run them against the fake AWS, and
// put them under load while programs are killed and AWS fails. Afterwards
// the message_id of every 200 has to be exactly one object, with the content and
// the key that follow from the request that got the id, or, if the message is
// poison, a message in the dead-letter queue.
package faults
