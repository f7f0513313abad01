package verify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math"
)

// Sizes of docs/ref/segment.md.
const (
	segmentMagic  = "VIDNESEG"
	recordMagic   = "VREC"
	footerMagic   = "VIDNEEND"
	trailerMagic  = "VIDNEFIN"
	headerFixed   = 140 // without the rules
	recordHeader  = 48
	trailerSize   = 56
	maxRules      = 16384
	maxPlain      = 16777216
	chunkPlain    = 65536
	tagSize       = 16
	footerFixed   = 12 + tagSize
	footerBody    = 38 // without cause and table
	maxCause      = 64
	tableEntry    = 40
	maxFooterBody = 64 << 20
)

// Sealed is what a ledger says of a segment: the body of an entry of kind
// segment.sealed or segment.adopted.
type Sealed struct {
	Segment     string `json:"segment"`
	Archive     string `json:"archive"`
	Controller  string `json:"controller"`
	Camera      string `json:"camera"`
	Stream      string `json:"stream"`
	Permit      string `json:"permit"`
	Class       string `json:"class"`
	Start       int64  `json:"start"`
	End         int64  `json:"end"`
	DeleteAfter int64  `json:"delete_after"`
	HoldLimit   int64  `json:"hold_limit"`
	Size        int64  `json:"size"`
	SHA256      string `json:"sha256"`
	Pictures    int64  `json:"pictures"`
	Cause       string `json:"cause"`
}

// Segment checks a closed segment file of size bytes without any key. lookup
// returns what the ledger says of a segment by its number, and whether it says
// anything; without a lookup only the file's agreement with itself is checked,
// and the report says so. name is the file's name without folders, or empty.
func Segment(in io.ReaderAt, size int64, name string, lookup func(id string) (Sealed, bool)) (*Report, error) {
	s := &segment{Report: &Report{What: "segment"}, in: in, size: size}
	var magic [8]byte
	if err := s.read(magic[:], 0); err != nil {
		return nil, s.cannot(err)
	}
	if string(magic[:]) != segmentMagic {
		return nil, otherKind("the file does not begin with %s", segmentMagic)
	}
	var version [4]byte
	if err := s.read(version[:], 8); err != nil {
		return nil, s.cannot(err)
	}
	if v := binary.BigEndian.Uint16(version[:]); v > 1 {
		return nil, otherKind("segment version %d, this program knows 1", v)
	}
	if err := s.check(name, lookup); err != nil {
		return nil, s.cannot(err)
	}
	return s.Report, nil
}

type segment struct {
	*Report
	in      io.ReaderAt
	size    int64
	header  int64 // length
	rules   rules
	records []record
	footer  int64 // offset
	end     int64
	cause   string
	sum     string // hex of the file's hash
}

type record struct {
	kind, flags              byte
	pictures, plain, lasted  uint32
	offset, stored           int64
	arrival, media, finished int64
}

// errCut is a file that ends inside something.
var errCut = errors.New("the file ends too early")

func (s *segment) read(b []byte, at int64) error {
	if at < 0 || at+int64(len(b)) > s.size {
		return errCut
	}
	n, err := s.in.ReadAt(b, at)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return errCut
	}
	return err
}

// cannot turns an error of reading into what Segment returns.
func (s *segment) cannot(err error) error {
	if errors.Is(err, errCut) {
		return otherKind("a file of %d bytes", s.size)
	}
	return unreadable(err)
}

// check goes through the steps that the page lists. Its error is of reading.
func (s *segment) check(name string, lookup func(string) (Sealed, bool)) error {
	for _, step := range []func() (bool, error){s.checkTrailer, s.checkHeader, s.checkRecords, s.checkFooter} {
		ok, err := step()
		if errors.Is(err, errCut) {
			s.wrong("segment.cut", s.size)
			return nil
		}
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
	}
	s.checkName(name)
	if s.OK() {
		r := s.rules
		s.fact("segment.what", r.Camera, r.Controller, moment(r.Start), moment(s.end), len(s.records)-1)
		s.fact("segment.rules", r.Permit, r.Class, r.Basis, moment(r.DeleteAfter))
	}
	if lookup == nil {
		s.fact("segment.alone", s.sum)
		return nil
	}
	sealed, ok := lookup(s.rules.ID)
	if !ok {
		s.wrong("segment.unlisted", s.rules.ID)
		return nil
	}
	s.compare(sealed)
	return nil
}

