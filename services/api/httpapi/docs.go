package httpapi

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/swaggest/swgui/v5/static"
	"github.com/swaggest/swgui/v5emb"
)

// docs is the documentation page with its assets, which the binary holds
// compressed.
type docs struct {
	page   gin.HandlerFunc
	assets map[string]asset
}

// asset is one file of the page.
type asset struct {
	contentType string
	// compressed is nil for a file that is kept as it is.
	compressed []byte
	// plain is inflated once, for the few clients that do not accept gzip.
	plain func() ([]byte, error)
}

func newDocs() (*docs, error) {
	d := &docs{page: gin.WrapH(v5emb.New("Ingest", "/openapi.json", "/docs/")), assets: map[string]asset{}}
	files, err := fs.Glob(static.FS, "*")
	if err != nil {
		return nil, fmt.Errorf("listing the assets of the documentation: %w", err)
	}
	for _, file := range files {
		content, err := static.FS.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading an asset of the documentation: %w", err)
		}
		name, compressed := strings.CutSuffix(file, ".gz")
		a := asset{
			contentType: mime.TypeByExtension(path.Ext(name)),
			plain:       func() ([]byte, error) { return content, nil },
		}
		if compressed {
			a.compressed, a.plain = content, sync.OnceValues(func() ([]byte, error) { return inflate(content) })
		}
		d.assets[name] = a
	}
	return d, nil
}

func inflate(compressed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// asset answers GET /docs/*asset.
func (d *docs) asset(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("asset"), "/")
	if name == "" {
		d.page(c)
		return
	}
	a, known := d.assets[name]
	if !known {
		answer(c, http.StatusNotFound, "Not Found")
		return
	}
	if a.compressed != nil {
		c.Header("Vary", "Accept-Encoding")
		if acceptsGzip(c.GetHeader("Accept-Encoding")) {
			c.Header("Content-Encoding", "gzip")
			send(c, a.contentType, a.compressed)
			return
		}
	}
	plain, err := a.plain()
	if err != nil {
		c.Set(keyCause, fmt.Errorf("inflating %s: %w", name, err))
		answer(c, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	send(c, a.contentType, plain)
}

// send answers content whole: in one write, with its length.
func send(c *gin.Context, contentType string, content []byte) {
	c.Header("Content-Length", strconv.Itoa(len(content)))
	c.Data(http.StatusOK, contentType, content)
}

// acceptsGzip reads an Accept-Encoding header. A weight of 0 refuses an encoding.
// https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding
func acceptsGzip(header string) bool {
	for encoding := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(encoding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight == "" || strings.Trim(weight, "q=0.") != ""
		}
	}
	return false
}
