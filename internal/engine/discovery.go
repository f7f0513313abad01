package engine

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"slices"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/onvif"
)

type discoveredBody struct {
	Controller string   `json:"controller"`
	By         string   `json:"by"`
	Networks   []string `json:"networks"`
	Asked      int      `json:"asked"`
	Found      int      `json:"found"`
	Reason     string   `json:"reason,omitempty"`
}

// Discover looks for cameras where the operator lets them be, and nowhere
// else. One search runs at a time.
func (e *Engine) Discover(ctx context.Context, q engineapi.DiscoverQuery) (d engineapi.Discovered, err error) {
	if q.By == "" || q.Controller == "" {
		return d, fault.New(fault.Invalid, "discovery.by", "a search without who asks")
	}
	if !e.searching.TryLock() {
		return d, fault.New(fault.Unavailable, "discovery.busy", "another search runs")
	}
	defer e.searching.Unlock()
	began := e.clk.Mono()
	body := discoveredBody{Controller: q.Controller, By: q.By, Networks: q.Networks}
	networks := e.cfg.Networks
	if len(q.Networks) > 0 {
		if networks, err = e.within(q.Networks); err != nil {
			body.Reason = fault.Key(err)
			e.event("discovery.refused", body)
			return d, err
		}
	}
	search := onvif.Search{Allow: func(a netip.Addr) bool { return e.cfg.Networks.Contains(a) && networks.Contains(a) }}
	search.Targets, d.Left = targets(networks)
	if len(q.Networks) > 0 && len(d.Left) > 0 {
		err := fault.New(fault.Invalid, "discovery.targets", "%v: more than %d addresses", d.Left, onvif.MaxTargets)
		body.Reason = fault.Key(err)
		e.event("discovery.refused", body)
		return d, err
	}
	search.From = from(networks)
	found, err := onvif.Discover(ctx, search)
	if err != nil {
		body.Reason = fault.Key(err)
		e.event("discovery.failed", body)
		return d, err
	}
	known := e.hosts(q.Controller)
	for _, f := range found {
		d.Cameras = append(d.Cameras, engineapi.FoundCamera{Host: f.Host.String(), Address: f.Address, Endpoint: f.Endpoint, Name: f.Name,
			Hardware: f.Hardware, Location: f.Location, Profiles: f.Profiles, Cameras: known[f.Host.String()]})
	}
	d.Asked, d.Took = len(search.Targets), e.clk.Mono()-began
	body.Asked, body.Found = d.Asked, len(found)
	return d, e.record(ctx, "discovery.done", body)
}

// within reads networks and refuses what does not lie where cameras may be.
func (e *Engine) within(list []string) (camera.Networks, error) {
	asked, err := camera.ParseNetworks(list...)
	if err != nil {
		return nil, err
	}
	for _, p := range asked {
		inside := slices.ContainsFunc(e.cfg.Networks, func(n netip.Prefix) bool { return n.Bits() <= p.Bits() && n.Contains(p.Addr()) })
		if !inside || !e.cfg.Networks.Contains(p.Addr()) {
			return nil, fault.New(fault.Refused, string(engineapi.CauseAddress), "%s is outside the networks where cameras may be", p)
		}
	}
	return asked, nil
}

// targets are the addresses of networks, and the networks that are too large
// beside the others to be asked one by one.
func targets(networks camera.Networks) (all []netip.Addr, left []string) {
	bySize := slices.Clone(networks)
	slices.SortStableFunc(bySize, func(a, b netip.Prefix) int { return (a.Addr().BitLen() - a.Bits()) - (b.Addr().BitLen() - b.Bits()) })
	seen := map[netip.Addr]bool{}
	for _, p := range bySize {
		free := p.Addr().BitLen() - p.Bits()
		if free > 12 || len(all)+1<<free > onvif.MaxTargets {
			left = append(left, p.String())
			continue
		}
		for a := p.Addr(); p.Contains(a); a = a.Next() {
			// The first and last address of a subnet are its name and everybody's.
			if edge := free > 1 && a.Is4() && (a == p.Addr() || !p.Contains(a.Next())); !edge && !seen[a] {
				seen[a] = true
				all = append(all, a)
			}
		}
	}
	return all, left
}

// from are this machine's addresses on networks that hold such cameras: only
// there the group is asked.
func from(networks camera.Networks) (out []netip.Addr) {
	faces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, f := range faces {
		if f.Flags&net.FlagUp == 0 || f.Flags&net.FlagMulticast == 0 {
			continue
		}
		addrs, err := f.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			if !ok {
				continue
			}
			ip, ok := netip.AddrFromSlice(n.IP)
			ones, _ := n.Mask.Size()
			if ip = ip.Unmap(); !ok || !ip.Is4() {
				continue
			}
			own := netip.PrefixFrom(ip, ones).Masked()
			if slices.ContainsFunc(networks, own.Overlaps) {
				out = append(out, ip)
			}
		}
	}
	return out
}

// hosts are a controller's cameras by the address that the engine reaches
// them at.
func (e *Engine) hosts(controller string) map[string][]string {
	out := map[string][]string{}
	for _, name := range e.book.Cameras() {
		if owner, _ := e.book.Controller(name); owner != controller {
			continue
		}
		c := e.book.Camera(name)
		if c == nil || c.Removed {
			continue
		}
		if u, err := url.Parse(c.URL); err == nil {
			out[u.Hostname()] = append(out[u.Hostname()], name)
		}
	}
	return out
}
