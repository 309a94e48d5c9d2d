package docs

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// patience bounds a whole visit: the browser's start included, on a machine that
// runs other tests at the same time.
const patience = 90 * time.Second

// publicName replaces the load balancer's name: Swagger UI leaves out on
// localhost what it does elsewhere, such as asking swagger.io to check the
// document.
const publicName = "ingest.example"

// needBrowser is the path of a browser. A machine without one skips the test; in
// CI nothing is skipped.
func needBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const missing = "no Chromium or Chrome is installed (Debian: apt-get install chromium)"
	if os.Getenv("CI") != "" {
		t.Fatal(missing + ", and CI runs every test")
	}
	t.Skip(missing)
	return ""
}

// traffic is what a page asked for, and what went wrong in it.
type traffic struct {
	mu       sync.Mutex
	asked    []*url.URL
	problems []string
}

// outside are the requests that left for another host than the one given. What
// is within the page itself, as data: is, leaves for none.
func (tr *traffic) outside(host string) []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var found []string
	for _, address := range tr.asked {
		if address.Host != host && !slices.Contains([]string{"data", "blob"}, address.Scheme) {
			found = append(found, address.String())
		}
	}
	return found
}

// paths are those of the host that were asked for.
func (tr *traffic) paths(host string) []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	var found []string
	for _, address := range tr.asked {
		if address.Host == host {
			found = append(found, address.Path)
		}
	}
	return found
}

// wrong are exceptions in scripts, and requests that came to nothing.
func (tr *traffic) wrong() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return slices.Clone(tr.problems)
}

func (tr *traffic) note(event any) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		address, err := url.Parse(e.Request.URL)
		if err != nil {
			tr.problems = append(tr.problems, err.Error())
			return
		}
		tr.asked = append(tr.asked, address)
	case *network.EventWebSocketCreated:
		tr.problems = append(tr.problems, "a web socket to "+e.URL)
	case *network.EventResponseReceived:
		if e.Response.Status >= 400 {
			tr.problems = append(tr.problems, e.Response.URL+" answered "+e.Response.StatusText)
		}
	case *network.EventLoadingFailed:
		tr.problems = append(tr.problems, "loading failed: "+e.ErrorText)
	case *runtime.EventExceptionThrown:
		tr.problems = append(tr.problems, e.ExceptionDetails.Text+" in "+e.ExceptionDetails.URL)
	}
}

// browse opens a page in a browser with an empty profile, and records the page's
// traffic.
func browse(t *testing.T) (context.Context, *traffic) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(needBrowser(t)),
		// Root has no sandbox, and neither have users where the kernel forbids
		// namespaces. The page is the project's own.
		chromedp.NoSandbox,
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP "+publicName+" 127.0.0.1"))
	bounded, stop := context.WithTimeout(t.Context(), patience)
	t.Cleanup(stop)
	allocated, release := chromedp.NewExecAllocator(bounded, options...)
	t.Cleanup(release)
	seen := &traffic{}
	page, leave := chromedp.NewContext(allocated, chromedp.WithListener(seen.note), chromedp.WithErrorf(t.Logf))
	t.Cleanup(leave)
	_, err := chromedp.Call(page, network.Enable, network.EnableParams{})
	require.NoError(t, err, "starting the browser")
	return page, seen
}
