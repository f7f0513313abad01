// Package envelope writes an encrypted ZIP in one pass: WinZip AE-2 with
// AES-256, stored, Zip64 where it must be, as 7-Zip and the opener page read
// it. The bytes are described in docs/ref/evidence-package.md.
//
// What it promises: nothing in the clear leaves it but names, sizes and times;
// memory does not grow with what is written; each file's SHA-256 and size are
// told; the key comes from a passphrase that the system made, of 120 random
// bits, which is kept nowhere. What it refuses: ZipCrypto (it has none), two
// entries of one name, also where they differ in case alone, and names that
// leave the folder or mean different things on different machines. After an
// error nothing more can be written, and what there is must be thrown away.
package envelope

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // AE-2 is made of it: HMAC-SHA1 and PBKDF2
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Sizes and numbers of AE-2 (WinZip, "AES Encryption Information").
const (
	saltSize = 16
	macSize  = 10
	overhead = saltSize + 2 + macSize
	rounds   = 1000
	methodAE = 99
	flags    = 1 | 8 | 1<<11 // encrypted, sizes behind the data, names in UTF-8
	version  = 51
)

// Written says what one file became.
type Written struct {
	Name   string
	Size   int64  // bytes in the clear
	SHA256 string // of the clear bytes, 64 hex digits
}

// Writer writes one envelope.
type Writer struct {
	out     counted
	pass    Passphrase
	at      uint32 // DOS date and time of every entry
	names   map[string]bool
	entries []entry
	err     error
}

// New begins an envelope. Every entry gets the time made, in its zone: the
// times of single files would tell what the names do not.
func New(w io.Writer, pass Passphrase, made time.Time) *Writer {
	return &Writer{out: counted{w: w}, pass: pass, at: dosTime(made), names: map[string]bool{}}
}

// Add writes one file; fill gives its bytes. A name that is refused is
// fault.Invalid "envelope.name", one that was there fault.Conflict
// "envelope.twice". An error of fill or of the disk ends the envelope.
func (w *Writer) Add(name string, fill func(io.Writer) error) (_ Written, err error) {
	defer fault.Wrap(&err, "envelope.Add(%s)", name)
	if w.err != nil {
		return Written{}, w.err
	}
	if err := CheckName(name); err != nil {
		return Written{}, err
	}
	folded := strings.ToLower(name)
	if w.names[folded] {
		return Written{}, fault.New(fault.Conflict, "envelope.twice", "%q is in the envelope", name)
	}
	w.names[folded] = true
	out, err := w.add(name, fill)
	if err != nil {
		w.err = err
	}
	return out, err
}

func (w *Writer) add(name string, fill func(io.Writer) error) (Written, error) {
	salt := make([]byte, saltSize)
	if _, err := rand.Read(salt); err != nil {
		return Written{}, fault.As(fault.Internal, "envelope.random", err)
	}
	key, err := pbkdf2.Key(sha1.New, w.pass.Reveal(), salt, rounds, 66)
	if err != nil {
		return Written{}, fault.As(fault.Internal, "envelope.key", err)
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return Written{}, fault.As(fault.Internal, "envelope.key", err)
	}
	e := entry{name: name, offset: w.out.n}
	if _, err := w.out.Write(localHeader(w.at, name)); err != nil {
		return Written{}, err
	}
	if _, err := w.out.Write(slices.Concat(salt, key[64:])); err != nil {
		return Written{}, err
	}
	s := &sealer{w: &w.out, block: block, used: keyStream, mac: hmac.New(sha1.New, key[32:64]), sum: sha256.New()}
	if err := fill(s); err != nil {
		return Written{}, err
	}
	if _, err := w.out.Write(s.mac.Sum(nil)[:macSize]); err != nil {
		return Written{}, err
	}
	e.size, e.packed = uint64(s.n), uint64(s.n)+overhead
	if _, err := w.out.Write(e.descriptor()); err != nil {
		return Written{}, err
	}
	w.entries = append(w.entries, e)
	return Written{Name: name, Size: s.n, SHA256: hex.EncodeToString(s.sum.Sum(nil))}, nil
}

// Close writes the directory. Without it the envelope does not open.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	w.err = fault.New(fault.Conflict, "envelope.closed", "the envelope is closed")
	from := w.out.n
	for _, e := range w.entries {
		if _, err := w.out.Write(e.directory(w.at)); err != nil {
			return err
		}
	}
	_, err := w.out.Write(ending(uint64(len(w.entries)), from, w.out.n))
	return err
}

const keyStream = 4096

// sealer encrypts with AES in counter mode, the counter little-endian and
// beginning with 1, as AE-2 has it and the standard library has not.
type sealer struct {
	w       io.Writer
	block   cipher.Block
	counter uint64
	stream  [keyStream]byte
	used    int // of stream
	mac     hash.Hash
	sum     hash.Hash
	buf     [64 << 10]byte
	n       int64
}

func (s *sealer) Write(p []byte) (done int, err error) {
	for len(p) > 0 {
		part := p[:min(len(p), len(s.buf))]
		out := s.buf[:len(part)]
		for i := 0; i < len(part); {
			if s.used == keyStream {
				s.more()
			}
			n := subtle.XORBytes(out[i:], part[i:], s.stream[s.used:])
			i += n
			s.used += n
		}
		s.sum.Write(part)
		s.mac.Write(out)
		n, err := s.w.Write(out)
		done += n
		s.n += int64(n)
		if err != nil {
			return done, err
		}
		p = p[len(part):]
	}
	return done, nil
}

func (s *sealer) more() {
	for i := 0; i < keyStream; i += aes.BlockSize {
		s.counter++
		b := s.stream[i : i+aes.BlockSize]
		binary.LittleEndian.PutUint64(b, s.counter)
		clear(b[8:])
		s.block.Encrypt(b, b)
	}
	s.used = 0
}

// dosTime is a time as ZIP has it: even seconds of the wall clock since 1980.
func dosTime(t time.Time) uint32 {
	year := min(max(t.Year(), 1980), 2107) - 1980
	return uint32(year)<<25 | uint32(t.Month())<<21 | uint32(t.Day())<<16 |
		uint32(t.Hour())<<11 | uint32(t.Minute())<<5 | uint32(t.Second()/2)
}
