package git

import (
	"context"
	"errors"
	"net/url"
	"strconv"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	"github.com/go-git/go-git/v5/plumbing/transport"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg Config
	url *url.URL
}

// New returns a fetcher, or a terminal error if cfg names something that can
// never be fetched. It makes no request.
func New(cfg Config) (*Fetcher, error) {
	cfg = cfg.defaults()
	u, err := cfg.validate()
	if err != nil {
		return nil, err
	}
	return &Fetcher{cfg: cfg, url: u}, nil
}

// Fetch implements [source.Fetcher]. The revision is the full commit hash.
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if known != "" && f.cfg.Commit != "" && known == revisionOf(plumbing.NewHash(f.cfg.Commit)) {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	// Ending the context also closes responses that go-git leaves open on errors.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	meter := &meter{limit: f.cfg.MaxRepositoryBytes}
	content, err := f.fetch(ctx, meter, known)
	if err != nil {
		return source.Content{}, f.classify(ctx, meter, err)
	}
	return content, nil
}

func (f *Fetcher) fetch(ctx context.Context, meter *meter, known source.Revision) (source.Content, error) {
	session, err := githttp.NewClient(meter.client(f.cfg.HTTP)).NewUploadPackSession(f.endpoint(), nil)
	if err != nil {
		return source.Content{}, err
	}
	refs, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return source.Content{}, err
	}
	goal, err := f.cfg.resolve(refs)
	if err != nil {
		return source.Content{}, err
	}
	revision := revisionOf(goal.commit)
	if revision == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	return f.read(ctx, session, refs, goal)
}

// read downloads what goal wants and returns the registry files of its commit.
func (f *Fetcher) read(
	ctx context.Context, session transport.UploadPackSession, refs *packp.AdvRefs, goal target,
) (source.Content, error) {
	request := f.request(refs, 1, goal.want)
	file, err := f.download(ctx, session, request)
	if errors.Is(err, errRefused) && f.cfg.Commit != "" {
		// Some servers give only the tips of branches and tags. The pinned commit
		// may lie behind one of them, so all of their history is needed.
		request = f.request(refs, 0, tips(refs)...)
		file, err = f.download(ctx, session, request)
	}
	if err != nil {
		return source.Content{}, err
	}
	defer func() { _ = file.Close() }()

	pack, err := openPack(file, f.maxObjectBytes())
	if err != nil {
		return source.Content{}, err
	}
	return pack.readFiles(ctx, goal.commit, f.cfg)
}

// endpoint is a fresh one, because a session changes its own on a redirect.
func (f *Fetcher) endpoint() *transport.Endpoint {
	host := f.url.Hostname()
	if f.url.Host[0] == '[' {
		host = "[" + host + "]"
	}
	port, _ := strconv.Atoi(f.url.Port()) // "" is the scheme's own port, 0 here
	return &transport.Endpoint{Protocol: f.url.Scheme, Host: host, Port: port, Path: f.url.EscapedPath()}
}

// maxObjectBytes bounds each object of a pack, inflated: all of them pass
// through memory, one at a time, also those that nobody asked for.
func (f *Fetcher) maxObjectBytes() int64 { return max(f.cfg.MaxBytes, defaultMaxBytes) }

func revisionOf(commit plumbing.Hash) source.Revision { return source.Revision(commit.String()) }
