package compute

import (
	"fmt"

	"github.com/ingest-iac/ingest/components/args"
)

// fargateMemory are the MiB that Fargate offers with each number of CPU units, on
// Linux: from, to and in which steps.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
var fargateMemory = map[int]struct{ from, to, step int }{
	256:   {512, 2048, 512},
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// checkSize reports whether Fargate has tasks of that size. CPU units that it does
// not have are left to the setting's own rule.
func checkSize(service string, cpu, memory int) error {
	size, known := fargateMemory[cpu]
	if !known || memory >= size.from && memory <= size.to && memory%size.step == 0 && (cpu != 256 || memory != 1536) {
		return nil
	}
	allowed := fmt.Sprintf("%d to %d in steps of %d", size.from, size.to, size.step)
	if cpu == 256 {
		allowed = "512, 1024 or 2048"
	}
	return &args.Error{
		Field: service + ".Memory", Value: memory,
		Allowed: fmt.Sprintf("%s, with {%s.CPU} at %d", allowed, service, cpu),
	}
}
