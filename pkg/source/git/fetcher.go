package git

import (
	"context"
	"errors"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/protocol/packp"
	githttp "github.com/go-git/go-git/v5/plumbing/transport/http"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
)

// Fetcher implements [source.Fetcher] for one [Config].
type Fetcher struct {
	cfg Config
	at  location
}

// New returns a fetcher, or a terminal error if cfg names something that can
// never be fetched. It makes no request.
func New(cfg Config) (*Fetcher, error) {
	cfg = cfg.defaults()
	at, err := cfg.validate()
	switch {
	case err != nil:
		return nil, err
	case at.overSSH() && (cfg.SSH == nil || cfg.SSH.Login == nil):
		return nil, invalid("git.repository %q is read over SSH: name a Secret with identity and known_hosts in git.secretRef", cfg.Repository)
	case !at.overSSH() && cfg.HTTP == nil:
		return nil, errors.New("git: Config.HTTP is nil")
	}
	return &Fetcher{cfg: cfg, at: at}, nil
}

// Fetch implements [source.Fetcher]. The revision is the full commit hash; with
// keys, what follows it names them, so that others are asked anew.
func (f *Fetcher) Fetch(ctx context.Context, known source.Revision) (source.Content, error) {
	if known != "" && f.cfg.Commit != "" && known == f.cfg.revisionOf(plumbing.NewHash(f.cfg.Commit)) {
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
	session, err := f.open(ctx, meter)
	if err != nil {
		return source.Content{}, err
	}
	defer func() { _ = session.Close() }()
	refs, err := session.AdvertisedReferencesContext(ctx)
	if err != nil {
		return source.Content{}, err
	}
	goal, err := f.cfg.resolve(refs)
	if err != nil {
		return source.Content{}, err
	}
	revision := f.cfg.revisionOf(goal.commit)
	if revision == known {
		return source.Content{Revision: known, Unchanged: true}, nil
	}
	return f.read(ctx, goal, func() (*storedPack, error) {
		stored, err := f.bring(ctx, session, refs, goal)
		if err != nil {
			return nil, f.classify(ctx, meter, err) // others who wait know nothing of this meter
		}
		return stored, nil
	})
}

func (f *Fetcher) open(ctx context.Context, m *meter) (session, error) {
	if f.at.overSSH() {
		return f.openSSH(ctx, m)
	}
	return githttp.NewClient(m.client(f.cfg.HTTP)).NewUploadPackSession(f.at.endpoint(), nil)
}

// read returns the registry files of goal's commit.
func (f *Fetcher) read(ctx context.Context, goal target, bring func() (*storedPack, error)) (source.Content, error) {
	loan, err := f.cfg.Cache.borrow(ctx, f.key(goal), bring)
	if err != nil {
		return source.Content{}, err
	}
	defer loan.GiveBack()
	pack := loan.Item().open(ctx)
	if err := pack.verify(goal, f.cfg); err != nil {
		return source.Content{}, err
	}
	return pack.readFiles(ctx, goal.commit, f.cfg)
}

// bring downloads what goal wants.
func (f *Fetcher) bring(ctx context.Context, session session, refs *packp.AdvRefs, goal target) (*storedPack, error) {
	file, err := f.download(ctx, session, f.request(refs, 1, goal.want))
	if errors.Is(err, errRefused) && f.cfg.Commit != "" {
		// Some servers give only the tips of branches and tags. The pinned commit
		// may lie behind one of them, so all of their history is needed.
		file, err = f.download(ctx, session, f.request(refs, 0, tips(refs)...))
	}
	if err != nil {
		return nil, err
	}
	return storePack(ctx, file, f.maxObjectBytes())
}

// maxObjectBytes bounds each object of a pack, inflated: all of them pass
// through memory, one at a time, also those that nobody asked for.
func (f *Fetcher) maxObjectBytes() int64 { return max(f.cfg.MaxBytes, defaultMaxBytes) }

func (c Config) revisionOf(commit plumbing.Hash) source.Revision {
	if c.Keys == nil {
		return source.Revision(commit.String())
	}
	return source.Revision(commit.String() + "+verified." + c.Keys.Digest())
}
