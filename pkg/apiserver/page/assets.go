package page

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed assets
var files embed.FS

const (
	folder = "assets"
	index  = "index.html"
	// assetPath is how index.html spells the folder of the assets.
	assetPath = `"page/`
)

// types are the media types of all there is, by extension.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Asset is one file of the page.
type Asset struct {
	body, zipped []byte
	contentType  string
	tag          string
	// policy is the Content-Security-Policy; a document has one.
	policy string
}

// site is all assets, and the digest that names them in addresses.
type site struct {
	home   *Asset
	assets map[string]*Asset
	digest string
}

// built makes the site on first use: the operator has the package in the same
// program and never needs it.
var built = sync.OnceValue(func() site {
	made, err := build(files)
	if err != nil {
		panic(err) // the files are part of the program, and a test builds them
	}
	return made
})

// build reads and compresses the files. The digest of all assets becomes part
// of their addresses in index.html, so that a browser may keep them for ever
// and never mixes those of two versions.
func build(from fs.FS) (site, error) {
	made := site{assets: map[string]*Asset{}}
	entries, err := fs.ReadDir(from, folder)
	if err != nil {
		return made, fmt.Errorf("reading the page's assets: %w", err)
	}
	all := sha256.New()
	var document []byte
	for _, entry := range entries {
		body, err := fs.ReadFile(from, path.Join(folder, entry.Name()))
		if err != nil {
			return made, fmt.Errorf("reading asset %q: %w", entry.Name(), err)
		}
		if entry.Name() == index {
			document = body
			continue
		}
		_, _ = fmt.Fprintf(all, "%s %d\n", entry.Name(), len(body)) // a hash takes everything
		_, _ = all.Write(body)
		if made.assets[entry.Name()], err = newAsset(entry.Name(), body); err != nil {
			return made, err
		}
	}
	made.digest = hex.EncodeToString(all.Sum(nil))[:16]
	document = bytes.ReplaceAll(document, []byte(assetPath), []byte(assetPath+made.digest+"/"))
	if made.home, err = newAsset(index, document); err != nil {
		return made, err
	}
	made.home.policy, err = policy(string(document))
	return made, err
}

func newAsset(name string, body []byte) (*Asset, error) {
	contentType, known := types[path.Ext(name)]
	if !known {
		return nil, fmt.Errorf("asset %q has no known media type", name)
	}
	var zipped bytes.Buffer
	writer, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("compressing asset %q: %w", name, err)
	}
	if _, err := writer.Write(body); err != nil {
		return nil, fmt.Errorf("compressing asset %q: %w", name, err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("compressing asset %q: %w", name, err)
	}
	sum := sha256.Sum256(body)
	return &Asset{body: body, zipped: zipped.Bytes(), contentType: contentType, tag: hex.EncodeToString(sum[:])[:32]}, nil
}

// policy allows the page its own assets and its own API, and nothing else. The
// one script that stands in the document is named by its hash.
func policy(document string) (string, error) {
	const opening, closing = "<script>", "</script>"
	_, rest, found := strings.Cut(document, opening)
	script, _, closed := strings.Cut(rest, closing)
	if !found || !closed {
		return "", fmt.Errorf("asset %q has no script of its own", index)
	}
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; script-src 'self' 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'", nil
}
