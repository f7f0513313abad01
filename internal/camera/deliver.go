package camera

import (
	"bytes"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/media"
)

// deliver passes whole pictures on to the handler: parameters first, decode
// times, and nothing between something bad and the next key frame.
type deliver struct {
	s       *session
	track   media.Track
	line    timeline
	order   decodeOrder
	pace    pace
	told    bool // the handler knows the tracks
	flowing bool // samples are being passed on
	reorder int
	lastDTS int64
	any     bool
	sample  media.Sample
	clockAt time.Duration
	// unusable is the mono time of the first key frame that could not be begun
	// with, 0 if there is none.
	unusable atomic.Int64
	warned   bool // of what was bad before the first sample
}

// broken reports what was lost, once until samples flow again.
func (d *deliver) broken(key, detail string) {
	if d.flowing || !d.any && !d.warned {
		d.flowing, d.warned = false, true
		d.s.h.Bad(key, detail)
	}
}

// picture is called for each whole access unit.
func (d *deliver) picture(p *picture) error {
	d.s.whole.Store(int64(p.mono + d.s.began))
	d.s.wholeAt.Store(d.s.bytes.Load())
	d.pace.see(p)
	pts, jumped := d.line.at(p.ts, p.mono)
	if jumped {
		d.broken("camera.stream", "the camera's timestamps jumped")
	}
	if !d.flowing {
		if !p.key {
			return nil
		}
		if !d.begin(p) {
			d.unusable.CompareAndSwap(0, int64(p.mono+d.s.began))
			d.broken("camera.stream", "parameter sets are missing or cannot be read")
			return nil
		}
		pts = d.line.after(d.lastDTS)
	} else if p.sps != nil || p.pps != nil || p.vps != nil {
		changed, ok := d.parameters(p)
		if changed && !p.key {
			d.broken("camera.stream", "parameters changed inside a group of pictures")
			return nil
		}
		if !ok {
			d.broken("camera.stream", "parameters that cannot be read")
			return nil
		}
		if changed {
			if err := d.tell(); err != nil {
				return err
			}
			d.order.reset(d.track.Codec, d.reorder)
		}
	}
	if !d.told {
		if err := d.tell(); err != nil {
			return err
		}
	}
	dts, err := d.order.dts(p, &d.track, pts)
	if err != nil {
		d.flowing = true // so that it is reported
		d.broken("camera.stream", "pictures come in no order: "+printable(err.Error(), 100))
		return nil
	}
	if d.any && dts <= d.lastDTS {
		// Two pictures at one time cannot both be shown; an extractor that
		// holds its breath gives the same time twice and is helped along.
		if dts = d.lastDTS + 1; dts > pts {
			d.flowing = true
			d.broken("camera.stream", "the camera's time stands still or runs backwards")
			return nil
		}
	}
	d.flowing, d.any, d.lastDTS = true, true, dts
	d.unusable.Store(0)
	d.s.good.Store(int64(p.mono + d.s.began))
	d.sample = media.Sample{Track: 1, DTS: dts, PTS: pts, Arrival: p.arrival, Key: p.key, Data: p.data}
	return d.s.h.Sample(&d.sample)
}

// begin prepares for samples to flow from key frame p on; false if its
// parameters are not to be had.
func (d *deliver) begin(p *picture) bool {
	changed, ok := d.parameters(p)
	if !ok || !complete(&d.track) {
		return false
	}
	if changed || !d.told {
		i, err := media.Describe(&d.track)
		if err != nil {
			return false
		}
		d.reorder, d.told = i.Reorder, false
	}
	d.order.reset(d.track.Codec, d.reorder)
	return true
}

// parameters takes the parameter sets of p, if they differ from those in
// force, into the track. ok is false if they cannot be read; the track is
// then as it was.
func (d *deliver) parameters(p *picture) (changed, ok bool) {
	differs := func(new, old []byte) bool { return new != nil && !bytes.Equal(new, old) }
	if !differs(p.sps, d.track.SPS) && !differs(p.pps, d.track.PPS) && !differs(p.vps, d.track.VPS) {
		return false, true
	}
	t := d.track
	take := func(dst *[]byte, new []byte) {
		if new != nil {
			*dst = bytes.Clone(new)
		}
	}
	take(&t.VPS, p.vps)
	take(&t.SPS, p.sps)
	take(&t.PPS, p.pps)
	if complete(&t) {
		i, err := media.Describe(&t)
		if err != nil {
			return true, false
		}
		if _, err := media.Init([]media.Track{t}); err != nil {
			return true, false
		}
		d.reorder = i.Reorder
	}
	d.track = t
	return true, true
}

// tell gives the handler the tracks.
func (d *deliver) tell() error {
	i := &d.s.info
	i.Codec, i.Width, i.Height, i.FPS = d.track.Codec, d.track.Width, d.track.Height, d.track.FPS
	d.told = true
	return d.s.h.Tracks(d.s.trackSet(), *i)
}

// sound passes sound on while pictures flow.
func (d *deliver) sound(m *media.Sample) error {
	if !d.flowing {
		return nil
	}
	return d.s.h.Sample(m)
}
