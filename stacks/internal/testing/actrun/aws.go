package actrun

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// AWS is what deliver calls of AWS by itself: the images of ECR, and the lookups of
// drift, which find nothing.
type AWS struct {
	server *httptest.Server

	mu sync.Mutex
	// tags are the tags of each repository, the oldest first.
	tags map[string][]string
}

func newAWS(t *testing.T) *AWS {
	t.Helper()
	a := &AWS{tags: map[string][]string{}}
	a.server = httptest.NewServer(a)
	t.Cleanup(a.server.Close)
	return a
}

// Push adds a tag to a repository, given by name or URL, and returns the digest.
func (a *AWS) Push(repository, tag string) (digest string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	name := repository[strings.LastIndex(repository, "/")+1:]
	a.tags[name] = append(a.tags[name], tag)
	return digestOf(manifest(name, tag))
}

// Tags are the tags of a repository.
func (a *AWS) Tags(repository string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.tags[repository]
}

func manifest(repository, tag string) string { return `{"of":"` + repository + ":" + tag + `"}` }

func digestOf(manifest string) string {
	sum := sha256.Sum256([]byte(manifest))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Repository string `json:"repositoryName"`
		Images     []struct {
			Tag string `json:"imageTag"`
		} `json:"imageIds"`
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if operation != "" {
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	switch operation {
	case "DescribeImages":
		details := []map[string]any{}
		for _, tag := range a.Tags(asked.Repository) {
			details = append(details, map[string]any{"imageTags": []string{tag}, "imageDigest": digestOf(manifest(asked.Repository, tag))})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"imageDetails": details})
	case "BatchGetImage":
		found := []map[string]any{}
		for _, image := range asked.Images {
			text := manifest(asked.Repository, image.Tag)
			found = append(found, map[string]any{"imageManifest": text, "imageId": map[string]string{"imageTag": image.Tag, "imageDigest": digestOf(text)}})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"images": found})
	case "":
		nothingForeign(w, r)
	default:
		http.Error(w, "the fake AWS has no "+operation, http.StatusNotImplemented)
	}
}

// nothingForeign answers the lookups of drift in SNS, ELB and S3: nothing is there
// that no resource refers to.
func nothingForeign(w http.ResponseWriter, r *http.Request) {
	switch r.PostFormValue("Action") {
	case "ListSubscriptionsByTopic":
		_, _ = io.WriteString(w, "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult/></ListSubscriptionsByTopicResponse>")
	case "DescribeListeners":
		_, _ = io.WriteString(w, "<DescribeListenersResponse><DescribeListenersResult/></DescribeListenersResponse>")
	default: // S3, GetBucketCors
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchCORSConfiguration</Code></Error>")
	}
}
