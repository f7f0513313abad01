package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"vidne.dk/vidne/internal/camera"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// stillWithin is how long a camera may take to give one picture.
const stillWithin = 25 * time.Second

// Still is one picture as JPEG: from now by a still statement, which it uses
// up, or of a recorded moment by a ticket. A mask is always painted.
func (e *Engine) Still(ctx context.Context, q engineapi.StillQuery, p engineapi.Pass) ([]byte, error) {
	if !q.At.IsZero() {
		return e.recordedStill(ctx, q, p)
	}
	now := e.clk.Now()
	v, err := e.open("still", p, q.Camera, now, now.Add(time.Millisecond), permit.KindStill)
	if err != nil {
		return nil, err
	}
	if _, _, err := e.take(ctx, p.Statement, []permit.Kind{permit.KindStill}); err != nil {
		v.refused(err)
		return nil, err
	}
	if err := v.log(ctx, nil); err != nil {
		return nil, err
	}
	ctx, end := v.watch(ctx, func() {})
	defer end()
	ctx, cancel := context.WithTimeoutCause(ctx, stillWithin, fault.New(fault.Unavailable, "camera.silent", "no picture in %s", stillWithin))
	defer cancel()
	k, err := e.nowFrame(ctx, q.Camera)
	if err != nil {
		return nil, cause(ctx, err)
	}
	fmp4, err := k.fmp4()
	if err != nil {
		return nil, err
	}
	return e.jpeg(ctx, v, fmp4, 0, now)
}

// jpeg makes the picture and asks a last time whether it may go out.
func (e *Engine) jpeg(ctx context.Context, v *pass, fmp4 []byte, frame int, at time.Time) ([]byte, error) {
	b, err := e.fence.JPEG(ctx, fmp4, fence.JPEGOptions{Frame: frame, Mask: v.mask(), Overlay: v.stamp(at)})
	if err != nil {
		return nil, cause(ctx, err)
	}
	return b, v.still()
}

func (e *Engine) recordedStill(ctx context.Context, q engineapi.StillQuery, p engineapi.Pass) ([]byte, error) {
	v, err := e.open("viewing", p, q.Camera, q.At, q.At.Add(time.Millisecond), permit.KindTicket, permit.KindLive)
	if err != nil {
		return nil, err
	}
	if err := v.log(ctx, "still"); err != nil {
		return nil, err
	}
	src := &footage{v: v}
	defer src.close()
	// Every picture from the key frame on, up to the moment: the interval ends
	// a millisecond after it, so the source cuts there.
	var group []media.Sample
	var at *part
	for {
		x, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if x.key || x.part != at {
			group, at = nil, x.part
		}
		for _, s := range x.samples {
			if s.Track == x.part.video.ID {
				s.Data = append([]byte(nil), s.Data...)
				group = append(group, s)
			}
		}
	}
	if len(group) == 0 || !group[0].Key {
		return nil, fault.New(fault.NotFound, "media.none", "nothing is recorded of %s at %s", q.Camera, q.At)
	}
	fmp4, err := fragment([]media.Track{*at.video}, group)
	if err != nil {
		return nil, err
	}
	return e.jpeg(ctx, v, fmp4, len(group)-1, q.At)
}

// fragment makes one fMP4 of some samples.
func fragment(tracks []media.Track, samples []media.Sample) ([]byte, error) {
	b, err := media.Init(tracks)
	if err != nil {
		return nil, err
	}
	var f media.Fragmenter
	f.Begin(tracks)
	for i := range samples {
		if err := f.Add(&samples[i]); err != nil {
			return nil, err
		}
	}
	return f.AppendTo(b, 1), nil
}

func (k *keyFrame) fmp4() ([]byte, error) {
	for _, t := range k.tracks {
		if !t.Codec.Sound() {
			return fragment([]media.Track{t}, []media.Sample{{Track: t.ID, Key: true, Data: k.data}})
		}
	}
	return nil, fault.New(fault.Invalid, "camera.no-video", "no track of pictures")
}

// nowFrame gets one key frame from a camera: from the session that records, or
// from one of its own.
func (e *Engine) nowFrame(ctx context.Context, name string) (*keyFrame, error) {
	e.mu.Lock()
	u := e.units[name]
	e.mu.Unlock()
	if u != nil {
		u.mu.Lock()
		s := u.now
		recording := u.state == engineapi.StateRecording
		u.mu.Unlock()
		if s != nil && recording {
			select {
			case k, ok := <-s.next():
				if ok {
					return &k, nil
				}
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
	}
	c := e.book.Camera(name)
	if c == nil {
		return nil, fault.New(fault.NotFound, "camera.unknown", "camera %.80s has no configuration", name)
	}
	cfg, err := e.reach(name, c.URL, c.Transport, c.CertSHA256, c.Sealed)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	one := &oneFrame{}
	err = camera.Run(ctx, cfg, e.clk, one)
	if one.got == nil {
		return nil, cause(ctx, err)
	}
	return one.got, nil
}

// reach is how to connect to a camera with its sealed credentials.
func (e *Engine) reach(name, url string, t permit.Transport, pin string, sealed []byte) (camera.Config, error) {
	k, err := permit.OpenSealed(e.seal.private, sealed, permit.SealFor(e.cfg.ID, name))
	if err != nil {
		return camera.Config{}, err
	}
	return camera.Config{Name: name, URL: url, Transport: t, CertSHA256: pin,
		User: k.User, Password: camera.Secret(k.Password), Allow: e.cfg.Networks}, nil
}

// oneFrame takes one key frame and goes.
type oneFrame struct {
	tracks []media.Track
	got    *keyFrame
}

var errEnough = errors.New("one picture is enough")

func (o *oneFrame) Tracks(t []media.Track, _ camera.Info) error { o.tracks = t; return nil }
func (o *oneFrame) Sample(s *media.Sample) error {
	if !s.Key || len(o.tracks) == 0 || s.Track != o.tracks[0].ID {
		return nil
	}
	o.got = &keyFrame{s.Arrival, o.tracks, append([]byte(nil), s.Data...)}
	return errEnough
}
func (o *oneFrame) Clock(time.Time, time.Duration) {}
func (o *oneFrame) Bad(string, string)             {}
