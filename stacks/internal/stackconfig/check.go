package stackconfig

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// family is what the names of all three projects begin with.
const family = "ingest-"

// Check is everything that is wrong: what the readers noted, keys that no reader
// asked for, and what a component says of its arguments, a line each. Without
// faults it is nil. It has to follow the last reader.
func (c *Config) Check(arguments error) error {
	unknown := c.unknown()
	problems := slices.Clone(c.wrong)
	if arguments != nil {
		for line := range strings.SplitSeq(arguments.Error(), "\n") {
			if !c.missing[firstWord(line)] {
				problems = append(problems, line)
			}
		}
	}
	commands := c.commands(problems)
	for _, name := range unknown {
		problems = append(problems, fmt.Sprintf("%s is no key of %s; allowed are %s", strings.TrimPrefix(name, c.project+":"), c.project, c.allowed()))
		commands = append(commands, c.command("rm", name))
	}
	if len(problems) == 0 {
		return nil
	}
	text := fmt.Sprintf("the configuration of %s, stack %s, needs a change:\n  %s", c.project, c.stack, strings.Join(problems, "\n  "))
	if len(commands) > 0 {
		slices.Sort(commands)
		text += "\nThe commands for it:\n  " + strings.Join(slices.Compact(commands), "\n  ")
	}
	return errors.New(text)
}

// unknown are the keys in the project's namespace, and in those of the other
// projects, that no reader has asked for.
func (c *Config) unknown() []string {
	read := map[string]bool{}
	for _, key := range c.keys {
		read[key.full] = true
	}
	var unknown []string
	for _, full := range slices.Sorted(maps.Keys(c.values)) {
		if strings.HasPrefix(full, family) && !read[full] || strings.HasPrefix(full, c.project+":") && !read[full] {
			unknown = append(unknown, full)
		}
	}
	return unknown
}

func (c *Config) allowed() string {
	names := make([]string, 0, len(c.keys))
	for _, key := range c.keys {
		names = append(names, strings.TrimPrefix(key.full, c.project+":"))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// commands mend problems. One that begins with a key wants another value for it.
// One that names keys within speaks of several that do not go together, or of
// which none is set: they are removed, or set.
func (c *Config) commands(problems []string) []string {
	var commands []string
	for _, problem := range problems {
		leading := firstWord(problem)
		if i := slices.IndexFunc(c.keys, func(k key) bool { return k.name == leading }); i >= 0 {
			commands = append(commands, c.command("set", c.keys[i].target))
			continue
		}
		for _, key := range c.keys {
			// A name like project is also a word of any sentence.
			if strings.ToLower(key.name) == key.name || !regexp.MustCompile(`\b`+key.name+`\b`).MatchString(problem) {
				continue
			}
			if value := c.values[key.full]; value == "" || value == "false" {
				commands = append(commands, c.command("set", key.target))
			} else {
				commands = append(commands, c.command("rm", key.name))
			}
		}
	}
	return commands
}

// command is one of pulumi's, as it is typed at the root of the workspace.
func (c *Config) command(verb, target string) string {
	where := ""
	if c.directory != "." {
		where = " -C " + c.directory
	}
	return fmt.Sprintf("pulumi%s config %s --stack %s %s", where, verb, c.stack, target)
}

func firstWord(line string) string {
	word, _, _ := strings.Cut(line, " ")
	return word
}
