package media

import (
	"encoding/binary"

	"vidne.dk/vidne/internal/fault"
)

// ParseInit reads what [Init] wrote: the tracks, with picture size and frame
// rate. Anything it does not know is skipped; what is cut short is refused.
func ParseInit(b []byte) ([]Track, error) {
	var tracks []Track
	err := each(b, func(x box) error {
		if x.kind != "moov" {
			return nil
		}
		return each(x.body, func(x box) error {
			if x.kind != "trak" {
				return nil
			}
			if len(tracks) == maxTracks {
				return bad("more than %d tracks", maxTracks)
			}
			var t Track
			if err := t.parse(x.body, 0); err != nil {
				return err
			}
			if t.Codec == 0 {
				return nil
			}
			if err := check(&t); err != nil {
				return fault.As(fault.Corrupt, "media.format", err)
			}
			tracks = append(tracks, t)
			return nil
		})
	})
	if err == nil && len(tracks) == 0 {
		err = bad("no tracks")
	}
	if err != nil {
		return nil, err
	}
	return tracks, nil
}

// parse fills t from the boxes in b, at most eight deep.
func (t *Track) parse(b []byte, depth int) error {
	if depth > 8 {
		return bad("boxes nested too deep")
	}
	return each(b, func(x box) error {
		r := &reader{b: x.body}
		switch x.kind {
		case "mdia", "minf", "stbl":
			return t.parse(x.body, depth+1)
		case "tkhd":
			version, _ := r.version()
			r.take(8 + 8*int(version&1))
			t.ID = int(r.u32())
		case "mdhd":
			version, _ := r.version()
			r.take(8 + 8*int(version&1))
			t.Timescale = r.u32()
		case "stsd":
			r.version()
			if r.u32() != 1 || r.err != nil {
				return bad("not one sample entry")
			}
			entry, _, err := next(r.b)
			if err != nil {
				return err
			}
			return t.parseEntry(entry)
		}
		return r.err
	})
}

func (t *Track) parseEntry(x box) error {
	r := &reader{b: x.body}
	r.take(8)
	switch x.kind {
	case "avc1", "avc3", "hvc1", "hev1":
		r.take(16)
		t.Width, t.Height = int(r.u16()), int(r.u16())
		r.take(50)
	case "mp4a", "ipcm", "Opus":
		r.take(8)
		t.Channels = int(r.u16())
		r.take(6)
		t.SampleRate = int(r.u32() >> 16)
	default:
		return nil
	}
	if r.err != nil {
		return r.err
	}
	if x.kind == "ipcm" {
		t.Codec = LPCM
		return nil
	}
	return each(r.b, func(x box) error {
		c := &reader{b: x.body}
		switch x.kind {
		case "avcC":
			t.Codec = H264
			c.take(5)
			for range c.u8() & 0x1f {
				t.SPS = clone(c.take(int(c.u16())))
			}
			for range c.u8() {
				t.PPS = clone(c.take(int(c.u16())))
			}
			if c.err == nil {
				t.describe()
			}
		case "hvcC":
			t.Codec = H265
			c.take(22)
			for range c.u8() {
				kind := c.u8() & 0x3f
				for range c.u16() {
					p := c.take(int(c.u16()))
					if c.err != nil {
						return c.err
					}
					switch kind {
					case 32:
						t.VPS = clone(p)
					case 33:
						t.SPS = clone(p)
					case 34:
						t.PPS = clone(p)
					}
				}
			}
			if c.err == nil {
				t.describe()
			}
		case "dOps":
			t.Codec = Opus
			c.take(4)
			t.SampleRate = int(c.u32())
		case "esds":
			t.Codec = AAC
			c.version()
			return t.parseESDS(c)
		}
		return c.err
	})
}

// describe adds what only the SPS knows; an SPS that cannot be read leaves
// the size of the sample entry.
func (t *Track) describe() {
	if i, err := Describe(t); err == nil {
		t.FPS = i.FPS
	}
}

func (t *Track) parseESDS(c *reader) error {
	for depth := 0; c.err == nil && len(c.b) > 0 && depth < 4; depth++ {
		tag, n := c.u8(), 0
		for i := 0; i < 4; i++ {
			v := c.u8()
			n = n<<7 | int(v&0x7f)
			if v&0x80 == 0 {
				break
			}
		}
		switch tag {
		case 3:
			c.take(3)
		case 4:
			c.take(13)
		case 5:
			t.AudioConfig = clone(c.take(n))
			return c.err
		default:
			return bad("descriptor %d in esds", tag)
		}
	}
	if c.err == nil {
		return bad("esds without configuration")
	}
	return c.err
}

func clone(b []byte) []byte { return append([]byte(nil), b...) }

// lengthPrefixed calls f for the NAL units of length-prefixed data; false if
// a length lies.
func lengthPrefixed(b []byte, f func(nal []byte) bool) bool {
	for len(b) > 0 {
		if len(b) < 4 {
			return false
		}
		n := uint64(binary.BigEndian.Uint32(b))
		if n > uint64(len(b)-4) {
			return false
		}
		if !f(b[4 : 4+n]) {
			return true
		}
		b = b[4+n:]
	}
	return true
}
