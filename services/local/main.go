// Command local is the whole pipeline on one machine: api, worker and a
// stand-in for AWS in one process, with objects as files.
//
// With --only-aws it is the stand-in alone, for api and worker in containers.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }
