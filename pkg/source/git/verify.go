package git

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"

	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/fault"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source"
	"github.com/mcp-registry-operator/mcp-registry-operator/pkg/source/git/signature"
)

// verify is nil if nobody must have signed, or somebody who counts has: the tag if
// the spec names one that is signed, and else the commit.
func (p *pack) verify(goal target, cfg Config) error {
	if cfg.Keys == nil {
		return nil
	}
	kind, hash, err := signature.Commit, goal.commit, signature.ErrUnsigned
	if goal.want != goal.commit {
		kind, hash = signature.Tag, goal.want
		err = p.verifyTag(goal, cfg)
	}
	if errors.Is(err, signature.ErrUnsigned) {
		kind, hash = signature.Commit, goal.commit
		err = p.verifyCommit(goal.commit, cfg)
	}
	if err == nil || errors.Is(err, errRefused) {
		return err // what is not there says nothing of who signed
	}
	return fault.NewTerminal(source.ReasonVerificationFailed, fmt.Errorf(
		"%s %.12s of %s cannot be trusted: %w; a signature with %s in the Secret of git.verify is needed",
		kind, hash, cfg.Repository, err, cfg.Keys))
}

// verifyCommit also checks that the tree that is going to be read is the one in the
// signed bytes.
func (p *pack) verifyCommit(hash plumbing.Hash, cfg Config) error {
	signed, encoded, err := p.signed(signature.Commit, hash, cfg)
	if err != nil {
		return err
	}
	header, err := signature.Header(signed, "tree")
	if err != nil {
		return err
	}
	var commit object.Commit
	if err := commit.Decode(encoded); err != nil || commit.TreeHash.String() != header[0] {
		return errors.New("its signed bytes name another tree")
	}
	return nil
}

// verifyTag also checks that the signed bytes name this tag and this commit: a
// signed tag can be given another name, which nobody has signed.
func (p *pack) verifyTag(goal target, cfg Config) error {
	signed, _, err := p.signed(signature.Tag, goal.want, cfg)
	if err != nil {
		return err
	}
	header, err := signature.Header(signed, "object", "type", "tag")
	switch {
	case err != nil:
		return err
	case header[1] != "commit" || header[0] != goal.commit.String():
		return fmt.Errorf("what it signs is the %.20s %.12s", header[1], header[0])
	case header[2] != cfg.Tag:
		return fmt.Errorf("what it signs is the tag %.100q", header[2])
	}
	return nil
}

// signed returns the bytes of an object that one of the keys has signed.
func (p *pack) signed(kind signature.Kind, hash plumbing.Hash, cfg Config) ([]byte, plumbing.EncodedObject, error) {
	encoded, err := p.wanted(hash)
	if err != nil {
		return nil, nil, err
	}
	if encoded.Type().String() != string(kind) {
		return nil, nil, fmt.Errorf("it is a %s", encoded.Type())
	}
	raw, err := contentOf(encoded)
	if err != nil {
		return nil, nil, fmt.Errorf("read it: %w", err)
	}
	bytes, armored, err := signature.Split(kind, raw)
	if err != nil {
		return nil, nil, err
	}
	return bytes, encoded, cfg.Keys.Verify(bytes, armored, time.Now())
}

// contentOf is for objects whose size has been checked.
func contentOf(encoded plumbing.EncodedObject) ([]byte, error) {
	reader, err := encoded.Reader()
	if err != nil {
		return nil, err
	}
	defer func() { _ = reader.Close() }()
	data := make([]byte, encoded.Size())
	_, err = io.ReadFull(reader, data)
	return data, err
}
