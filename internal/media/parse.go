package media

import "math"

// maxSamples bounds the samples of each 4 MiB: a sample of no bytes costs a
// liar nothing.
const maxSamples = 1 << 16

// ParseFragment reads fragments as [Fragmenter] writes them, one or several
// after each other, and calls f for each sample in the order of the tracks.
// DTS and PTS count from the segment's zero, Arrival is zero, and Data points
// into b. Nothing is called after the first fault.
func ParseFragment(b []byte, f func(Sample)) error {
	left := maxSamples * (1 + len(b)>>22)
	for len(b) > 0 {
		x, rest, err := next(b)
		if err != nil {
			return err
		}
		if x.kind != "moof" {
			b = rest
			continue
		}
		// Offsets count from moof's first byte; data lie in the mdat after it.
		mdat, after, err := next(rest)
		if err != nil {
			return err
		}
		if mdat.kind != "mdat" {
			return bad("moof is followed by %q", mdat.kind)
		}
		low := len(b) - len(after) - len(mdat.body)
		if err := parseMoof(x.body, b, low, len(b)-len(after), &left, f); err != nil {
			return err
		}
		b = after
	}
	return nil
}

// defaults are a traf's tfhd.
type defaults struct {
	track                 int
	duration, size, flags uint32
	at                    int64
}

func parseMoof(moof, b []byte, low, high int, left *int, f func(Sample)) error {
	return each(moof, func(x box) error {
		if x.kind != "traf" {
			return nil
		}
		var d defaults
		return each(x.body, func(x box) error {
			r := &reader{b: x.body}
			version, flags := r.version()
			switch x.kind {
			case "tfhd":
				d.track = int(r.u32())
				if flags&1 != 0 {
					return bad("tfhd with a base offset")
				}
				if flags&2 != 0 {
					r.u32()
				}
				if flags&tfhdDuration != 0 {
					d.duration = r.u32()
				}
				if flags&0x10 != 0 {
					d.size = r.u32()
				}
				if flags&tfhdFlags != 0 {
					d.flags = r.u32()
				}
			case "tfdt":
				at := r.uint(4 + 4*int(version&1))
				if at > math.MaxInt64/2 {
					return bad("decode time %d", at)
				}
				d.at = int64(at)
			case "trun":
				return d.trun(r, version, flags, b, low, high, left, f)
			}
			return r.err
		})
	})
}

func (d *defaults) trun(r *reader, version uint8, flags uint32, b []byte, low, high int, left *int, f func(Sample)) error {
	count := r.u32()
	if flags&trunOffset == 0 {
		return bad("trun without an offset")
	}
	at := int64(int32(r.u32()))
	first := d.flags
	if flags&trunFirstFlags != 0 {
		first = r.u32()
	}
	if r.err != nil {
		return r.err
	}
	if int64(count) > int64(*left) {
		return bad("%d samples in a fragment", count)
	}
	*left -= int(count)
	for i := range count {
		duration, size, flag, cts := d.duration, d.size, d.flags, int64(0)
		if i == 0 {
			flag = first
		}
		if flags&trunDuration != 0 {
			duration = r.u32()
		}
		if flags&trunSize != 0 {
			size = r.u32()
		}
		if flags&trunFlags != 0 {
			flag = r.u32()
		}
		if flags&trunComposition != 0 {
			if cts = int64(r.u32()); version > 0 {
				cts = int64(int32(cts))
			}
		}
		if r.err != nil {
			return r.err
		}
		if at < int64(low) || at+int64(size) > int64(high) {
			return bad("sample outside mdat")
		}
		f(Sample{
			Track: d.track,
			DTS:   d.at,
			PTS:   d.at + cts,
			Key:   flag&0x10000 == 0,
			Data:  b[at : at+int64(size) : at+int64(size)],
		})
		at += int64(size)
		d.at += int64(duration)
	}
	return nil
}
