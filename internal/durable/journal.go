package durable

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"vidne.dk/vidne/internal/fault"
)

// Journal is a file that is only appended to. Each append is on the disk when
// it returns, whole: after a crash there is all of it or nothing.
//
// The file begins with eight bytes of magic and sixteen random ones. Then come
// frames: length of the body (4 bytes, little endian), CRC-32C of the body (4
// bytes), CRC-32C (4 bytes) of the random bytes, the frame's number (8 bytes)
// and the eight bytes before; then the body, in which each record is preceded
// by its length (4 bytes). The random bytes and the number keep a record's own
// content, or the remains of an earlier journal, from being read as a frame.
type Journal struct {
	f    FS
	name string

	mu     sync.Mutex
	file   File
	seed   [16]byte
	size   int64  // of the frames known to be whole and durable, header included
	frames uint64 // how many
	recs   int
	broken bool // the last append failed: what lies behind size is unknown
	closed bool
}

const (
	journalMagic  = "VIDNEJ1\n"
	journalHeader = len(journalMagic) + 16
	frameHeader   = 12
	// MaxFrame bounds what one append may carry, in bytes.
	MaxFrame = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// OpenJournal opens or makes a journal. A torn end, which only an append that
// never returned can leave, is dropped. Damage anywhere else is fault.Corrupt
// "journal.corrupt", and the file is left as it is.
func OpenJournal(f FS, name string) (j *Journal, err error) {
	defer fault.Wrap(&err, "durable.OpenJournal(%s)", name)
	j = &Journal{f: f, name: name}
	data, err := ReadFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		return j, j.fresh(nil)
	}
	if err != nil {
		return nil, err
	}
	scan, err := scanJournal(data)
	if err != nil {
		return nil, err
	}
	j.take(scan)
	if err := j.reopen(); err != nil {
		return nil, err
	}
	if err := j.settle(int64(len(data)) > j.size); err != nil {
		j.broken = true // still readable; the next append mends it
	}
	return j, nil
}

func (j *Journal) take(s scan) {
	j.seed, j.size, j.frames, j.recs = s.seed, s.size, s.frames, len(s.recs)
}

// settle makes durable what was read: a process that was killed may have left
// it in the kernel's memory only.
func (j *Journal) settle(torn bool) error {
	if torn {
		if err := j.file.Truncate(j.size); err != nil {
			return err
		}
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	return j.f.SyncDir(filepath.Dir(j.name))
}

// fresh replaces the file by one that holds the given records.
func (j *Journal) fresh(recs [][]byte) error {
	var seed [16]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return err
	}
	data := append([]byte(journalMagic), seed[:]...)
	frames := uint64(0)
	for from := 0; from < len(recs); frames++ {
		to, size := from, 0
		for to < len(recs) && (to == from || size+4+len(recs[to]) <= MaxFrame) {
			size += 4 + len(recs[to])
			to++
		}
		data = appendFrame(data, seed, frames, recs[from:to])
		from = to
	}
	if err := WriteFile(j.f, j.name, data, 0o600); err != nil {
		return err
	}
	if j.file != nil {
		_ = j.file.Close() // replaced: nothing in it matters
		j.file = nil
	}
	j.take(scan{seed: seed, size: int64(len(data)), frames: frames, recs: recs})
	j.broken = false
	return j.reopen()
}

func (j *Journal) reopen() (err error) {
	j.file, err = j.f.OpenFile(j.name, os.O_RDWR, 0)
	return err
}

// Append adds one record. After an error the record may or may not be there
// after the next crash; it is not there for Replay before.
func (j *Journal) Append(rec []byte) error { return j.AppendAll([][]byte{rec}) }

// AppendAll adds records that are kept or lost together.
func (j *Journal) AppendAll(recs [][]byte) (err error) {
	defer fault.Wrap(&err, "durable.Journal.Append(%s)", j.name)
	if len(recs) == 0 {
		return nil
	}
	size := 0
	for _, rec := range recs {
		size += 4 + len(rec)
	}
	if size > MaxFrame {
		return fault.New(fault.Invalid, "journal.too-large", "%d bytes in one append, the most is %d", size, MaxFrame)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return j.gone()
	}
	if j.file == nil || j.broken {
		if err := j.mend(); err != nil {
			return err
		}
	}
	frame := appendFrame(nil, j.seed, j.frames, recs)
	j.broken = true // until proven
	n, err := j.file.WriteAt(frame, j.size)
	if err != nil {
		return err
	}
	if n < len(frame) {
		return fault.New(fault.Unavailable, KeyError, "short write")
	}
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.broken = false
	j.size += int64(len(frame))
	j.frames++
	j.recs += len(recs)
	return nil
}

// mend writes the good records to a new file: after a failed sync the kernel
// holds pages as clean that never reached the disk, so the old file is not
// trusted with another byte.
func (j *Journal) mend() error {
	recs, err := j.read()
	if err != nil {
		return err
	}
	return j.fresh(recs)
}

