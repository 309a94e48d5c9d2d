// Count prints the lines and packages of the repository by class, and the files
// that name one setting.
//
//	go run ./tests/count                   # the working tree
//	go run ./tests/count -commit 0dbed83   # a commit
//
// The classes are those of [classOf]. Lines are all lines of a file.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// setting matches the names of one setting: its key, its field and its variable.
// Files that match are those which adding such a setting touches.
var setting = regexp.MustCompile(`workerVisibilityTimeout|WorkerVisibilityTimeout|Worker\.VisibilityTimeout|VISIBILITY_TIMEOUT`)

// run returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("count", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", "..", "the folder of the repository")
	commit := flags.String("commit", "", "the commit to count; without it, the working tree")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	c := newCounts()
	if err := eachFile(*root, *commit, c.add); err != nil {
		_, _ = fmt.Fprintln(stderr, "count:", err)
		return 1
	}
	c.print(stdout)
	return 0
}

// eachFile calls visit for every file under version control.
func eachFile(root, commit string, visit func(name string, content []byte)) error {
	git := func(args ...string) ([]byte, error) {
		command := exec.Command("git", args...) //nolint:noctx,gosec // arguments of this program; it ends by itself
		command.Dir = root
		var message bytes.Buffer
		command.Stderr = &message
		output, err := command.Output()
		if err != nil {
			return nil, fmt.Errorf("running git %s: %w: %s", args[0], err, message.String())
		}
		return output, nil
	}
	tree, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("opening the repository: %w", err)
	}
	defer func() { _ = tree.Close() }()
	read := func(name string) ([]byte, error) {
		content, err := tree.ReadFile(name)
		if errors.Is(err, os.ErrNotExist) { // deleted, and not committed yet
			return nil, nil
		}
		return content, err
	}
	list := []string{"ls-files", "--cached", "--others", "--exclude-standard", "--full-name", "-z"}
	if commit != "" {
		list = []string{"ls-tree", "-r", "--name-only", "--full-tree", "-z", commit}
		read = func(name string) ([]byte, error) { return git("show", commit+":"+name) }
	}
	names, err := git(list...)
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.Trim(string(names), "\x00"), "\x00") {
		if classOf(name) == "" && !mayName(name) {
			continue
		}
		content, err := read(name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		visit(name, content)
	}
	return nil
}
