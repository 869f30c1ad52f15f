package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/format/pktline"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/secureshell"
)

// SSH is how to reach repositories over SSH.
type SSH struct {
	// Login is what a Secret holds for it.
	Login *secureshell.Login
	// Dial connects, see package egress.
	Dial secureshell.Dial
}

// session is a conversation with a repository. go-git's for HTTPS is one.
type session interface {
	AdvertisedReferencesContext(ctx context.Context) (*packp.AdvRefs, error)
	UploadPack(ctx context.Context, request *packp.UploadPackRequest) (*packp.UploadPackResponse, error)
	Close() error
}

// sshSession speaks Git's protocol over SSH. go-git's own would read the
// configuration of this machine and choose how to connect.
type sshSession struct {
	client  *secureshell.Client
	command string
	meter   *meter
	// running has told its refs and waits for a request; nil if none does.
	running *secureshell.Command
}

func (f *Fetcher) openSSH(ctx context.Context, m *meter) (session, error) {
	client, err := f.cfg.SSH.Login.Connect(ctx, f.cfg.SSH.Dial, f.at.user, f.at.address())
	if err != nil {
		return nil, err
	}
	return &sshSession{client: client, command: "git-upload-pack " + secureshell.Quote(f.at.path), meter: m}, nil
}

// AdvertisedReferencesContext implements session.
func (s *sshSession) AdvertisedReferencesContext(context.Context) (*packp.AdvRefs, error) {
	running, err := s.client.Start(s.command)
	if err != nil {
		return nil, err
	}
	refs := packp.NewAdvRefs()
	err = refs.Decode(&meteredReader{meter: s.meter, next: running.Out, left: min(s.meter.limit, maxRefsBytes)})
	if err == nil && !refs.IsEmpty() {
		transport.FilterUnsupportedCapabilities(refs.Capabilities)
		s.running = running
		return refs, nil
	}
	_ = running.Close()
	_, told := errors.AsType[*pktline.ErrorLine](err)
	switch {
	case err == nil, errors.Is(err, packp.ErrEmptyAdvRefs):
		return nil, transport.ErrEmptyRemoteRepository
	case told, errors.Is(err, packp.ErrEmptyInput):
		return nil, errNotServed
	}
	return nil, fmt.Errorf("read the refs: %w", err)
}

// errNotServed is a server that let us in but does not give this repository. Its
// reason is in a text for people.
var errNotServed = errors.New("the server does not give this repository")

// UploadPack implements session. A second one runs the command again.
func (s *sshSession) UploadPack(ctx context.Context, request *packp.UploadPackRequest) (*packp.UploadPackResponse, error) {
	if request.IsEmpty() {
		return nil, transport.ErrEmptyUploadPackRequest
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	if s.running == nil {
		if _, err := s.AdvertisedReferencesContext(ctx); err != nil {
			return nil, err
		}
	}
	running := s.running
	s.running = nil
	// A server that refuses has hung up before all is written; why stands in what
	// it wrote.
	sent := send(running.In, request)
	response := packp.NewUploadPackResponse(request)
	out := readCloser{&meteredReader{meter: s.meter, next: running.Out, left: s.meter.limit}, running}
	if err := response.Decode(out); err != nil {
		_ = running.Close()
		if sent != nil && !isRefusal(err) {
			err = errors.Join(err, sent)
		}
		return nil, fmt.Errorf("decode the upload-pack response: %w", err)
	}
	return response, nil
}

func send(in io.WriteCloser, request *packp.UploadPackRequest) error {
	if err := request.UploadRequest.Encode(in); err != nil {
		return fmt.Errorf("ask for the pack: %w", err)
	}
	if err := pktline.NewEncoder(in).EncodeString("done\n"); err != nil {
		return fmt.Errorf("ask for the pack: %w", err)
	}
	return in.Close()
}

// Close implements session.
func (s *sshSession) Close() error {
	if s.running != nil {
		_, _ = s.running.In.Write(pktline.FlushPkt) // "nothing, thank you"
		_ = s.running.Close()
	}
	return s.client.Close()
}

// isRefusal recognizes the words of git and of JGit, because go-git passes on
// the server's refusal as text only.
func isRefusal(err error) bool {
	if err == nil {
		return false
	}
	_, told := errors.AsType[*pktline.ErrorLine](err)
	if !told && !strings.Contains(err.Error(), "upload-pack response") {
		return false // for example a certificate that is "not valid"
	}
	return strings.Contains(err.Error(), "not our ref") || strings.Contains(err.Error(), "not valid")
}
