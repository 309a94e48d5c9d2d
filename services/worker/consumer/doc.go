// Package consumer moves messages from a queue to a store: each becomes one
// object, and is deleted from the queue once the object is there.
//
//	pollers ──> hand ──> uploaders ──> gatherer ──> deleters
//	   ▲          │          │
//	   └── gate ◄─┼──────────┘      keeper: extends what stays in hand
//
// The loops run side by side, and what they hand on is bounded by the hand:
// pollers reserve room before they receive, and a message gives its room back
// when it leaves (deleted, poison, or given back to the queue).
//
// Nothing is deleted before it is stored, and what is stored is stored under a
// key that never changes; so a crash at any point costs a redelivery, which
// meets its own object.
//
// When uploads fail, messages stay in hand with their visibility extended,
// rather than going back to the queue: each further receive would bring them
// nearer to the dead-letter queue, though nothing is wrong with them. The gate
// then lets a single upload through at a time, until one succeeds.
package consumer
