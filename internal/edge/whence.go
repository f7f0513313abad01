package edge

import (
	"net/http"
	"net/netip"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// ParseProxies reads addresses and networks: "10.0.0.7", "10.0.0.0/28". It
// fails with fault.Invalid "edge.proxies".
func ParseProxies(list []string) (out []netip.Prefix, err error) {
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, aerr := netip.ParseAddr(s)
			if aerr != nil {
				return nil, fault.New(fault.Invalid, "edge.proxies", "proxies: %q is neither an address nor a network", s)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p.Bits() == 0 {
			return nil, fault.New(fault.Invalid, "edge.proxies", "proxies: %q is everybody, who could then say that they are somebody else", s)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// forwarded are the headers in which proxies say where a request comes from.
// Nobody reads them behind this door.
func forwarded() []string {
	return []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "X-Forwarded-Server"}
}

// whence is the request as it is to be seen inside: RemoteAddr is where it
// really comes from, and secure says whether it came over TLS all the way to us
// or to a proxy of ours.
func (d *Door) whence(r *http.Request) (_ *http.Request, secure bool) {
	secure = r.TLS != nil
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	in := r.WithContext(r.Context()) // a copy: the server's own is not ours to change
	in.Header = r.Header.Clone()
	for _, name := range forwarded() {
		in.Header.Del(name)
	}
	if err != nil || !d.proxy(peer.Addr()) {
		return in, secure
	}
	if proto := r.Header.Values("X-Forwarded-Proto"); len(proto) > 0 {
		secure = strings.EqualFold(strings.TrimSpace(lastOf(proto)), "https")
	}
	if from, ok := d.origin(r.Header.Values("X-Forwarded-For")); ok {
		in.RemoteAddr = netip.AddrPortFrom(from, 0).String()
	}
	return in, secure
}

// lastOf is the last item of a header with commas: what the proxy next to us
// said. What stands before it, anybody could have written.
func lastOf(values []string) string {
	last := values[len(values)-1]
	return last[strings.LastIndex(last, ",")+1:]
}

// origin is the last address that is not one of our own proxies: the one that
// a proxy of ours saw for itself.
func (d *Door) origin(values []string) (netip.Addr, bool) {
	list := strings.Split(strings.Join(values, ","), ",")
	for i := len(list) - 1; i >= 0; i-- {
		a, ok := addressIn(strings.TrimSpace(list[i]))
		if !ok {
			return netip.Addr{}, false
		}
		if !d.proxy(a) || i == 0 {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// addressIn reads an address as proxies write it, with or without a port.
func addressIn(s string) (netip.Addr, bool) {
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err == nil
}

func (d *Door) proxy(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range d.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// block is who an address counts as: an IPv6 customer has a whole /64.
func block(remote string) string {
	p, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	a := p.Addr().Unmap()
	if a.Is6() {
		if b, err := a.WithZone("").Prefix(64); err == nil {
			return b.String()
		}
	}
	return a.String()
}

// Block is the same for an address: whoever counts by address counts so.
func Block(a netip.Addr) string { return block(netip.AddrPortFrom(a, 0).String()) }
