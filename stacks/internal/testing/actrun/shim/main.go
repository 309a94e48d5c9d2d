// Command shim takes the place of a program that a workflow runs: it asks the test
// what to do. Its name is that of the program.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/ingest-iac/ingest/stacks/internal/testing/actrun"
)

func main() {
	status, err := run(os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "shim:", err)
		status = 1
	}
	os.Exit(status)
}

func run(stdout, stderr io.Writer) (int, error) {
	folder, err := os.Getwd()
	if err != nil {
		return 0, err
	}
	call, err := json.Marshal(actrun.Call{Program: filepath.Base(os.Args[0]), Args: os.Args[1:], Environ: os.Environ(), Dir: folder})
	if err != nil {
		return 0, err
	}
	response, err := http.Post(os.Getenv(actrun.Variable), "application/json", bytes.NewReader(call)) //nolint:gosec,noctx // the test's own server; the workflow's timeout applies
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var answer actrun.Answer
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return 0, err
	}
	fmt.Fprint(stdout, answer.Stdout)
	fmt.Fprint(stderr, answer.Stderr)
	if len(answer.Run) == 0 {
		return answer.Status, nil
	}
	command := exec.Command(answer.Run[0], answer.Run[1:]...) //nolint:gosec,noctx // what the test says
	command.Dir, command.Env = answer.Dir, answer.Environ
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, stdout, stderr
	err = command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