// read returns the durable records.
func (j *Journal) read() ([][]byte, error) {
	if j.closed {
		return nil, j.gone()
	}
	if j.file == nil {
		if err := j.reopen(); err != nil {
			return nil, err
		}
	}
	data := make([]byte, j.size)
	if _, err := j.file.ReadAt(data, 0); err != nil {
		return nil, err
	}
	s, err := scanJournal(data)
	if err != nil {
		return nil, err
	}
	if s.frames != j.frames || s.seed != j.seed {
		return nil, corrupt("frame %d is damaged, %d were written", s.frames, j.frames)
	}
	return s.recs, nil
}

// Replay calls f with each record, oldest first, until f returns an error. A
// record may be kept. f must not use the journal.
func (j *Journal) Replay(f func(rec []byte) error) (err error) {
	defer fault.Wrap(&err, "durable.Journal.Replay(%s)", j.name)
	j.mu.Lock()
	defer j.mu.Unlock()
	recs, err := j.read()
	if err != nil {
		return err
	}
	for _, rec := range recs {
		if err := f(rec); err != nil {
			return err
		}
	}
	return nil
}

// Reset empties the journal: after a crash it is as before or empty.
func (j *Journal) Reset() (err error) {
	defer fault.Wrap(&err, "durable.Journal.Reset(%s)", j.name)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return j.gone()
	}
	return j.fresh(nil)
}

// Replace puts recs in place of all that the journal holds: after a crash it
// is as before or as asked.
func (j *Journal) Replace(recs [][]byte) (err error) {
	defer fault.Wrap(&err, "durable.Journal.Replace(%s)", j.name)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return j.gone()
	}
	return j.fresh(recs)
}

func (j *Journal) gone() error {
	return fault.New(fault.Unavailable, "journal.closed", "the journal %s is closed", j.name)
}

// Len is the number of records.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.recs
}

// Size is the number of bytes in the file.
func (j *Journal) Size() int64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.size
}

// Close closes the file.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	if j.file == nil {
		return nil
	}
	err := j.file.Close()
	j.file = nil
	return err
}

func appendFrame(dst []byte, seed [16]byte, number uint64, recs [][]byte) []byte {
	at := len(dst)
	dst = append(dst, make([]byte, frameHeader)...)
	for _, rec := range recs {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(rec)))
		dst = append(dst, rec...)
	}
	head, body := dst[at:at+frameHeader], dst[at+frameHeader:]
	binary.LittleEndian.PutUint32(head, uint32(len(body)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(body, castagnoli))
	binary.LittleEndian.PutUint32(head[8:], headSum(seed, number, head))
	return dst
}

func headSum(seed [16]byte, number uint64, head []byte) uint32 {
	var b [32]byte
	copy(b[:], seed[:])
	binary.LittleEndian.PutUint64(b[16:], number)
	copy(b[24:], head[:8])
	return crc32.Checksum(b[:], castagnoli)
}

// scan is what a journal's bytes hold.
type scan struct {
	seed   [16]byte
	size   int64
	frames uint64
	recs   [][]byte
}

func corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "journal.corrupt", format, args...)
}

func scanJournal(data []byte) (s scan, err error) {
	if len(data) < journalHeader || string(data[:len(journalMagic)]) != journalMagic {
		return s, corrupt("no journal header") // the header is written whole or not at all
	}
	copy(s.seed[:], data[len(journalMagic):])
	at := journalHeader
	for {
		n, recs := frameAt(data[at:], s.seed, s.frames)
		if n == 0 {
			break
		}
		at += n
		s.frames++
		s.recs = append(s.recs, recs...)
	}
	s.size = int64(at)
	// What follows is the end of an append that never returned, unless a whole
	// frame lies behind it: then bytes in the middle have changed.
	for i := at + 1; i+frameHeader < len(data); i++ {
		if n, _ := frameAt(data[i:], s.seed, s.frames+1); n > 0 {
			return s, corrupt("frame %d is damaged, the one after is not", s.frames)
		}
	}
	return s, nil
}

// frameAt reads the frame that data begins with, 0 if there is none. Records
// are copied.
func frameAt(data []byte, seed [16]byte, number uint64) (int, [][]byte) {
	if len(data) < frameHeader {
		return 0, nil
	}
	n := int(binary.LittleEndian.Uint32(data))
	if n == 0 || n > MaxFrame || n > len(data)-frameHeader {
		return 0, nil
	}
	if binary.LittleEndian.Uint32(data[8:]) != headSum(seed, number, data) {
		return 0, nil
	}
	body := data[frameHeader : frameHeader+n]
	if binary.LittleEndian.Uint32(data[4:]) != crc32.Checksum(body, castagnoli) {
		return 0, nil
	}
	var recs [][]byte
	for len(body) > 0 {
		if len(body) < 4 {
			return 0, nil
		}
		size := int(binary.LittleEndian.Uint32(body))
		if size > len(body)-4 {
			return 0, nil
		}
		recs = append(recs, bytes.Clone(body[4:4+size]))
		body = body[4+size:]
	}
	return frameHeader + n, recs
}
