// Package bench measures api and worker against the stand-in for AWS, with the
// delays of the real one, and prints each figure beside its aim. `make bench`
// runs it; no other target does.
package bench
