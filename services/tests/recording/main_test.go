package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../../.."

func TestRecording_isWhatTheProgramsPrint(t *testing.T) {
	panes, err := record(t.Context(), t.TempDir())
	require.NoError(t, err)
	require.Len(t, panes, 2)

	current, err := os.ReadFile(filepath.Join(root, "docs", "recording.svg"))
	require.NoError(t, err)
	assert.Equal(t, string(current), draw(panes), "docs/recording.svg is old; run: make recording")

	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	for _, pane := range panes {
		for _, call := range pane.calls {
			assert.Contains(t, string(readme), "$ "+call.command+"\n"+call.output, "README.md shows another output of %s", call.command)
		}
	}
}

func TestDraw_isXMLAndWrapsLongLines(t *testing.T) {
	long := strings.Repeat("x", columns)
	drawn := draw([]pane{{"a title", []call{{"run <it>", long + "yz\n\n& more\n"}}}})
	assert.Contains(t, drawn, "run &lt;it&gt;")
	assert.Contains(t, drawn, ">"+long+"</text>")
	assert.Contains(t, drawn, ">yz</text>")
	assert.Contains(t, drawn, ">&amp; more</text>")
	decoder := xml.NewDecoder(strings.NewReader(drawn))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
}

func TestSteadier_twoRunsReadTheSame(t *testing.T) {
	steady := steadier(strings.NewReplacer(":18123", ":8000"))
	first := steady("20:28:23.136 api request duration_ms=2.308 key=\"emails/v1/local/2026/11/24/1795552103_msgid=7828073f-09ca-4ec2-aff1-b1ad9d75c1e2.json\" http://127.0.0.1:18123\naccepted in 6ms\n")
	second := steady("01:02:03.004 api request duration_ms=12 key=\"emails/v1/local/2027/01/02/1800000000_msgid=1a47f8c1-c056-40e5-b061-e228fe6dad0a.json\" http://127.0.0.1:18123\naccepted in 1.2s\n")
	assert.Equal(t, first, second)
	assert.Contains(t, first, "http://127.0.0.1:8000")
}
