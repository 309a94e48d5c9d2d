package service

import (
	"bytes"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListen_returnsTheGivenListener(t *testing.T) {
	given, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = given.Close() }()
	got, err := Options{Listener: given}.Listen(t.Context(), "PORT", -1)
	require.NoError(t, err)
	assert.Same(t, given, got)
}

func TestListen_portIsTaken_namesTheSetting(t *testing.T) {
	taken := httptest.NewServer(http.NotFoundHandler())
	defer taken.Close()
	address, ok := taken.Listener.Addr().(*net.TCPAddr)
	require.True(t, ok)
	_, err := Options{}.Listen(t.Context(), "HEALTH_PORT", address.Port)
	require.ErrorContains(t, err, "listening on HEALTH_PORT ")
	require.ErrorContains(t, err, "address already in use")
}

func TestLogStart_logsSettingsBuildAndAddress(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	var out bytes.Buffer
	o := Options{Logger: NewLogger(&out, "api", slog.LevelInfo)}
	o.LogStart(t.Context(), &loaded{Port: 8000}, listener)
	for _, want := range []string{
		`"msg":"started"`, `"INGEST_TEST_PORT":"8000"`, `"version":"dev"`, `"revision":"`,
		`"listening":"` + listener.Addr().String(),
	} {
		assert.Contains(t, out.String(), want)
	}
}
