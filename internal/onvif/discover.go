package onvif

import (
	"context"
	"crypto/rand"
	"encoding/xml"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"vidne.dk/vidne/internal/fault"
)

// Port is where devices listen for probes (WS-Discovery).
const Port = 3702

// Limits on a search.
const (
	// MaxTargets is how many addresses are asked one by one.
	MaxTargets = 4096
	// MaxFound is how many cameras are listed.
	MaxFound = 2000
	// SearchTime is how long answers are waited for.
	SearchTime  = 4 * time.Second
	datagramMax = 64 << 10
	// burst is how many probes are sent before a pause of lull: what is sent
	// faster than a switch learns addresses is lost.
	burst = 64
	lull  = 20 * time.Millisecond
)

// group is WS-Discovery's multicast group.
var group = netip.MustParseAddr("239.255.255.250")

// Search says where cameras are looked for.
type Search struct {
	// From are addresses of this machine: from each the group is asked. None:
	// nobody is asked but Targets.
	From []netip.Addr
	// Targets are asked one by one.
	Targets []netip.Addr
	// Allow says which addresses a camera may have; the answers of all others
	// are dropped. Required.
	Allow func(netip.Addr) bool
	// Wait is how long answers are waited for, SearchTime if 0.
	Wait time.Duration
	// Enough ends the search at so many cameras; 0 waits for all.
	Enough int
	// Port is where devices listen, [Port] if 0.
	Port uint16
}

// Device is a camera that answered.
type Device struct {
	Host     netip.Addr
	Address  string   // its device service, on Host
	Endpoint string   // its name for itself, such as urn:uuid:...
	Name     string   // as its scopes say
	Hardware string   //
	Location string   //
	Profiles []string // "Streaming", "T", "G"
}

// Discover asks for video transmitters and lists those that answered, by
// address. It sends nothing but the question and asks for no picture.
func Discover(ctx context.Context, s Search) (found []Device, err error) {
	defer fault.Wrap(&err, "onvif.Discover")
	if s.Allow == nil || len(s.Targets) > MaxTargets {
		return nil, fault.New(fault.Invalid, "discovery.targets", "%d addresses", len(s.Targets))
	}
	if s.Wait == 0 {
		s.Wait = SearchTime
	}
	if s.Port == 0 {
		s.Port = Port
	}
	ctx, cancel := context.WithTimeout(ctx, s.Wait)
	defer cancel()
	q, err := newQuestion()
	if err != nil {
		return nil, err
	}
	h := &hunt{Search: s, id: q.id, found: map[netip.Addr]Device{}, enough: cancel}
	var wait sync.WaitGroup
	for _, from := range h.sockets() {
		c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from.local, 0)))
		if err != nil {
			// An address that went away between two looks; the others still stand.
			h.failed(err)
			continue
		}
		stop := context.AfterFunc(ctx, func() { _ = c.Close() })
		wait.Go(func() {
			defer stop()
			h.listen(c)
		})
		wait.Go(func() { h.send(ctx, c, from.to, q.text) })
	}
	wait.Wait()
	return h.list()
}

// hunt is one search while it runs.
type hunt struct {
	Search
	id     string
	enough func()

	mu    sync.Mutex
	found map[netip.Addr]Device
	err   error
}

// socket is one to send from.
type socket struct {
	local netip.Addr
	to    []netip.Addr
}

func (h *hunt) sockets() (out []socket) {
	for _, a := range h.From {
		if a.Is4() {
			out = append(out, socket{a, []netip.Addr{group}})
		}
	}
	var four, six []netip.Addr
	for _, t := range h.Targets {
		if t = t.Unmap(); !h.Allow(t) {
			continue
		}
		if t.Is4() {
			four = append(four, t)
		} else {
			six = append(six, t)
		}
	}
	if len(four) > 0 {
		out = append(out, socket{netip.IPv4Unspecified(), four})
	}
	if len(six) > 0 {
		out = append(out, socket{netip.IPv6Unspecified(), six})
	}
	return out
}

func (h *hunt) send(ctx context.Context, c *net.UDPConn, to []netip.Addr, text []byte) {
	for i, a := range to {
		// An address where nobody is may make the send fail; the next is asked.
		_, _ = c.WriteToUDPAddrPort(text, netip.AddrPortFrom(a, h.Port))
		if i%burst == burst-1 {
			pause, cancel := context.WithTimeout(ctx, lull)
			<-pause.Done()
			cancel()
		}
		if ctx.Err() != nil {
			return
		}
	}
}

