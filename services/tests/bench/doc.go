// Package bench measures api and worker against the fake AWS, with the delays of
// AWS, and prints each benchmark next to its target. `make bench`
// runs it; no other target does.
package bench
