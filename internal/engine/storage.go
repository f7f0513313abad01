package engine

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/onvif"
	"vidne.dk/vidne/internal/permit"
)

// storageWithin is how long one camera may take to tell what it keeps.
const storageWithin = 15 * time.Second

// checkStorage asks each camera that it may reach whether it records to a
// storage of its own (REC-8): a copy there would outlive the rules that hold
// here. Cameras that do not answer ONVIF stay "unknown", and people are asked.
func (e *Engine) checkStorage(ctx context.Context) {
	for _, u := range e.allUnits() {
		if ctx.Err() != nil {
			return
		}
		c := e.book.Camera(u.camera)
		if c == nil || c.Removed {
			continue
		}
		// A stop ends all processing, and this asks the camera.
		if _, stopped := e.book.Stopped(u.camera, e.clk.Now()); stopped {
			continue
		}
		found := "unknown"
		one, cancel := context.WithTimeout(ctx, storageWithin)
		s, err := e.askStorage(one, u.camera, c)
		cancel()
		switch {
		case err != nil:
			e.log.Debug("storage not asked", "camera", u.camera, "key", fault.Key(err))
		case s.Recordings > 0:
			found = "found"
		default:
			found = "none"
		}
		u.mu.Lock()
		before := u.storage
		u.storage = found
		u.mu.Unlock()
		e.alarm("camera.storage", u.camera, "", found == "found")
		if found != before {
			e.event("storage.looked", storageBody{u.camera, found, s.Recordings})
		}
	}
}

type storageBody struct {
	Camera     string `json:"camera"`
	Found      string `json:"found"`
	Recordings int    `json:"recordings"`
}

func (e *Engine) askStorage(ctx context.Context, name string, c *permit.Camera) (onvif.Storage, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return onvif.Storage{}, fault.New(fault.Invalid, string(engineapi.CauseAddress), "address of %s", name)
	}
	k, err := permit.OpenSealed(e.seal.private, c.Sealed, permit.SealFor(e.cfg.ID, name))
	if err != nil {
		return onvif.Storage{}, err
	}
	client, err := onvif.New(onvif.Config{Address: onvif.Address(u.Hostname()), User: k.User, Password: k.Password, Clock: e.clk, Dial: e.dial})
	if err != nil {
		return onvif.Storage{}, err
	}
	return client.Storage(ctx)
}

// dial connects to a camera's other services, inside the networks where
// cameras may be. The address that was checked is the one dialled, so that a
// name cannot lead elsewhere in between.
func (e *Engine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault.As(fault.Invalid, string(engineapi.CauseAddress), err)
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, fault.As(fault.Unavailable, string(engineapi.CauseUnreachable), err)
	}
	for _, a := range found {
		if e.cfg.Networks.Contains(a) {
			d := net.Dialer{Timeout: storageWithin}
			return d.DialContext(ctx, network, netip.AddrPortFrom(a.Unmap(), portOf(port)).String())
		}
	}
	return nil, fault.New(fault.Denied, string(engineapi.CauseAddress), "no address of %s lies where cameras may be", host)
}

func portOf(s string) uint16 {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return uint16(n)
}
