package proctest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Change replaces a text of a program's source, for tests of what no setting can
// reach, such as the clock.
type Change struct {
	// File is in the services module: "api/app/apiapp.go".
	File string
	// Before occurs once in the file, and is replaced by After. Without it, After is a
	// new file.
	Before, After string
}

// writeOverlay writes the changed files next to path, and the file for go run
// -overlay that names them.
func writeOverlay(path string, changes []Change) (overlay string, err error) {
	_, here, _, _ := runtime.Caller(0)
	module := filepath.Join(filepath.Dir(here), "../../..")
	replaced := map[string]string{}
	const mode = 0o600
	for i, change := range changes {
		text, err := change.apply(module)
		if err != nil {
			return "", err
		}
		changed := fmt.Sprintf("%s-%d.go", path, i)
		if err := os.WriteFile(changed, []byte(text), mode); err != nil {
			return "", fmt.Errorf("writing the change: %w", err)
		}
		replaced[filepath.Join(module, change.File)] = changed
	}
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	overlay = path + ".json"
	if err := os.WriteFile(overlay, text, mode); err != nil {
		return "", fmt.Errorf("writing the overlay: %w", err)
	}
	return overlay, nil
}

func (c Change) apply(module string) (text string, err error) {
	if c.Before == "" {
		return c.After, nil
	}
	source, err := os.ReadFile(filepath.Join(module, c.File)) //nolint:gosec // a test names it
	if err != nil {
		return "", fmt.Errorf("reading what is changed: %w", err)
	}
	if n := strings.Count(string(source), c.Before); n != 1 {
		return "", fmt.Errorf("%s has this text %d times, which has to be there once:\n%s", c.File, n, c.Before)
	}
	return strings.Replace(string(source), c.Before, c.After, 1), nil
}
