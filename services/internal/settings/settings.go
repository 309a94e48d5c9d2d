// Package settings reads a program's settings from its environment, once, and
// names everything that is wrong with them at the same time.
//
// A setting is a field of a struct, or of a struct embedded in it, with these tags:
//
//	env         the variable's name, with ",required" where there is no default
//	envDefault  its default
//	min, max    bounds of a whole number or a time.Duration, both included
//	match       the regular expression that a text has to match whole
//	allowed     what match means, in words; also the words for a type that parses itself
//	secret      "true" for a value that is never shown
//	description what the setting is for, in the table of the documentation
//
// A variable that is set but empty counts as unset.
package settings

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/joho/godotenv"
)

// DotEnv is the file in the working directory that fills what the environment
// leaves unset.
const DotEnv = ".env"

// Environ is the process's environment with what DotEnv adds to it. A missing
// file adds nothing; one that cannot be read or parsed is an error.
func Environ() (map[string]string, error) {
	return environ(os.Environ(), DotEnv)
}

func environ(pairs []string, file string) (map[string]string, error) {
	merged, err := godotenv.Read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		// The parser's own words quote the line, and with it perhaps a secret.
		return nil, &Error{Faults: []Fault{{
			Name: file, Problem: "cannot be read as lines of NAME=value",
		}}}
	}
	if merged == nil {
		merged = map[string]string{}
	}
	for _, pair := range pairs {
		if name, value, _ := strings.Cut(pair, "="); value != "" {
			merged[name] = value
		}
	}
	return merged, nil
}

// Read returns a struct of settings that Load has filled from environ.
func Read[Settings any](environ map[string]string) (Settings, error) {
	var loaded Settings
	err := Load(&loaded, environ)
	return loaded, err
}

// Load fills the struct that target points to from environ. Its error is an
// *Error that holds a Fault for every setting that is wrong.
func Load(target any, environ map[string]string) error {
	faults := &Error{}
	for _, f := range fieldsOf(target) {
		if problem := f.load(environ[f.name]); problem != "" {
			faults.Faults = append(faults.Faults, Fault{Name: f.name, Problem: problem})
		}
	}
	if len(faults.Faults) > 0 {
		return faults
	}
	return nil
}
