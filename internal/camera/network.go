package camera

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"

	"github.com/bluenviron/gortsplib/v5/pkg/base"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

// Networks is where cameras may be. What is special (loopback, link-local
// with the cloud's metadata address, multicast, unspecified, and the like) is
// allowed only by a network that is itself that special: 0.0.0.0/0 does not
// let in 127.0.0.1.
type Networks []netip.Prefix

// ParseNetworks reads networks such as "10.20.0.0/16" and single addresses.
func ParseNetworks(list ...string) (Networks, error) {
	var out Networks
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, errAddr := netip.ParseAddr(s)
			if errAddr != nil || a.Zone() != "" {
				return nil, fault.New(fault.Invalid, "camera.network", "%q is no network", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Addr().Is4In6() {
			return nil, fault.New(fault.Invalid, "camera.network", "%q: write it as IPv4", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// special networks, each with why nobody's camera is there by chance.
func special() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range [...]string{
		"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4", // this host, loopback, link-local and metadata, multicast, reserved
		"100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", // metadata services of clouds
		"::/128", "::1/128", "fe80::/10", "fec0::/10", "ff00::/8", // the same of IPv6
		"fd00:ec2::254/128", // metadata service
		"2001::/32",         // Teredo
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// Contains says whether a may be dialled. Addresses that carry an IPv4
// address inside (mapped, NAT64, 6to4) are judged by that one.
func (n Networks) Contains(a netip.Addr) bool {
	a = inner(a.WithZone(""))
	if !a.IsValid() {
		return false
	}
	var bound netip.Prefix
	for _, p := range special() {
		if p.Contains(a) {
			bound = p
		}
	}
	for _, p := range n {
		if p.Contains(a) && (!bound.IsValid() || p.Bits() >= bound.Bits()) {
			return true
		}
	}
	return false
}

// inner takes the IPv4 address out of an IPv6 address that leads to it.
func inner(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is6() {
		return a
	}
	b := a.As16()
	for _, x := range [...]struct {
		prefix string
		at     int
	}{{"64:ff9b::/96", 12}, {"64:ff9b:1::/48", 12}, {"2002::/16", 2}, {"::/96", 12}} {
		if netip.MustParsePrefix(x.prefix).Contains(a) && a != netip.IPv6Loopback() && a != netip.IPv6Unspecified() {
			return netip.AddrFrom4([4]byte(b[x.at : x.at+4]))
		}
	}
	return a
}

// target is a checked camera address.
type target struct {
	url  *base.URL // as requests name it
	host string    // name or address, without brackets
	port string
	tls  bool
}

// parseTarget checks a camera's URL. Nothing of it is resolved yet: where it
// leads is checked when dialling.
func parseTarget(raw string, secure bool) (target, error) {
	no := func(why string) (target, error) {
		return target{}, fault.New(fault.Invalid, "camera.address", "camera address: %s", why)
	}
	if len(raw) > 1024 {
		return no("too long")
	}
	for _, r := range raw {
		if r <= 0x20 || r == 0x7f || r == '\\' {
			return no("holds spaces, control characters or backslashes")
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return no("not a URL") // url's own error repeats the input
	}
	if u.Scheme != "rtsp" && u.Scheme != "rtsps" {
		return no("not rtsp or rtsps")
	}
	if u.User != nil || strings.Contains(u.Host, "@") {
		return no("holds a user or password")
	}
	if u.Opaque != "" || u.Fragment != "" || strings.Contains(raw, "#") {
		return no("holds more than host, path and query")
	}
	t := target{host: u.Hostname(), port: u.Port(), tls: u.Scheme == "rtsps" || secure}
	if t.host == "" || strings.ContainsAny(t.host, ":%") && !strings.HasPrefix(u.Host, "[") || strings.HasPrefix(t.host, "-") {
		return no("no usable host")
	}
	if strings.Contains(t.host, "%") {
		return no("host with a zone")
	}
	if t.port == "" {
		if strings.HasSuffix(u.Host, ":") {
			return no("empty port")
		}
		t.port = "554"
		if t.tls {
			t.port = "322"
		}
	}
	if n, err := strconv.Atoi(t.port); err != nil || n < 1 || n > 65535 {
		return no("port out of range")
	}
	if t.tls {
		u.Scheme = "rtsps"
	}
	t.url = (*base.URL)(u)
	return t, nil
}

// same says whether another URL's host is this target's. Only then is its
// path believed.
func (t target) same(u *base.URL) bool {
	if u == nil || u.User != nil || !strings.EqualFold(u.Hostname(), t.host) {
		return false
	}
	port := u.Port()
	if port == "" {
		port = "554"
		if u.Scheme == "rtsps" {
			port = "322"
		}
	}
	return port == t.port
}

// dial connects to the target, at an address inside the networks, calls
// connected, and puts TLS on if it has it.
func (t target) dial(ctx context.Context, cfg *Config, connected func()) (net.Conn, error) {
	d := net.Dialer{ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		// Checked here, on what is really dialled, so that a name which
		// resolves differently a moment later gains nothing.
		a, err := netip.ParseAddrPort(address)
		if err != nil || !cfg.Allow.Contains(a.Addr()) {
			return errOutside
		}
		return nil
	}}
	c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(t.host, t.port))
	switch {
	case errors.Is(err, errOutside):
		return nil, fault.New(fault.Refused, "camera.address", "camera address is outside the allowed networks")
	case err != nil:
		return nil, fault.As(fault.Unavailable, "camera.unreachable", err)
	}
	connected()
	if !t.tls {
		return c, nil
	}
	s := tls.Client(c, t.trust(cfg))
	if err := s.HandshakeContext(ctx); err != nil {
		_ = c.Close() // the handshake's error is the one that counts
		return nil, fault.As(fault.Refused, "camera.tls", err)
	}
	return s, nil
}

var errOutside = errors.New("outside the allowed networks")

// trust is the TLS configuration: the system's trust, or the pinned
// certificate and nothing else.
func (t target) trust(cfg *Config) *tls.Config {
	c := &tls.Config{ServerName: t.host, MinVersion: tls.VersionTLS12, Time: clock.System().Now}
	if cfg.CertSHA256 == "" {
		return c
	}
	// Cameras sign their own certificates, without names and long expired.
	// The pin replaces all of that: it must be this very certificate.
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("no certificate")
		}
		return checkPin(s.PeerCertificates[0], cfg.CertSHA256)
	}
	return c
}

func checkPin(cert *x509.Certificate, pin string) error {
	sum := sha256.Sum256(cert.Raw)
	if !strings.EqualFold(hex.EncodeToString(sum[:]), strings.ReplaceAll(pin, ":", "")) {
		return errors.New("the certificate is not the one that was pinned: " + hex.EncodeToString(sum[:]))
	}
	return nil
}
