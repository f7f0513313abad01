package testcam

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"vidne.dk/vidne/internal/media"
)

// Frame is one access unit of a clip.
type Frame struct {
	NALs [][]byte // without prefix, as the encoder wrote them, SEI and all
	Key  bool
	// Shown is the place of this picture in the order of showing, which is the
	// number that the picture's strip carries.
	Shown int
}

// Clip is a looping stream.
type Clip struct {
	Codec         media.Codec
	FPS           float64
	Frames        []Frame
	VPS, SPS, PPS []byte
	Width, Height int
	// Reorder is how many pictures are sent before one shown earlier.
	Reorder int
	// Sound, if there is any: AAC frames of 1024 samples.
	Sound      [][]byte
	SampleRate int
	Channels   int
	SoundConf  []byte
}

// Load reads an Annex B file (.h264, .h265) and, if sound is not empty, an
// ADTS file beside it.
func Load(path string, fps float64, sound string) (*Clip, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Clip{Codec: media.H264, FPS: fps}
	if bytes.HasSuffix([]byte(path), []byte("h265")) {
		c.Codec = media.H265
	}
	if err := c.split(AnnexB(b)); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if sound != "" {
		a, err := os.ReadFile(sound)
		if err != nil {
			return nil, err
		}
		if err := c.adts(a); err != nil {
			return nil, fmt.Errorf("%s: %w", sound, err)
		}
	}
	return c, nil
}

// AnnexB splits a byte stream into its NAL units (H.264 annex B).
func AnnexB(b []byte) [][]byte {
	var out [][]byte
	start := -1
	for i := 0; i+3 <= len(b); {
		j := bytes.Index(b[i:], []byte{0, 0, 1})
		if j < 0 {
			break
		}
		i += j
		if start >= 0 {
			out = append(out, bytes.TrimRight(b[start:i], "\x00"))
		}
		i += 3
		start = i
	}
	if start >= 0 && start < len(b) {
		out = append(out, bytes.TrimRight(b[start:], "\x00"))
	}
	return out
}

// picture says of a NAL unit whether it carries picture data, whether it
// begins a picture, and whether it is a random access point.
func picture(codec media.Codec, nal []byte) (vcl, first, key bool) {
	if codec == media.H264 {
		t := nal[0] & 0x1f
		vcl = t >= 1 && t <= 5
		return vcl, vcl && len(nal) > 1 && nal[1]&0x80 != 0, t == 5
	}
	t := nal[0] >> 1 & 0x3f
	vcl = t < 32
	return vcl, vcl && len(nal) > 2 && nal[2]&0x80 != 0, t >= 16 && t <= 21
}

func (c *Clip) split(nals [][]byte) error {
	var au Frame
	seen := false
	flush := func() {
		if seen {
			c.Frames = append(c.Frames, au)
			au, seen = Frame{}, false
		}
	}
	for _, n := range nals {
		if len(n) < 2 {
			continue
		}
		vcl, first, key := picture(c.Codec, n)
		if seen && (first || !vcl) {
			flush()
		}
		if c.Codec == media.H264 {
			switch n[0] & 0x1f {
			case 7:
				c.SPS = n
			case 8:
				c.PPS = n
			}
		} else {
			switch n[0] >> 1 & 0x3f {
			case 32:
				c.VPS = n
			case 33:
				c.SPS = n
			case 34:
				c.PPS = n
			}
		}
		au.NALs = append(au.NALs, n)
		au.Key = au.Key || key
		seen = seen || vcl
	}
	flush()
	if len(c.Frames) == 0 || !c.Frames[0].Key {
		return errors.New("no pictures, or the first is not a key frame")
	}
	t := c.Track()
	info, err := media.Describe(&t)
	if err != nil {
		return err
	}
	c.Width, c.Height, c.Reorder = t.Width, t.Height, max(info.Reorder, 0)
	c.order()
	return nil
}

// order finds the order of showing. Our encoder settings give reordering only
// inside a group of pictures, non-reference pictures after the one that they
// are shown before.
func (c *Clip) order() {
	for i := range c.Frames {
		c.Frames[i].Shown = i
	}
	if c.Codec != media.H264 || c.Reorder == 0 {
		return
	}
	for start := 0; start < len(c.Frames); {
		end := start + 1
		for end < len(c.Frames) && !c.Frames[end].Key {
			end++
		}
		c.orderGroup(start, end)
		start = end
	}
}

// Track describes the picture.
func (c *Clip) Track() media.Track {
	return media.Track{
		ID: 1, Codec: c.Codec, Timescale: 90000, VPS: c.VPS, SPS: c.SPS, PPS: c.PPS,
		Width: c.Width, Height: c.Height,
	}
}

// Bytes is the size of one loop of pictures as a recorder stores them, four
// bytes of length before each NAL unit.
func (c *Clip) Bytes() int {
	n := 0
	for _, f := range c.Frames {
		for _, nal := range f.NALs {
			n += 4 + len(nal)
		}
	}
	return n
}

// adts splits an ADTS stream (ISO/IEC 13818-7 clause 6.2).
func (c *Clip) adts(b []byte) error {
	rates := [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}
	for len(b) >= 7 {
		if b[0] != 0xff || b[1]&0xf6 != 0xf0 {
			return errors.New("not ADTS")
		}
		kind, rate, channels := b[2]>>6+1, int(b[2]>>2&15), int(b[2]&1)<<2|int(b[3]>>6)
		size := int(b[3]&3)<<11 | int(b[4])<<3 | int(b[5]>>5)
		head := 7
		if b[1]&1 == 0 {
			head = 9
		}
		if rate >= len(rates) || size < head || size > len(b) {
			return errors.New("broken ADTS header")
		}
		c.SampleRate, c.Channels = rates[rate], channels
		c.SoundConf = []byte{kind<<3 | byte(rate)>>1, byte(rate)<<7 | byte(channels)<<3}
		c.Sound = append(c.Sound, b[head:size])
		b = b[size:]
	}
	if len(c.Sound) == 0 {
		return errors.New("no sound")
	}
	return nil
}
