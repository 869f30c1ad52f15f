package git

import (
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/go-git/go-git/v5/plumbing/transport"
)

const (
	schemeSSH = "ssh"
	// defaultUser is the one that hosts of repositories have.
	defaultUser = "git"
	forms       = "use the form https://host/path, ssh://git@host/path or git@host:path"
)

// location is where a repository is.
type location struct {
	scheme     string // https, http or ssh
	user       string // of ssh
	host, port string // without brackets; "" is the scheme's own
	path       string // as it is sent
}

// shortForm is user@host:path, which OpenSSH's scp and git understand. Without a
// user it could be a drive or a typing error.
var shortForm = regexp.MustCompile(`^([A-Za-z0-9._-]+)@([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):(.+)$`)

// parseRepository accepts http too: only the client knows whether it is allowed.
// Messages repeat no more of the URL than its host, for it may hold a secret.
func parseRepository(repository string) (location, error) {
	if parts := shortForm.FindStringSubmatch(repository); parts != nil && !strings.Contains(repository, "://") {
		l := location{scheme: schemeSSH, user: parts[1], host: strings.Trim(parts[2], "[]"), path: parts[3]}
		return l.checked()
	}
	u, err := url.Parse(repository)
	if err != nil {
		return location{}, invalid("git.repository is not a valid URL: " + forms)
	}
	if err := checkURL(u); err != nil {
		return location{}, err
	}
	l := location{scheme: u.Scheme, host: u.Hostname(), port: u.Port(), path: u.EscapedPath()}
	if l.overSSH() {
		l.user, l.path = u.User.Username(), u.Path
		if strings.HasPrefix(l.path, "/~") {
			l.path = l.path[1:] // a home folder on the server, as git has it
		}
	}
	return l.checked()
}

func checkURL(u *url.URL) error {
	_, secret := u.User.Password()
	switch {
	case u.Scheme != "https" && u.Scheme != "http" && u.Scheme != schemeSSH:
		return invalid("git.repository has scheme %q: only https and ssh are supported", u.Scheme)
	case secret, u.User != nil && u.Scheme != schemeSSH:
		return invalid("git.repository at %q contains credentials: remove them", u.Host)
	case u.Hostname() == "" || strings.Trim(u.Path, "/") == "":
		return invalid("git.repository needs a host and a path: " + forms)
	case u.RawQuery != "" || u.Fragment != "":
		return invalid("git.repository at %q has a query or a fragment: remove it", u.Host)
	}
	return nil
}

// checked refuses what a server's shell or git could take for something else.
func (l location) checked() (location, error) {
	if l.scheme != schemeSSH {
		return l, nil
	}
	if l.user == "" {
		l.user = defaultUser
	}
	if strings.HasPrefix(l.path, "-") || strings.ContainsFunc(l.path+l.user, unicode.IsControl) {
		return location{}, invalid("git.repository at %q has a path or a user that cannot be meant: "+forms, l.host)
	}
	return l, nil
}

func (l location) overSSH() bool { return l.scheme == schemeSSH }

// address is host:port for an SSH connection.
func (l location) address() string {
	port := l.port
	if port == "" {
		port = "22"
	}
	return net.JoinHostPort(l.host, port)
}

// endpoint is a fresh one, because a session changes its own on a redirect.
func (l location) endpoint() *transport.Endpoint {
	host := l.host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	port, _ := strconv.Atoi(l.port) // "" is the scheme's own port, 0 here
	return &transport.Endpoint{Protocol: l.scheme, Host: host, Port: port, Path: l.path}
}
