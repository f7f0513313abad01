package verify

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"time"
)

// film is what a fragmented MP4 (ISO/IEC 14496-12) holds of its picture track:
// sizes, places to begin, and the hash of each group of pictures.
type film struct {
	pictures []picture
	begin    time.Time // of the file's time zero, as its meta box says; zero if it does not
}

type picture struct {
	size  int
	key   bool
	group string // on the last of its group
}

const (
	maxBox      = 64 << 20
	maxPictures = 20_000_000
	year1601    = -11644473600 // as Unix time
	pictureOne  = 1            // the picture's track, see docs/ref/evidence-package.md
)

// readFilm reads one to its end.
func readFilm(in io.Reader) (f film, err error) {
	r := bufio.NewReaderSize(in, 1<<16)
	sum := sha256.New()
	var moof []byte
	for {
		kind, body, err := readBox(r)
		switch {
		case errors.Is(err, io.EOF):
			if n := len(f.pictures); n > 0 {
				f.pictures[n-1].group = hex.EncodeToString(sum.Sum(nil))
				return f, nil
			}
			return f, errCut
		case err != nil:
			return f, err
		case kind == "meta":
			if f.begin, err = beginOf(body); err != nil {
				return f, err
			}
		case kind == "moof":
			moof = body
		case kind == "mdat":
			runs, ok := fragment(moof, len(body))
			if !ok || len(f.pictures)+len(runs) > maxPictures {
				return f, errCut
			}
			for _, s := range runs {
				if n := len(f.pictures); s.key && n > 0 {
					f.pictures[n-1].group = hex.EncodeToString(sum.Sum(nil))
					sum.Reset()
				}
				sum.Write(body[s.at : s.at+s.size])
				f.pictures = append(f.pictures, picture{size: s.size, key: s.key})
			}
			moof = nil
		}
	}
}

// beginOf reads the ONVIF Export File Format's CorrectStartTimeBox (cstb): 100
// ns since 1601, of each track.
func beginOf(meta []byte) (begin time.Time, err error) {
	if len(meta) < 4 {
		return begin, errCut
	}
	ok := boxes(meta[4:], func(kind string, b []byte) bool {
		if kind != "cstb" {
			return true
		}
		if len(b) < 4 || len(b) < 4+12*int(min(binary.BigEndian.Uint32(b), 100)) {
			return false
		}
		for n := range int(min(binary.BigEndian.Uint32(b), 100)) {
			track, at := binary.BigEndian.Uint32(b[4+12*n:]), binary.BigEndian.Uint64(b[8+12*n:])
			if track == pictureOne && at < 1<<62 {
				begin = time.Unix(year1601+int64(at/1e7), int64(at%1e7)*100).UTC()
			}
		}
		return true
	})
	if !ok {
		return begin, errCut
	}
	return begin, nil
}

// same compares a film with the list beside it.
func (f film) same(list []shot) bool {
	if len(f.pictures) != len(list) {
		return false
	}
	for i, p := range f.pictures {
		if s := list[i]; p.size != s.size || p.key != s.key || p.group != s.group {
			return false
		}
	}
	return true
}

// readBox reads one box with a 32-bit size, whole.
func readBox(r io.Reader) (kind string, body []byte, err error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", nil, err // EOF between boxes is the end
	}
	size := binary.BigEndian.Uint32(head[:])
	if size < 8 || size > maxBox {
		return "", nil, errCut
	}
	body, err = io.ReadAll(io.LimitReader(r, int64(size)-8)) // grows with what is there
	if err != nil || len(body) != int(size)-8 {
		return "", nil, errCut
	}
	return string(head[4:]), body, nil
}

// boxes cuts the boxes in a box.
func boxes(b []byte, f func(kind string, body []byte) bool) bool {
	for len(b) > 0 {
		if len(b) < 8 {
			return false
		}
		n := binary.BigEndian.Uint32(b)
		if n < 8 || int64(n) > int64(len(b)) || !f(string(b[4:8]), b[8:n]) {
			return false
		}
		b = b[n:]
	}
	return true
}

// sample is one picture in an mdat.
type sample struct {
	at, size int
	key      bool
}

// fragment lists the pictures of a moof whose mdat, right behind it, has n
// bytes.
func fragment(moof []byte, n int) (out []sample, ok bool) {
	before := len(moof) + 16 // offsets count from the moof's begin
	ok = boxes(moof, func(kind string, traf []byte) bool {
		if kind != "traf" {
			return true
		}
		var track, flags, size uint32
		return boxes(traf, func(kind string, b []byte) bool {
			switch kind {
			case "tfhd":
				return tfhd(b, &track, &size, &flags)
			case "trun":
				if track != pictureOne {
					return true
				}
				got, ok := trun(b, size, flags, before, n)
				out = append(out, got...)
				return ok
			}
			return true
		})
	})
	return out, ok && moof != nil
}

// words reads big-endian numbers of 32 bits.
type words struct {
	b  []byte
	ok bool
}

func (w *words) next() uint32 {
	if len(w.b) < 4 {
		w.ok = false
		return 0
	}
	v := binary.BigEndian.Uint32(w.b)
	w.b = w.b[4:]
	return v
}

func tfhd(b []byte, track, size, flags *uint32) bool {
	w := words{b, true}
	has := w.next()
	*track = w.next()
	if has&1 != 0 {
		return false // offsets from elsewhere: not what an original is
	}
	for _, x := range []struct {
		bit uint32
		to  *uint32
	}{{2, new(uint32)}, {8, new(uint32)}, {0x10, size}, {0x20, flags}} {
		if has&x.bit != 0 {
			*x.to = w.next()
		}
	}
	return w.ok
}

const notSync = 0x10000

func trun(b []byte, size, flags uint32, before, n int) (out []sample, ok bool) {
	w := words{b, true}
	has, count := w.next(), w.next()
	if has&1 == 0 || int64(count)*4 > int64(len(b)) {
		return nil, false
	}
	at := int(int32(w.next())) - before
	first := flags
	if has&4 != 0 {
		first = w.next()
	}
	for i := range count {
		s, f := size, flags
		if i == 0 {
			f = first
		}
		if has&0x100 != 0 {
			w.next()
		}
		if has&0x200 != 0 {
			s = w.next()
		}
		if has&0x400 != 0 {
			f = w.next()
		}
		if has&0x800 != 0 {
			w.next()
		}
		if !w.ok || at < 0 || int64(s) > int64(n-at) {
			return nil, false
		}
		out = append(out, sample{at, int(s), f&notSync == 0})
		at += int(s)
	}
	return out, w.ok
}
