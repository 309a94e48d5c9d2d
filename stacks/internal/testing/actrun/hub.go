package actrun

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// bot is who a workflow's token writes as.
const bot = "github-actions[bot]"

// Hub is GitHub's API for the comments and the issues of the repository.
type Hub struct {
	server *httptest.Server

	mu       sync.Mutex
	comments []comment
	issues   []*Issue
}

// comment is a comment on a pull request or an issue. Its id is its index.
type comment struct{ number, body string }

// Issue is an issue of the repository.
type Issue struct {
	Number             int
	Title, Body, State string
	Labels             []string
}

func newHub(t *testing.T) *Hub {
	t.Helper()
	h := &Hub{}
	h.server = httptest.NewServer(h.routes())
	t.Cleanup(h.server.Close)
	return h
}

// Comments are the comments on a pull request or an issue.
func (h *Hub) Comments(number int) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []string
	for _, c := range h.comments {
		if c.number == strconv.Itoa(number) {
			found = append(found, c.body)
		}
	}
	return found
}

// Issues are all issues.
func (h *Hub) Issues() []Issue {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []Issue
	for _, issue := range h.issues {
		all = append(all, *issue)
	}
	return all
}

func (h *Hub) routes() http.Handler {
	mux := http.NewServeMux()
	repository := "/repos/" + Repository
	handle := func(pattern string, answer func(r *http.Request, sent Issue) any) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+repository+path, func(w http.ResponseWriter, r *http.Request) {
			var sent Issue
			if r.Method != http.MethodGet {
				if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
					http.Error(w, err.Error(), http.StatusBadRequest)
					return
				}
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			_ = json.NewEncoder(w).Encode(answer(r, sent))
		})
	}
	user := map[string]string{"login": bot}
	handle("GET /issues/{number}/comments", func(r *http.Request, _ Issue) any {
		found := []any{}
		for id, c := range h.comments {
			if c.number == r.PathValue("number") {
				found = append(found, map[string]any{"id": id + 1, "body": c.body, "user": user})
			}
		}
		return found
	})
	handle("POST /issues/{number}/comments", func(r *http.Request, sent Issue) any {
		h.comments = append(h.comments, comment{r.PathValue("number"), sent.Body})
		return struct{}{}
	})
	handle("PATCH /issues/comments/{id}", func(r *http.Request, sent Issue) any {
		if id, err := strconv.Atoi(r.PathValue("id")); err == nil && id <= len(h.comments) {
			h.comments[id-1].body = sent.Body
		}
		return struct{}{}
	})
	handle("GET /issues", func(*http.Request, Issue) any {
		found := []any{}
		for _, issue := range h.issues {
			if issue.State == "open" {
				found = append(found, map[string]any{"number": issue.Number, "title": issue.Title, "user": user})
			}
		}
		return found
	})
	handle("POST /issues", func(_ *http.Request, sent Issue) any {
		sent.Number, sent.State = len(h.issues)+1, "open"
		h.issues = append(h.issues, &sent)
		return struct{}{}
	})
	handle("PATCH /issues/{number}", func(r *http.Request, sent Issue) any {
		for _, issue := range h.issues {
			if strconv.Itoa(issue.Number) != r.PathValue("number") {
				continue
			}
			if sent.State != "" {
				issue.State = sent.State
			}
			if sent.Body != "" {
				issue.Body = sent.Body
			}
		}
		return struct{}{}
	})
	handle("GET /labels/{name}", func(*http.Request, Issue) any { return struct{}{} })
	return mux
}