// checkTrailer is step 2 and hashes the file.
func (s *segment) checkTrailer() (bool, error) {
	var t [trailerSize]byte
	if err := s.read(t[:], s.size-trailerSize); err != nil {
		return false, err
	}
	if string(t[48:]) != trailerMagic {
		s.wrong("segment.open")
		return false, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(s.in, 0, s.size-trailerSize)); err != nil {
		return false, err
	}
	before := h.Sum(nil)
	h.Write(t[:])
	s.sum = hex.EncodeToString(h.Sum(nil))
	if crc(t[:44]) != binary.BigEndian.Uint32(t[44:]) {
		s.wrong("segment.trailer")
		return false, nil
	}
	if !bytes.Equal(before, t[:32]) {
		s.wrong("segment.sum")
	}
	if n := binary.BigEndian.Uint64(t[36:]); n != uint64(s.size) {
		s.wrong("segment.length", n, s.size)
		return false, nil
	}
	s.footer = s.size - trailerSize - int64(binary.BigEndian.Uint32(t[32:]))
	return true, nil
}

func crc(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// checkHeader is step 1.
func (s *segment) checkHeader() (bool, error) {
	var fixed [16]byte
	if err := s.read(fixed[:], 0); err != nil {
		return false, err
	}
	n := binary.BigEndian.Uint32(fixed[12:])
	if binary.BigEndian.Uint16(fixed[8:]) != 1 || fixed[10] != 0 || fixed[11] != 0 || n < 2 || n > maxRules {
		s.wrong("segment.header")
		return false, nil
	}
	s.header = headerFixed + int64(n)
	h := make([]byte, s.header)
	if err := s.read(h, 0); err != nil {
		return false, err
	}
	if sum := sha256.Sum256(h[:s.header-sha256.Size]); !bytes.Equal(sum[:], h[s.header-sha256.Size:]) {
		s.wrong("segment.header-sum")
	}
	var ok bool
	if s.rules, ok = parseRules(h[16 : 16+n]); !ok {
		s.wrong("segment.rules-form")
		return false, nil
	}
	for _, key := range s.rules.faults() {
		s.wrong(key)
	}
	return true, nil
}

// checkRecords is step 3.
func (s *segment) checkRecords() (bool, error) {
	at, latest := s.header, int64(math.MinInt64)
	for at < s.footer {
		var h [recordHeader]byte
		if err := s.read(h[:], at); err != nil {
			return false, err
		}
		n := len(s.records)
		r, ok := parseRecord(h[:], n)
		if !ok {
			s.wrong("segment.record", n, at)
			return false, nil
		}
		r.offset = at
		if r.arrival < latest || r.arrival < s.rules.Start || n == 0 && r.arrival != s.rules.Start {
			s.wrong("segment.order", n)
		}
		latest = r.arrival
		s.records = append(s.records, r)
		at += recordHeader + r.stored
	}
	if at != s.footer || len(s.records) < 2 {
		s.wrong("segment.record", len(s.records), at)
		return false, nil
	}
	return true, nil
}

func parseRecord(h []byte, n int) (r record, ok bool) {
	be := binary.BigEndian
	r = record{
		kind: h[4], flags: h[5], plain: be.Uint32(h[12:]), stored: int64(be.Uint32(h[16:])), pictures: be.Uint32(h[20:]),
		media: int64(be.Uint64(h[24:])), arrival: int64(be.Uint64(h[32:])), lasted: be.Uint32(h[40:]),
	}
	r.finished = r.arrival + int64(r.lasted)
	chunks := (int64(r.plain) + chunkPlain - 1) / chunkPlain
	switch {
	case string(h[:4]) != recordMagic, crc(h[:44]) != be.Uint32(h[44:]),
		h[6] != 0, h[7] != 0, r.flags > 1, be.Uint32(h[8:]) != uint32(n),
		r.plain == 0, r.plain > maxPlain, r.stored != int64(r.plain)+tagSize*chunks,
		r.arrival < 0, r.finished < r.arrival:
		return r, false
	case n == 0:
		return r, r.kind == 1 && r.flags == 0 && r.pictures == 0 && r.media == 0 && r.lasted == 0
	}
	return r, r.kind == 2
}

// checkFooter is step 4.
func (s *segment) checkFooter() (bool, error) {
	length := s.size - trailerSize - s.footer
	if length < footerFixed+footerBody || length > maxFooterBody {
		s.wrong("segment.footer")
		return false, nil
	}
	f := make([]byte, length)
	if err := s.read(f, s.footer); err != nil {
		return false, err
	}
	be := binary.BigEndian
	body := f[12 : length-tagSize]
	if string(f[:8]) != footerMagic || int64(be.Uint32(f[8:])) != int64(len(body)) {
		s.wrong("segment.footer")
		return false, nil
	}
	causeLen := int(be.Uint16(body[32:]))
	if causeLen > maxCause || len(body) != footerBody+causeLen+tableEntry*len(s.records) ||
		int64(be.Uint32(body[34+causeLen:])) != int64(len(s.records)) {
		s.wrong("segment.footer")
		return false, nil
	}
	s.cause = string(body[34 : 34+causeLen])
	for _, c := range []byte(s.cause) {
		if (c < 'a' || c > 'z') && c != '.' && c != '-' {
			s.wrong("segment.footer")
			return false, nil
		}
	}
	var pictures, plain, stored, end int64
	for i, r := range s.records {
		e := body[footerBody+causeLen+i*tableEntry:][:tableEntry]
		same := e[0] == r.kind && e[1] == r.flags && e[2] == 0 && e[3] == 0 && be.Uint32(e[4:]) == r.pictures &&
			int64(be.Uint64(e[8:])) == r.offset && be.Uint32(e[16:]) == r.plain && be.Uint32(e[20:]) == r.lasted &&
			int64(be.Uint64(e[24:])) == r.arrival && int64(be.Uint64(e[32:])) == r.media
		if !same {
			s.wrong("segment.table", i)
		}
		pictures += int64(r.pictures)
		plain += int64(r.plain)
		stored += recordHeader + r.stored
		end = max(end, r.finished)
	}
	s.end = int64(be.Uint64(body))
	if s.end != end || end <= s.rules.Start || int64(be.Uint64(body[8:])) != pictures ||
		int64(be.Uint64(body[16:])) != plain || int64(be.Uint64(body[24:])) != stored {
		s.wrong("segment.sums")
	}
	return true, nil
}

// compare is step 5, and everything else that the ledger says.
func (s *segment) compare(l Sealed) {
	var pictures int64
	for _, r := range s.records {
		pictures += int64(r.pictures)
	}
	r := s.rules
	if l.SHA256 != s.sum {
		s.wrong("segment.not-the-logged", l.SHA256, s.sum)
	}
	l.SHA256 = ""
	have := Sealed{
		Segment: r.ID, Archive: r.Archive, Controller: r.Controller, Camera: r.Camera, Stream: r.Stream, Permit: r.Permit,
		Class: r.Class, Start: r.Start, End: s.end, DeleteAfter: r.DeleteAfter, HoldLimit: r.HoldLimit,
		Size: s.size, Pictures: pictures, Cause: s.cause,
	}
	if have != l {
		s.wrong("segment.entry-differs")
	}
	if s.OK() {
		s.fact("segment.logged", s.sum)
	}
}
