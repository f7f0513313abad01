package engine

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/onvif"
	"vidne.dk/vidne/internal/permit"
)

const (
	// probeWithin is how long a probe may take.
	probeWithin = 20 * time.Second
	// askWithin is how long of it the camera may take to say what it is.
	askWithin = 10 * time.Second
	// serviceWithin is how long a camera may take to say where it can be asked.
	serviceWithin = 1500 * time.Millisecond
)

type probedBody struct {
	Statement  permit.ID `json:"statement"`
	Controller string    `json:"controller"`
	Camera     string    `json:"camera"`
	Found      any       `json:"found,omitempty"`
	Reason     string    `json:"reason,omitempty"`
}

// Probe connects to a camera once and keeps what it says of itself: of the
// stream its parameters, never a picture, and over ONVIF what it is. A camera
// without ONVIF, or one that will not answer there, is probed all the same.
func (e *Engine) Probe(ctx context.Context, signed []byte) (engineapi.Probed, error) {
	a, s, err := e.take(ctx, signed, []permit.Kind{permit.KindProbe})
	if err != nil {
		return engineapi.Probed{}, err
	}
	p := s.(*permit.Probe)
	began := e.clk.Mono()
	ctx, cancel := context.WithTimeout(ctx, probeWithin)
	defer cancel()
	cfg, err := e.reach(p.Camera, p.URL, p.Transport, p.CertSHA256, p.Sealed)
	if err != nil {
		return engineapi.Probed{}, err
	}
	var told *engineapi.ONVIF
	var toldErr error
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		told, toldErr = e.askCamera(ctx, cfg)
	}()
	i, err := camera.Probe(ctx, cfg, e.clk)
	body := probedBody{Statement: a.ID, Controller: p.Controller, Camera: p.Camera}
	if err != nil {
		late := ctx.Err() != nil
		cancel() // what ONVIF says of a camera without a stream helps nobody
		<-asked
		if late && fault.Of(err) == fault.Internal {
			err = fault.As(fault.Unavailable, string(engineapi.CauseUnreachable), err)
		}
		body.Reason = fault.Key(err)
		e.event("probe.failed", body)
		return engineapi.Probed{}, err
	}
	<-asked
	out := engineapi.Probed{Codec: i.Codec.Name(), Width: i.Width, Height: i.Height, FPS: i.FPS, Sound: i.Sound, Transport: string(i.Transport),
		Encrypted: i.Encrypted, Server: i.Server, ClockMS: i.ClockOffset.Milliseconds(), ClockKnown: i.ClockKnown, ONVIF: told, Took: e.clk.Mono() - began}
	if toldErr != nil {
		out.ONVIFCause = engineapi.Cause(fault.Key(toldErr))
	}
	body.Found = out
	return out, e.record(ctx, "probe.done", body)
}

// askCamera asks the camera of a stream what it is. Where it can be asked, it
// says itself; one that does not is asked where most have it.
func (e *Engine) askCamera(ctx context.Context, cfg camera.Config) (*engineapi.ONVIF, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	u, err := url.Parse(cfg.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, string(engineapi.CauseAddress), "address of %s", cfg.Name)
	}
	host, err := e.hostOf(ctx, u.Hostname())
	if err != nil {
		return nil, err
	}
	at := onvif.Address(host.String())
	found, err := onvif.Discover(ctx, onvif.Search{Targets: []netip.Addr{host}, Allow: e.cfg.Networks.Contains, Wait: serviceWithin, Enough: 1})
	if err == nil && len(found) == 1 && found[0].Host == host {
		at = found[0].Address
	}
	client, err := onvif.New(onvif.Config{Address: at, User: cfg.User, Password: string(cfg.Password), CertSHA256: cfg.CertSHA256, Clock: e.clk, Dial: e.dial})
	if err != nil {
		return nil, err
	}
	d, err := client.Describe(ctx)
	if err != nil {
		return nil, err
	}
	out := &engineapi.ONVIF{Address: at, Manufacturer: d.Manufacturer, Model: d.Model, Firmware: d.Firmware, Serial: d.Serial, Hardware: d.Hardware,
		Name: d.Name, Profiles: d.Profiles, ClockKnown: d.ClockKnown, ClockMS: d.Clock.Milliseconds(), ClockSet: d.ClockSet, HTTPS: d.HTTPS, RTSPS: d.RTSPS,
		Storage: "none", Recordings: d.Storage.Recordings}
	if d.Storage.Recordings > 0 {
		out.Storage = "found"
	}
	for _, s := range d.Streams {
		out.Streams = append(out.Streams, engineapi.OfferedStream{Name: s.Name, Codec: s.Codec, Width: s.Width, Height: s.Height, FPS: s.FPS, BitRate: s.BitRate, URL: s.URL})
	}
	return out, nil
}

// hostOf is the address of a host that lies where cameras may be.
func (e *Engine) hostOf(ctx context.Context, host string) (netip.Addr, error) {
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.Addr{}, fault.As(fault.Unavailable, string(engineapi.CauseUnreachable), err)
	}
	for _, a := range found {
		if a = a.Unmap(); e.cfg.Networks.Contains(a) {
			return a, nil
		}
	}
	return netip.Addr{}, fault.New(fault.Denied, string(engineapi.CauseAddress), "no address of %s lies where cameras may be", host)
}
