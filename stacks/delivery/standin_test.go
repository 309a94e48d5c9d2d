package delivery

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// Where the stand-ins find what to answer, and write down how they were called.
const (
	repliesVariable = "DELIVERY_TEST_REPLIES"
	callsVariable   = "DELIVERY_TEST_CALLS"
	// unexpected is the exit status of a call that no reply was laid down for.
	unexpected = 97
)

// reply is what a stand-in answers to the calls that match.
type reply struct {
	// Call is a regular expression for the whole command line, program included.
	Call   string
	Stdout string
	Stderr string
	Exit   int
}

// call is one call of a stand-in, as it was made.
type call struct {
	Line  string
	Stdin string
}

// answer plays one program: it notes the call and gives the reply laid down for
// it. Of several that match, the first call gets the first, and so on; the last
// one goes on answering.
func answer(program string, args []string) (int, error) {
	line := strings.Join(append([]string{program}, args...), " ")
	earlier, err := readCalls(os.Getenv(callsVariable))
	if err != nil {
		return unexpected, err
	}
	if err := note(line, args); err != nil {
		return unexpected, err
	}

	var replies []reply
	data, err := os.ReadFile(os.Getenv(repliesVariable))
	if err != nil {
		return unexpected, fmt.Errorf("reading the replies: %w", err)
	}
	if err := json.Unmarshal(data, &replies); err != nil {
		return unexpected, fmt.Errorf("decoding the replies: %w", err)
	}
	matching, err := match(replies, line)
	if err != nil {
		return unexpected, err
	}
	if len(matching) == 0 {
		return unexpected, fmt.Errorf("no reply laid down for: %s", line)
	}
	before := 0
	for _, c := range earlier {
		if regexp.MustCompile(matching[0].Call).MatchString(c.Line) {
			before++
		}
	}
	r := matching[min(before, len(matching)-1)]
	fmt.Fprint(os.Stdout, r.Stdout)
	fmt.Fprint(os.Stderr, r.Stderr)
	return r.Exit, nil
}

func match(replies []reply, line string) ([]reply, error) {
	var matching []reply
	for _, r := range replies {
		pattern, err := regexp.Compile(r.Call)
		if err != nil {
			return nil, fmt.Errorf("compiling the call %q: %w", r.Call, err)
		}
		if pattern.MatchString(line) {
			matching = append(matching, r)
		}
	}
	return matching, nil
}

// note appends the call, with what it was given on standard input or as a file.
func note(line string, args []string) error {
	c := call{Line: line}
	for i, arg := range args {
		switch {
		case arg == "--input" && i+1 < len(args) && args[i+1] == "-":
			stdin, err := io.ReadAll(os.Stdin)
			if err != nil {
				return fmt.Errorf("reading standard input: %w", err)
			}
			c.Stdin = string(stdin)
		case arg == "--body-file" && i+1 < len(args):
			body, err := os.ReadFile(args[i+1])
			if err != nil {
				return fmt.Errorf("reading the body: %w", err)
			}
			c.Stdin = string(body)
		}
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encoding the call: %w", err)
	}
	file, err := os.OpenFile(os.Getenv(callsVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("opening the calls: %w", err)
	}
	_, err = file.Write(append(encoded, '\n'))
	return errors.Join(err, file.Close())
}

// readCalls returns the calls noted so far; none is no error.
func readCalls(path string) ([]call, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the calls: %w", err)
	}
	var calls []call
	for line := range strings.Lines(string(data)) {
		var c call
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			return nil, fmt.Errorf("decoding a call: %w", err)
		}
		calls = append(calls, c)
	}
	return calls, nil
}
