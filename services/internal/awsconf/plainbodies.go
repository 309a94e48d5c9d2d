package awsconf

import (
	"context"
	"io"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// PlainBodies is an option of every client of the SDK: it hides the io.WriterTo of requests'
// bodies. net/http, having written a body, asks it for more; the SDK closes it as
// soon as an answer has arrived, and smithy-go's wrapper then answers io.EOF from
// WriteTo, which io.Copy takes for a failure, but not from Read. net/http would
// close the connection under the answer, and the SDK would send a message twice.
func PlainBodies(stack *middleware.Stack) error {
	return stack.Finalize.Add(middleware.FinalizeMiddlewareFunc("PlainBodies", plainBody), middleware.After)
}

func plainBody(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
	middleware.FinalizeOutput, middleware.Metadata, error,
) {
	request, isHTTP := in.Request.(*smithyhttp.Request)
	if !isHTTP {
		return next.HandleFinalize(ctx, in)
	}
	stream := request.GetStream()
	if _, writerTo := stream.(io.WriterTo); !writerTo {
		return next.HandleFinalize(ctx, in)
	}
	var plain io.Reader = struct{ io.Reader }{stream}
	if seekable, ok := stream.(io.ReadSeeker); ok {
		plain = struct{ io.ReadSeeker }{seekable}
	}
	length := request.ContentLength
	request, err := request.SetStream(plain)
	if err != nil {
		return middleware.FinalizeOutput{}, middleware.Metadata{}, err
	}
	request.ContentLength = length
	in.Request = request
	return next.HandleFinalize(ctx, in)
}
