package peer

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGone_connectionEnds_isSeenWithoutReading(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	client, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	server, err := listener.Accept()
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	ctx := With(context.Background(), server)

	assert.False(t, Gone(ctx), "silence is no end")
	_, err = client.Write([]byte("x"))
	require.NoError(t, err)
	assert.False(t, Gone(ctx))
	var got [1]byte
	_, err = server.Read(got[:])
	require.NoError(t, err)
	assert.Equal(t, "x", string(got[:]), "looking took nothing")

	require.NoError(t, client.Close())
	assert.True(t, Gone(ctx))
	assert.False(t, Gone(context.Background()), "without a connection nothing is known")
}
