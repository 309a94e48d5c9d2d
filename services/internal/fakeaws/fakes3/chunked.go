package fakes3

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// MaxObjectBytes bounds one upload. Bodies are held in memory, and what this
// project stores is below a megabyte.
const MaxObjectBytes = 256 << 20

// unwrap turns an upload in the aws-chunked encoding into a plain one, with
// its trailing checksum as a header. The SDKs send chunks to say the checksum
// after the body; gofakes3 checks one that is a header, and no trailing one.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
func unwrap(r *http.Request) (*http.Request, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return r, nil
	}
	body, trailer, err := readChunks(bufio.NewReader(io.LimitReader(r.Body, MaxObjectBytes)))
	if err != nil {
		return r, fmt.Errorf("reading the aws-chunked body: %w", err)
	}
	if declared := r.Header.Get("X-Amz-Decoded-Content-Length"); declared != strconv.Itoa(len(body)) {
		return r, fmt.Errorf("reading the aws-chunked body: it has %d bytes, and declared %q", len(body), declared)
	}
	announced := splitList(r.Header.Get("X-Amz-Trailer"))
	plain := r.Clone(r.Context())
	plain.Body = io.NopCloser(bytes.NewReader(body))
	plain.ContentLength = int64(len(body))
	plain.TransferEncoding = nil
	for _, name := range []string{"X-Amz-Content-Sha256", "X-Amz-Decoded-Content-Length", "X-Amz-Trailer"} {
		plain.Header.Del(name)
	}
	plain.Header.Set("Content-Length", strconv.Itoa(len(body)))
	encodings := slices.DeleteFunc(splitList(r.Header.Get("Content-Encoding")), func(name string) bool { return name == "aws-chunked" })
	plain.Header.Del("Content-Encoding")
	if len(encodings) > 0 {
		plain.Header.Set("Content-Encoding", strings.Join(encodings, ","))
	}
	for _, name := range announced {
		value, sent := trailer[strings.ToLower(name)]
		if !sent {
			return r, fmt.Errorf("reading the aws-chunked body: the announced trailer %q is missing", name)
		}
		plain.Header.Set(name, value)
	}
	return plain, nil
}

func splitList(value string) []string {
	var names []string
	for name := range strings.SplitSeq(value, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// readChunks reads "<hex size>[;chunk-signature=…]\r\n<bytes>\r\n" up to the
// chunk of size 0, and the trailer's lines after it.
func readChunks(from *bufio.Reader) (body []byte, trailer map[string]string, err error) {
	var content bytes.Buffer
	for {
		line, err := readLine(from)
		if err != nil {
			return nil, nil, err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseInt(digits, 16, 64)
		if err != nil || size < 0 {
			return nil, nil, fmt.Errorf("%.40q is no chunk's size", line)
		}
		if size == 0 {
			break
		}
		if _, err := io.CopyN(&content, from, size); err != nil {
			return nil, nil, unexpected(err)
		}
		if end, err := readLine(from); err != nil || end != "" {
			return nil, nil, errors.Join(errors.New("a chunk is longer than its size says"), err)
		}
	}
	trailer = map[string]string{}
	for {
		line, err := readLine(from)
		if errors.Is(err, io.ErrUnexpectedEOF) || err == nil && line == "" {
			return content.Bytes(), trailer, nil
		}
		if err != nil {
			return nil, nil, err
		}
		name, value, _ := strings.Cut(line, ":")
		trailer[strings.ToLower(name)] = strings.TrimSpace(value)
	}
}

func readLine(from *bufio.Reader) (string, error) {
	line, err := from.ReadString('\n')
	if err != nil {
		return "", unexpected(err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
