// Package segment is the bytes of one segment file: it seals, opens, scans and
// checks them, and knows nothing of disks, databases or clocks.
//
// The format is docs/ref/segment.md. What the package promises: a segment
// says by itself whose it is, under which permit, and when it must be gone;
// none of that, and not one byte of a picture, can be changed without being
// found out by whoever holds the key, nor without a key by whoever holds the
// file's hash. Any fragment can be read alone. What it refuses: to hand out a
// byte whose tag fails, to guess at a damaged file, and a version it does not
// know.
//
// Decoders take hostile input: every length is bounded before it is used.
package segment

import (
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"path"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Sizes and magic of the format.
const (
	Version = 1

	headMagic   = "VIDNESEG"
	recordMagic = "VREC"
	footMagic   = "VIDNEEND"
	tailMagic   = "VIDNEFIN"

	headFixed   = 16  // before the rules
	headTail    = 124 // after the rules: wrapped key, commitment, hash
	maxRules    = 16384
	WrappedSize = 60
	RecordSize  = 48 // a record's header
	entrySize   = 40
	footFixed   = 28 // magic, length, tag
	footBody    = 38 // the body without cause and table
	maxCause    = 64
	maxRecords  = 1 << 16
	TrailerSize = 56

	Chunk      = 64 << 10
	tagSize    = 16
	MaxPlain   = 16 << 20
	hourMicros = int64(time.Hour / time.Microsecond)
)

// Limit is how long after its first picture a segment is due at the latest.
const Limit = permit.LongestRetention - permit.RetentionMargin

func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

func corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "segment.corrupt", format, args...)
}

// Micros turns a time into the format's microseconds.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time turns the format's microseconds into a time; 0 is the zero time.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// Hour is the number of the UTC hour that a moment lies in.
func Hour(us int64) int64 {
	h := us / hourMicros
	if us%hourMicros < 0 {
		h--
	}
	return h
}

// Suffixes of the files of a segment.
const (
	Closed = ".vseg"
	Open   = ".open"
	Held   = ".held"
)

// Name is what a file's name says of its segment. It proves nothing.
type Name struct {
	Camera      string
	Start       int64
	DeleteAfter int64
	ID          string
	Suffix      string
}

// Name of the file of a segment with these rules.
func (r *Rules) Name(suffix string) Name {
	return Name{r.Camera, r.Start, r.DeleteAfter, r.ID, suffix}
}

// Day is the directory's name: the UTC date of the start.
func (n Name) Day() string { return Day(n.Start) }

// Day is the directory of a moment.
func Day(us int64) string { return Time(us).Format("20060102") }

// Base is the file's own name.
func (n Name) Base() string {
	return fmt.Sprintf("%016d-%016d-%s%s", n.Start, n.DeleteAfter, n.ID, n.Suffix)
}

// Path is relative to the archive, with slashes.
func (n Name) Path() string { return path.Join(n.Camera, n.Day(), n.Base()) }

// With is the same segment's file of another kind.
func (n Name) With(suffix string) Name {
	n.Suffix = suffix
	return n
}

// ParseName reads a file's own name; ok is false for any other file.
func ParseName(camera, base string) (n Name, ok bool) {
	dot := strings.LastIndexByte(base, '.')
	if dot != 16+1+16+1+32 {
		return n, false
	}
	switch n.Suffix = base[dot:]; n.Suffix {
	case Closed, Open, Held:
	default:
		return n, false
	}
	var err1, err2 error
	n.Camera = camera
	n.Start, err1 = strconv.ParseInt(base[:16], 10, 64)
	n.DeleteAfter, err2 = strconv.ParseInt(base[17:33], 10, 64)
	n.ID = base[34:dot]
	return n, err1 == nil && err2 == nil && n.Start > 0 && IsID(n.ID) && n.Base() == base
}

// IsID reports whether s is 32 lower-case hex digits.
func IsID(s string) bool {
	if len(s) != 32 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// raw is the 16 bytes of an id that IsID holds for.
func raw(id string) []byte {
	b, err := hex.DecodeString(id)
	if err != nil {
		return make([]byte, 16) // cannot be: ids are checked before
	}
	return b
}

// IsCamera reports whether s can be the reference of a camera or a stream,
// and so the name of a directory: 1 to 64 of a-z, 0-9 and the hyphen.
func IsCamera(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && c != '-' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 64
}
