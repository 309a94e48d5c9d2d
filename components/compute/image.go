package compute

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Image names the image of one service, in one of two ways.
type Image struct {
	// Tag is a tag in the service's own ECR repository. The task definition pins
	// the digest that it has there.
	Tag string
	// Reference is an image in any registry, by its digest:
	// "<registry>/<repository>@sha256:<64 hexadecimal digits>". A tag before the
	// digest is left out, since the digest alone says which image it is. The
	// execution role of DataConfig pulls from no other private ECR repository than
	// the environment's two.
	Reference string
}

// pathForm is one part of a repository's path.
const pathForm = `[a-z0-9]+(?:[._-]+[a-z0-9]+)*`

var (
	// tagForm follows https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
	tagForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
	// referenceForm follows https://pkg.go.dev/github.com/distribution/reference:
	// a registry with a port, a path in lower case, a tag, a digest.
	referenceForm = regexp.MustCompile(`^((?:[a-zA-Z0-9.-]+(?::\d+)?/)?` + pathForm + `(?:/` + pathForm + `)*)(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?@(sha256:[0-9a-f]{64})$`)
)

// images checks that each service has exactly one image.
func (a Args) images() error {
	return errors.Join(
		a.API.validate(apiName, a.environment().Named(apiName), a.Build != nil),
		a.Worker.validate(workerName, a.environment().Named(workerName), a.Build != nil),
		a.Build.validate(),
	)
}

func (i Image) validate(service, repository string, built bool) error {
	var ways []string
	if i.Tag != "" {
		ways = append(ways, fmt.Sprintf("%sImageTag (%q)", service, i.Tag))
	}
	if i.Reference != "" {
		ways = append(ways, fmt.Sprintf("%sImage (%q)", service, i.Reference))
	}
	if built {
		ways = append(ways, "buildImages")
	}
	switch {
	case len(ways) == 0:
		return fmt.Errorf("no image is named for %s; allowed is one of %sImageTag (a tag in the ECR repository %s), "+
			"%sImage (a reference with digest in any registry) or buildImages (true builds both from this workspace)",
			service, service, repository, service)
	case len(ways) > 1:
		return fmt.Errorf("the image of %s is named by %s; allowed is one of them", service, strings.Join(ways, " and by "))
	case i.Tag != "" && !tagForm.MatchString(i.Tag):
		return fmt.Errorf("%sImageTag is %q; allowed are up to 128 letters, digits, '_', '.' and '-', such as sha-abc1234", service, i.Tag)
	case i.Reference != "":
		if _, err := pinned(i.Reference); err != nil {
			return fmt.Errorf("%sImage is %w", service, err)
		}
	}
	return nil
}

// pinned is a reference by its digest alone. Its error begins with the value.
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
