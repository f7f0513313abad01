// Package edge is the portal's outermost door: TLS, which host it answers for,
// whose word it takes about where a request comes from, how large, how slow and
// how often a request may be, and the line between the two halves when they run
// on different machines.
//
// What it promises: a page is reached at its base address over TLS or not at
// all; what a request says of where it comes from counts only when a proxy on
// the list says it; a connection, a request and a body have an end in size and
// in time, whoever sends them; a certificate that changes on disk is taken into
// use without a restart, and a broken one is not; every refusal here is told in
// words.
//
// What it refuses: other hosts, passwords in the clear, a proxy's headers from
// anybody else, TLS below 1.2, and a peer on the line between the halves that
// is not the one that was named. It knows no person and no page.
package edge

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

const (
	// longestAddress is the longest path with its question: an answer of a log-in
	// elsewhere is some thousand characters.
	longestAddress = 16 << 10
	// HeaderSize is the largest head of a request.
	HeaderSize = 32 << 10
)

// perAddress is how often one address may ask: pages are some ten requests,
// and a whole town hall may stand behind one address.
var perAddress = Rate{Burst: 3000, Within: 30 * time.Second} //nolint:gochecknoglobals // a constant

// Config is what a door is told.
type Config struct {
	// BaseURL is how the portal is reached: "https://vidne.example.dk".
	BaseURL string
	// Proxies are the machines whose word counts about where a request comes from
	// and whether it came over TLS. None: nobody's.
	Proxies []netip.Prefix
	// MaxBody is the largest body of a request in bytes.
	MaxBody int64
	Clock   clock.Clock
	Log     *slog.Logger
}

// Door is what every request passes through.
type Door struct {
	Config
	base  *url.URL
	often *Buckets
	real  clock.Clock // of connections, whose time is nobody's to set
}

// NewDoor reads the base address. It fails with fault.Invalid "edge.address".
func NewDoor(c Config) (*Door, error) {
	base, err := Base(c.BaseURL)
	if err != nil {
		return nil, err
	}
	return &Door{Config: c, base: base, often: NewBuckets(perAddress, c.Clock), real: clock.System()}, nil
}

// Base reads a base address: a scheme and a host, and nothing beside. Without
// TLS only this machine can be meant: passwords would travel in the clear.
func Base(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, fault.New(fault.Invalid, "edge.address", "base_url = %q is no address", s)
	case u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fault.New(fault.Invalid, "edge.address", "base_url = %q must be https://host or https://host:port and nothing more", s)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fault.New(fault.Invalid, "edge.address", "base_url = %q would let passwords travel unencrypted: https, or an address of this machine alone", s)
	}
	u.Path = ""
	return u, nil
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}

// Handler lets through to next what may come in.
func (d *Door) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, secure := d.whence(r)
		if wait := d.often.Take(block(r.RemoteAddr)); wait > 0 {
			w.Header().Set("Retry-After", Seconds(wait))
			d.refuse(w, r, http.StatusTooManyRequests, "Der kommer for mange forespørgsler fra din adresse. Vent lidt, og prøv igen.\nToo many requests come from your address. Wait a little and try again.")
			return
		}
		switch {
		case !d.ours(r.Host):
			d.refuse(w, r, http.StatusMisdirectedRequest, "Vidne svarer kun på "+d.base.String()+"\nVidne answers at "+d.base.String()+" only")
			return
		case d.base.Scheme == "https" && !secure:
			d.onward(w, r)
			return
		case len(r.RequestURI) > longestAddress:
			d.refuse(w, r, http.StatusRequestURITooLong, "Adressen er for lang.\nThe address is too long.")
			return
		case r.ContentLength > d.MaxBody:
			d.refuse(w, r, http.StatusRequestEntityTooLarge, "Det, du sender, er for stort.\nWhat you send is too large.")
			return
		}
		w, r = d.timed(w, r)
		next.ServeHTTP(w, r)
	})
}

// Redirect answers at a door without TLS: with the way to the other, whatever
// host was asked for.
func (d *Door) Redirect() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, _ = d.whence(r)
		if wait := d.often.Take(block(r.RemoteAddr)); wait > 0 {
			w.Header().Set("Retry-After", Seconds(wait))
			d.refuse(w, r, http.StatusTooManyRequests, "Vent lidt, og prøv igen.\nWait a little and try again.")
			return
		}
		d.onward(w, r)
	})
}

// onward sends a browser to the same page over TLS. What was posted in the
// clear is not carried on: whoever wrote the form must see that it was so.
func (d *Door) onward(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.HasPrefix(r.RequestURI, "/") || len(r.RequestURI) > longestAddress {
		d.refuse(w, r, http.StatusForbidden, "Vidne tager kun imod over TLS: "+d.base.String()+"\nVidne takes this over TLS only: "+d.base.String())
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Location", d.base.String()+r.RequestURI)
	w.WriteHeader(http.StatusPermanentRedirect)
}

// ours says whether a request means this portal.
func (d *Door) ours(host string) bool {
	return strings.EqualFold(withPort(host, d.base.Scheme), withPort(d.base.Host, d.base.Scheme))
}

// withPort completes a host with its scheme's own port.
func withPort(host, scheme string) string {
	if _, port, err := net.SplitHostPort(host); err == nil && port != "" {
		return host
	}
	port := "80"
	if scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(host, "[]"), port)
}

// refuse says why in plain words. The page's own answers are not to be had
// here: whose language it is, is not known yet.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, code int, words string) {
	d.Log.Info("a request was turned away", slog.Int("status", code), slog.String("address", r.RemoteAddr))
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Connection", "close")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(words + "\n")) // they may be gone
}

// Seconds is a wait as Retry-After says it: whole seconds, rounded up.
func Seconds(d time.Duration) string {
	return strconv.Itoa(int((d + time.Second - 1) / time.Second))
}
