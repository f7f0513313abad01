package camera

import (
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"vidne.dk/vidne/internal/media"
)

// timeline extends a track's 32-bit RTP timestamps to 64 bits that begin with
// the session and never run backwards, whatever the camera's do.
type timeline struct {
	rate int64
	have bool
	last uint32
	pts  int64
	mono time.Duration
}

// How far a timestamp may step, beside what really passed, before it is a
// jump: forward beyond what a burst at the start explains, backward beyond
// what reordering does.
const (
	jumpForward  = 5 * time.Second
	jumpBackward = time.Second
	jumpSlack    = 2 * time.Second
)

func (t *timeline) ticks(d time.Duration) int64 {
	return int64(d/time.Second)*t.rate + int64(d%time.Second)*t.rate/int64(time.Second)
}

// at is the 64-bit time of ts, which arrived at mono since the session began.
// jumped says that the camera's own time did not go on from before.
func (t *timeline) at(ts uint32, mono time.Duration) (pts int64, jumped bool) {
	if !t.have {
		t.have, t.last, t.mono = true, ts, mono
		t.pts = t.ticks(mono)
		return t.pts, false
	}
	step := int64(int32(ts - t.last))
	passed := t.ticks(mono - t.mono)
	if (step > t.ticks(jumpForward) && step-passed > t.ticks(jumpSlack)) || step < -t.ticks(jumpBackward) {
		jumped = true
		step = max(passed, 1)
	}
	t.last, t.mono = ts, mono
	t.pts += step
	return t.pts, jumped
}

// after moves the line so that pts, the last one given, comes after floor.
func (t *timeline) after(floor int64) int64 {
	if t.pts <= floor {
		t.pts = floor + max(t.rate/30, 1)
	}
	return t.pts
}

// pace learns how long a picture lasts: the mean of a group, since single
// pictures may come in another order than they are shown, and at odd times.
type pace struct {
	from    uint32 // of the group's key frame
	n       uint32 // pictures since, the key frame itself included; 0 before the first
	picture time.Duration
}

func (c *pace) see(p *picture) {
	if p.key {
		if d := int32(p.ts - c.from); c.n > 0 && d > 0 {
			c.picture = time.Duration(d) * time.Second / 90000 / time.Duration(c.n)
		}
		c.from, c.n = p.ts, 0
	}
	if p.key || c.n > 0 {
		c.n++
	}
}

// decodeOrder finds decode times. Without reordering they are the times of
// showing; else mediacommon's extractor reads the slice headers.
type decodeOrder struct {
	codec   media.Codec
	reorder int // as media.Info
	plain   bool
	failed  int
	avc     *h264.DTSExtractor
	hevc    *h265.DTSExtractor
	units   [4][]byte
}

// reset begins anew at a key frame of a stream with this reordering.
func (d *decodeOrder) reset(codec media.Codec, reorder int) {
	plain := d.plain && d.codec == codec
	*d = decodeOrder{codec: codec, reorder: reorder, plain: plain || reorder == 0, failed: d.failed}
	if d.plain {
		return
	}
	if codec == media.H264 {
		d.avc = &h264.DTSExtractor{}
		d.avc.Initialize()
	} else {
		d.hevc = &h265.DTSExtractor{}
		d.hevc.Initialize()
	}
}

// dts is the decode time of p. t holds the parameter sets in force; they are
// the track's own copies, since the extractor keeps what it is given.
func (d *decodeOrder) dts(p *picture, t *media.Track, pts int64) (int64, error) {
	if d.plain {
		return pts, nil
	}
	units := d.units[:0]
	if p.key {
		if d.codec == media.H265 {
			units = append(units, t.VPS)
		}
		units = append(units, t.SPS, t.PPS)
	}
	units = append(units, p.slice)
	var dts int64
	var err error
	if d.codec == media.H264 {
		dts, err = d.avc.Extract(units, pts)
	} else {
		dts, err = d.hevc.Extract(units, pts)
	}
	if err == nil {
		d.failed = 0
		return dts, nil
	}
	// A stream that the extractor cannot follow (picture order type 1, odd
	// encoders) is taken as it comes from the third failure on: decode times
	// are then those of showing, which holds for all that do not reorder.
	if d.failed++; d.failed >= 3 {
		d.plain = true
	}
	return 0, err
}
