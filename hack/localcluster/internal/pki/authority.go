package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

const lifetime = 365 * 24 * time.Hour

// Pair is a certificate and its private key, both PEM.
type Pair struct {
	Cert []byte
	Key  []byte
}

// Authority signs certificates.
type Authority struct {
	Pair
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// Request describes one certificate. Hosts, names or addresses, make it a
// server certificate as well; every certificate serves as a client's.
type Request struct {
	CommonName    string
	Organizations []string
	Hosts         []string
}

// NewAuthority makes a self-signed authority, valid from an hour before now so
// that clocks may differ a little.
func NewAuthority(commonName string, now time.Time) (*Authority, error) {
	a := &Authority{now: now}
	template, err := a.template(Request{CommonName: commonName})
	if err != nil {
		return nil, err
	}
	template.IsCA = true
	template.KeyUsage |= x509.KeyUsageCertSign
	template.ExtKeyUsage = nil
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("key of authority %q: %w", commonName, err)
	}
	a.cert = template
	if a.Pair, err = a.sign(template, a.key); err != nil {
		return nil, fmt.Errorf("authority %q: %w", commonName, err)
	}
	if a.cert, err = parse(a.Pair.Cert); err != nil {
		return nil, fmt.Errorf("authority %q: %w", commonName, err)
	}
	return a, nil
}

// Issue makes a key and signs a certificate for it.
func (a *Authority) Issue(req Request) (Pair, error) {
	template, err := a.template(req)
	if err != nil {
		return Pair{}, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("key of %q: %w", req.CommonName, err)
	}
	pair, err := a.sign(template, key)
	if err != nil {
		return Pair{}, fmt.Errorf("certificate of %q: %w", req.CommonName, err)
	}
	return pair, nil
}

func (a *Authority) template(req Request) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("serial number of %q: %w", req.CommonName, err)
	}
	cert := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: req.CommonName, Organization: req.Organizations},
		NotBefore:             a.now.Add(-time.Hour),
		NotAfter:              a.now.Add(lifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	for _, host := range req.Hosts {
		if ip := net.ParseIP(host); ip != nil {
			cert.IPAddresses = append(cert.IPAddresses, ip)
		} else {
			cert.DNSNames = append(cert.DNSNames, host)
		}
	}
	if len(req.Hosts) > 0 {
		cert.ExtKeyUsage = append(cert.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	return cert, nil
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

func parse(certPEM []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(certPEM)
	if block == nil {
		return nil, fmt.Errorf("no PEM block in a certificate of %d bytes", len(certPEM))
	}
	return x509.ParseCertificate(block.Bytes)
}
