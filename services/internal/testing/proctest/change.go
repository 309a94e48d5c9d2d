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
	// Before occurs once in the file, and is replaced by After.
	Before, After string
}

// writeOverlay writes the changed files next to path, and the file for go build
// -overlay that names them.
func writeOverlay(path string, changes []Change) (overlay string, err error) {
	_, here, _, _ := runtime.Caller(0)
	module := filepath.Join(filepath.Dir(here), "../../..")
	replaced := map[string]string{}
	const dirMode, mode = 0o700, 0o600
	if err := os.MkdirAll(filepath.Dir(path), dirMode); err != nil {
		return "", fmt.Errorf("making a folder: %w", err)
	}
	for i, change := range changes {
		source, err := os.ReadFile(filepath.Join(module, change.File)) //nolint:gosec // a test names it
		if err != nil {
			return "", fmt.Errorf("reading what is changed: %w", err)
		}
		if n := strings.Count(string(source), change.Before); n != 1 {
			return "", fmt.Errorf("%s has this text %d times, which has to be there once:\n%s", change.File, n, change.Before)
		}
		changed := fmt.Sprintf("%s-%d.go", path, i)
		text := strings.Replace(string(source), change.Before, change.After, 1)
		if err := os.WriteFile(changed, []byte(text), mode); err != nil { //nolint:gosec // next to what is built
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
