package compute

import (
	"fmt"
	"regexp"
	"strings"
)

// pathForm is one part of a repository's path.
const pathForm = `[a-z0-9]+(?:[._-]+[a-z0-9]+)*`

// referenceForm follows https://pkg.go.dev/github.com/distribution/reference:
// a registry with a port, a path in lower case, a tag, a digest.
var referenceForm = regexp.MustCompile(`^((?:[a-zA-Z0-9.-]+(?::\d+)?/)?` + pathForm + `(?:/` + pathForm + `)*)(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?@(sha256:[0-9a-f]{64})$`)

// pinned returns a reference without its tag. Its error begins with the value.
func pinned(reference string) (string, error) {
	parts := referenceForm.FindStringSubmatch(reference)
	if parts == nil {
		return "", fmt.Errorf("%q; allowed is <registry>/<repository>@sha256:<64 hexadecimal digits>", reference)
	}
	return parts[1] + "@" + parts[2], nil
}

// repositoryName is the last part of an ECR repository's URL.
func repositoryName(url string) string {
	_, name, _ := strings.Cut(url, "/")
	return name
}
