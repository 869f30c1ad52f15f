package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/capability"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp/sideband"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/scratch"
)

// errRefused is a server that answers with no pack at all: what it was asked
// for is unknown to it, or not for everyone.
var errRefused = errors.New("the server did not send the wanted commit")

// request asks for the objects of wants, depth commits deep (0 is all). Blobs
// that are too large to be a registry file are left out where the server can.
func (f *Fetcher) request(refs *packp.AdvRefs, depth int, wants ...plumbing.Hash) *packp.UploadPackRequest {
	request := packp.NewUploadPackRequestFromCapabilities(refs.Capabilities)
	request.Wants = wants
	for _, wish := range []capability.Capability{capability.NoProgress, capability.Shallow, capability.Filter} {
		if refs.Capabilities.Supports(wish) {
			_ = request.Capabilities.Set(wish) // fails only for one that needs an argument
		}
	}
	if refs.Capabilities.Supports(capability.Shallow) {
		request.Depth = packp.DepthCommits(depth)
	}
	if refs.Capabilities.Supports(capability.Filter) {
		request.Filter = packp.FilterBlobLimit(uint64(f.cfg.MaxBytes)+1, packp.BlobLimitPrefixNone)
	}
	return request
}

// download writes the requested pack to a file.
func (f *Fetcher) download(
	ctx context.Context, session session, request *packp.UploadPackRequest,
) (_ *os.File, err error) {
	response, err := session.UploadPack(ctx, request)
	if errors.Is(err, transport.ErrEmptyUploadPackRequest) || isRefusal(err) {
		return nil, errRefused
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Close() }()

	file, err := scratch.File(f.cfg.Dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close()
		}
	}()
	n, err := io.Copy(file, packOf(request, response))
	if err != nil {
		return nil, fmt.Errorf("download a pack: %w", err)
	}
	if n == 0 {
		return nil, errRefused
	}
	return file, nil
}

// packOf separates the pack from the messages that a server may mix in.
func packOf(request *packp.UploadPackRequest, response io.Reader) io.Reader {
	switch {
	case request.Capabilities.Supports(capability.Sideband64k):
		return sideband.NewDemuxer(sideband.Sideband64k, response)
	case request.Capabilities.Supports(capability.Sideband):
		return sideband.NewDemuxer(sideband.Sideband, response)
	}
	return response
}
