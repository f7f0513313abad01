package document

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"vidne.dk/vidne/internal/fault"
)

// Bounds of a picture: more is no drawing and no photograph, but a way to fill
// the memory of whoever looks at it.
const (
	maxSide   = 20_000
	maxPixels = 100_000_000
	maxExif   = 1 << 20
)

const pngMagic = "\x89PNG\r\n\x1a\n"

func checkSides(w, h uint32) error {
	if w == 0 || h == 0 || w > maxSide || h > maxSide || uint64(w)*uint64(h) > maxPixels {
		return refuse("picture", "a picture of %d by %d", w, h)
	}
	return nil
}

// sniffPNG walks through all chunks.
func sniffPNG(r io.ReaderAt, size int64) (placed bool, err error) {
	at := int64(len(pngMagic))
	buf := make([]byte, 32<<10)
	for n := 0; ; n++ {
		head, err := part(r, at, 8)
		if err != nil {
			return false, err
		}
		length, kind := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if length > size-at-12 {
			return false, refuse("broken", "a PNG with a %s that goes past its end", kind)
		}
		if n == 0 {
			if kind != "IHDR" || length != 13 {
				return false, refuse("broken", "a PNG without its header")
			}
			sides, err := part(r, at+8, 8)
			if err != nil {
				return false, err
			}
			if err := checkSides(binary.BigEndian.Uint32(sides), binary.BigEndian.Uint32(sides[4:])); err != nil {
				return false, err
			}
		}
		sum := crc32.NewIEEE()
		if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, at+4, length+4), buf); err != nil {
			return false, unread(err)
		}
		want, err := part(r, at+8+length, 4)
		if err != nil {
			return false, err
		}
		if binary.BigEndian.Uint32(want) != sum.Sum32() {
			return false, refuse("broken", "a PNG whose %s is damaged", kind)
		}
		if kind == "eXIf" && length <= maxExif {
			exif, err := part(r, at+8, length)
			if err != nil {
				return false, err
			}
			placed = placed || exifPlaced(exif)
		}
		at += length + 12
		if kind == "IEND" {
			if at != size {
				return false, refuse("double", "something stands behind the PNG")
			}
			return placed, nil
		}
	}
}

// sniffJPEG walks through the segments to the end of the picture. Behind it
// may stand further pictures, as telephones write, or nothing.
func sniffJPEG(r io.ReaderAt, size int64) (placed bool, err error) {
	b := &bytesAt{r: r, size: size, at: 2}
	sized := false
	for {
		marker, err := b.marker()
		if err != nil {
			return false, err
		}
		switch {
		case marker == 0xd9: // the end
			if !sized {
				return false, refuse("broken", "a JPEG without a picture")
			}
			return placed, b.tailOK()
		case marker == 0x01 || marker >= 0xd0 && marker <= 0xd7:
			continue // stands alone
		}
		body, err := b.segment(marker == 0xe1)
		if err != nil {
			return false, err
		}
		switch {
		case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
			if len(body) < 5 {
				return false, refuse("broken", "a JPEG with a short header")
			}
			if err := checkSides(uint32(binary.BigEndian.Uint16(body[3:])), uint32(binary.BigEndian.Uint16(body[1:]))); err != nil {
				return false, err
			}
			sized = true
		case marker == 0xe1 && len(body) > 6 && string(body[:6]) == "Exif\x00\x00":
			placed = placed || exifPlaced(body[6:])
		case marker == 0xda:
			if err := b.scan(); err != nil {
				return false, err
			}
		}
	}
}

// bytesAt walks through a file with a window.
type bytesAt struct {
	r      io.ReaderAt
	size   int64
	at     int64
	window []byte
	from   int64
}

func (b *bytesAt) next() (byte, error) {
	if b.at >= b.size {
		return 0, refuse("broken", "the picture ends too early")
	}
	if b.at < b.from || b.at >= b.from+int64(len(b.window)) {
		w, err := part(b.r, b.at, min(chunkSize, b.size-b.at))
		if err != nil {
			return 0, err
		}
		b.window, b.from = w, b.at
	}
	c := b.window[b.at-b.from]
	b.at++
	return c, nil
}

// marker reads the next marker, which may have filling before it.
func (b *bytesAt) marker() (byte, error) {
	c, err := b.next()
	if err != nil {
		return 0, err
	}
	if c != 0xff {
		return 0, refuse("broken", "a JPEG with %#x where a marker should be", c)
	}
	for c == 0xff && err == nil {
		c, err = b.next()
	}
	return c, err
}

// segment passes over a segment, and gives what it says: all of it, or its
// first bytes.
func (b *bytesAt) segment(whole bool) ([]byte, error) {
	hi, err := b.next()
	if err != nil {
		return nil, err
	}
	lo, err := b.next()
	if err != nil {
		return nil, err
	}
	n := int64(hi)<<8 + int64(lo) - 2
	if n < 0 || b.at+n > b.size {
		return nil, refuse("broken", "a JPEG with a segment that goes past its end")
	}
	want := n
	if !whole {
		want = min(n, 16)
	}
	body, err := part(b.r, b.at, want)
	b.at += n
	return body, err
}

// scan passes over coded picture data to the marker behind it.
func (b *bytesAt) scan() error {
	for {
		c, err := b.next()
		if err != nil {
			return err
		}
		if c != 0xff {
			continue
		}
		for c == 0xff && err == nil {
			c, err = b.next()
		}
		if err != nil {
			return err
		}
		if c == 0 || c >= 0xd0 && c <= 0xd7 {
			continue // a stuffed byte, a restart
		}
		b.at -= 2
		return nil
	}
}

// tailOK takes nothing, filling, or more pictures behind a picture.
func (b *bytesAt) tailOK() error {
	for b.at < b.size {
		c, err := b.next()
		if err != nil {
			return err
		}
		if c == 0 {
			continue
		}
		d, err := b.next()
		if c == 0xff && (d == 0xd8 || d == 0xff) && err == nil {
			return nil
		}
		if f := (*fault.Error)(nil); err != nil && errors.As(err, &f) && f.Kind != fault.Invalid {
			return err
		}
		return refuse("double", "something stands behind the JPEG")
	}
	return nil
}

// exifPlaced says whether EXIF data names a latitude.
func exifPlaced(b []byte) bool {
	if len(b) < 8 {
		return false
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch string(b[:4]) {
	case "II*\x00":
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return false
	}
	const gps, latitude = 0x8825, 2
	at, ok := exifEntry(b, order, order.Uint32(b[4:]), gps)
	if !ok {
		return false
	}
	_, ok = exifEntry(b, order, at, latitude)
	return ok
}

// exifEntry finds an entry of a directory and gives its value field.
func exifEntry(b []byte, order binary.ByteOrder, dir uint32, tag uint16) (uint32, bool) {
	at := int64(dir)
	if at+2 > int64(len(b)) {
		return 0, false
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + i*12
		if e+12 > int64(len(b)) {
			return 0, false
		}
		if order.Uint16(b[e:]) == tag {
			return order.Uint32(b[e+8:]), true
		}
	}
	return 0, false
}