func (h *hunt) listen(c *net.UDPConn) {
	b := make([]byte, datagramMax)
	for {
		n, from, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return // closed: the time is over
		}
		h.take(b[:n], from.Addr().Unmap().WithZone(""))
	}
}

// take keeps an answer, if it is one to our question from where a camera may be.
func (h *hunt) take(b []byte, from netip.Addr) {
	if !h.Allow(from) {
		return
	}
	d, ok := readMatch(b, h.id, from)
	if !ok {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, known := h.found[from]; known || len(h.found) >= MaxFound {
		return
	}
	h.found[from] = d
	if h.Enough > 0 && len(h.found) >= h.Enough {
		h.enough()
	}
}

func (h *hunt) failed(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.err = fault.As(fault.Unavailable, "discovery.network", err)
}

func (h *hunt) list() ([]Device, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Device, 0, len(h.found))
	for _, d := range h.found {
		out = append(out, d)
	}
	if len(out) == 0 && h.err != nil {
		return nil, h.err
	}
	slices.SortFunc(out, func(a, b Device) int { return a.Host.Compare(b.Host) })
	return out, nil
}

type question struct {
	id   string
	text []byte
}

func newQuestion() (q question, err error) {
	var r [16]byte
	if _, err := rand.Read(r[:]); err != nil {
		return q, fault.As(fault.Internal, "", err)
	}
	r[6], r[8] = r[6]&0x0f|0x40, r[8]&0x3f|0x80
	q.id = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", r[:4], r[4:6], r[6:8], r[8:10], r[10:])
	q.text = []byte(`<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
		` xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>` + q.id + `</w:MessageID>` +
		`<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>` +
		`<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`)
	return q, nil
}

// readMatch reads an answer to a question with this id. Of the addresses that
// it names only one on the host that sent it is believed.
func readMatch(b []byte, id string, from netip.Addr) (d Device, ok bool) {
	if bounded(b) != nil {
		return d, false
	}
	var e struct {
		Header struct{ RelatesTo string }
		Body   struct {
			ProbeMatches struct {
				ProbeMatch []struct {
					EndpointReference struct{ Address string }
					Scopes            string
					XAddrs            string
				}
			}
		}
	}
	if xml.Unmarshal(b, &e) != nil || strings.TrimSpace(e.Header.RelatesTo) != id {
		return d, false
	}
	for _, m := range e.Body.ProbeMatches.ProbeMatch {
		d = Device{Host: from, Endpoint: clean(m.EndpointReference.Address)}
		for _, x := range strings.Fields(m.XAddrs) {
			u, err := url.Parse(x)
			if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil || len(x) > 512 {
				continue
			}
			if a, err := netip.ParseAddr(u.Hostname()); err != nil || a.Unmap().WithZone("") != from {
				continue
			}
			if d.Address == "" || (u.Scheme == "http" && strings.HasPrefix(d.Address, "https")) {
				d.Address = u.String()
			}
		}
		if d.Address == "" {
			continue
		}
		d.Name, d.Hardware, d.Location, d.Profiles = readScopes(strings.Fields(m.Scopes))
		return d, true
	}
	return d, false
}

// readScopes reads what a camera says of itself in words. None of it is
// believed more than that.
func readScopes(list []string) (name, hardware, location string, profiles []string) {
	for _, s := range list[:min(len(list), 200)] {
		u, err := url.Parse(s)
		if err != nil || !strings.EqualFold(u.Scheme, "onvif") {
			continue
		}
		kind, value, _ := strings.Cut(strings.Trim(u.Path, "/"), "/")
		switch value = clean(value); strings.ToLower(kind) {
		case "name":
			name = value
		case "hardware":
			hardware = value
		case "location":
			location = value
		case "profile":
			if len(profiles) < 16 && !slices.Contains(profiles, value) {
				profiles = append(profiles, value)
			}
		}
	}
	slices.Sort(profiles)
	return name, hardware, location, profiles
}

// clean makes a camera's own words short and printable.
func clean(s string) string {
	s = strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, strings.TrimSpace(s))
	if r := []rune(s); len(r) > 100 {
		s = string(r[:100])
	}
	return s
}
