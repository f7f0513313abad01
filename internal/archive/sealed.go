package archive

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// A sealed file of offspring is 8 bytes of magic, 16 random ones that its key
// is derived with, and chunks of 64 KiB, each AES-256-GCM under a nonce that
// is the chunk's number (8 bytes) and 1 for the last (4 bytes). Only whole, in
// order and under its own name does it open.
const (
	sealedSuffix = ".sealed"
	sealedMagic  = "VIDNEOF1"
	sealedHead   = len(sealedMagic) + 16
	sealedChunk  = 64 << 10
	sealedTag    = 16
)

func sealedCipher(o *Offspring, name string, salt []byte) (cipher.AEAD, error) {
	k, err := hkdf.Key(sha256.New, o.key[:], salt, "vidne offspring file v1 "+o.ID+"/"+name, 32)
	if err != nil {
		return nil, fault.As(fault.Internal, "offspring.key", err)
	}
	b, err := aes.NewCipher(k)
	if err != nil {
		return nil, fault.As(fault.Internal, "offspring.key", err)
	}
	return cipher.NewGCM(b)
}

func sealedNonce(n int64, last bool) []byte {
	var nonce [12]byte
	binary.BigEndian.PutUint64(nonce[:8], uint64(n))
	if last {
		nonce[11] = 1
	}
	return nonce[:]
}

// SealedWriter writes one file of offspring. Nothing of it is there before
// Commit, and never a byte of it in the clear.
type SealedWriter struct {
	file  durable.File
	o     *Offspring
	name  string
	aead  cipher.AEAD
	plain []byte
	out   []byte
	n     int64
	size  int64
}

func newSealedWriter(f durable.File, o *Offspring, name string) (_ *SealedWriter, err error) {
	w := &SealedWriter{file: f, o: o, name: name, plain: make([]byte, 0, sealedChunk)}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	head := append([]byte(sealedMagic), make([]byte, sealedHead-len(sealedMagic))...)
	if _, err := rand.Read(head[len(sealedMagic):]); err != nil {
		return nil, fault.As(fault.Internal, "offspring.key", err)
	}
	if w.aead, err = sealedCipher(o, name, head[len(sealedMagic):]); err != nil {
		return nil, err
	}
	_, err = f.Write(head)
	return w, err
}

// Write takes plaintext. It is refused once a parent is past its time.
func (w *SealedWriter) Write(b []byte) (int, error) {
	n := len(b)
	for len(b) > 0 {
		if len(w.plain) == sealedChunk {
			if err := w.flush(false); err != nil {
				return 0, err
			}
		}
		k := min(len(b), sealedChunk-len(w.plain))
		w.plain, b = append(w.plain, b[:k]...), b[k:]
	}
	w.size += int64(n)
	return n, nil
}

func (w *SealedWriter) flush(last bool) error {
	if err := w.o.Lives(); w.n%256 == 0 && err != nil {
		return err
	}
	w.out = w.aead.Seal(w.out[:0], sealedNonce(w.n, last), w.plain, nil)
	w.n++
	w.plain = w.plain[:0]
	_, err := w.file.Write(w.out)
	return err
}

// Size is how much plaintext was written.
func (w *SealedWriter) Size() int64 { return w.size }

// Commit makes the file durable under its name, in the place of an earlier one.
func (w *SealedWriter) Commit() error {
	if err := w.flush(true); err != nil {
		w.Abort()
		return err
	}
	fs, tmp := w.o.a.cfg.FS, w.file.Name()
	err := w.file.Sync()
	if err = errors.Join(err, w.file.Close()); err == nil {
		err = fs.Rename(tmp, w.o.path(w.name))
	}
	if err != nil {
		_ = fs.Remove(tmp) // the sweep's, if it stays
		return err
	}
	return fs.SyncDir(w.o.a.path(offspringDir, w.o.ID))
}

// Abort gives up what was written.
func (w *SealedWriter) Abort() {
	_ = w.file.Close()
	_ = w.o.a.cfg.FS.Remove(w.file.Name()) // the sweep's, if it stays
}

// SealedReader reads one file of offspring anywhere in it. What was changed,
// cut off or is another's is fault.Corrupt. Not safe for concurrent use.
type SealedReader struct {
	file   durable.File
	aead   cipher.AEAD
	size   int64 // of the plaintext
	chunks int64
	at     int64 // the chunk in buf, -1 for none
	buf    []byte
	raw    []byte
}

func newSealedReader(f durable.File, o *Offspring, name string) (_ *SealedReader, err error) {
	r := &SealedReader{file: f, at: -1, raw: make([]byte, sealedChunk+sealedTag)}
	defer func() {
		if err != nil {
			_ = f.Close() // only read
		}
	}()
	head := make([]byte, sealedHead)
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(head, 0); err != nil || string(head[:len(sealedMagic)]) != sealedMagic {
		return nil, fault.New(fault.Corrupt, "offspring.corrupt", "%s/%s has no header", o.ID, name)
	}
	body := info.Size() - int64(sealedHead)
	const whole = sealedChunk + sealedTag
	r.chunks = (body + whole - 1) / whole
	r.size = body - r.chunks*sealedTag
	if r.size < 0 || r.chunks < 1 {
		return nil, fault.New(fault.Corrupt, "offspring.corrupt", "%s/%s is cut off", o.ID, name)
	}
	r.aead, err = sealedCipher(o, name, head[len(sealedMagic):])
	if err != nil {
		return nil, err
	}
	return r, r.load(r.chunks - 1) // that the end is the end is known before the first byte goes out
}

// Size is how long the plaintext is.
func (r *SealedReader) Size() int64 { return r.size }

// Close lets go of the file.
func (r *SealedReader) Close() error { return r.file.Close() }

func (r *SealedReader) load(n int64) error {
	if r.at == n {
		return nil
	}
	const whole = sealedChunk + sealedTag
	k, err := r.file.ReadAt(r.raw, int64(sealedHead)+n*whole)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.at = -1
	if r.buf, err = r.aead.Open(r.buf[:0], sealedNonce(n, n == r.chunks-1), r.raw[:k], nil); err != nil {
		return fault.New(fault.Corrupt, "offspring.corrupt", "chunk %d does not open", n)
	}
	r.at = n
	return nil
}

// ReadAt is [io.ReaderAt] over the plaintext.
func (r *SealedReader) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		at := off + int64(n)
		if at < 0 || at >= r.size {
			return n, io.EOF
		}
		if err := r.load(at / sealedChunk); err != nil {
			return n, err
		}
		n += copy(b[n:], r.buf[at%sealedChunk:])
	}
	return n, nil
}
