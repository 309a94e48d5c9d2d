// Command local is the whole pipeline on one machine: api, worker and a
// fake AWS in one process, with objects as files.
//
// With --only-aws it is the fake AWS alone, for api and worker in containers.
package main

import "github.com/ingest-iac/ingest/services/internal/service"

func main() { service.Main(run) }
