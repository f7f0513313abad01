package document

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// A file is a header and then chunks. The header is eight bytes of magic, the
// nonce under which the file's key is wrapped by the master key, and the
// wrapped key; what is authenticated with it is the file's id, so that no file
// passes for another. Each chunk but the last holds chunkSize bytes, sealed by
// AES-256-GCM under a nonce made of its number and of whether it is the last,
// so that none can be moved, left out or cut off.
const (
	magic      = "vdndoc1\n"
	nonceSize  = 12
	tagSize    = 16
	headerSize = int64(len(magic) + nonceSize + 32 + tagSize)
	chunkSize  = 64 << 10
)

// vault is the folder of files.
type vault struct {
	fs     durable.FS
	dir    string
	master cipher.AEAD
}

func newVault(f durable.FS, dir string, master [32]byte) (v vault, err error) {
	v = vault{fs: f, dir: dir}
	v.master, err = newAEAD(master[:])
	return v, err
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	b, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	a, err := cipher.NewGCM(b)
	return a, fault.As(fault.Internal, "", err)
}

func (v vault) path(id string) string { return filepath.Join(v.dir, id[:2], id) }

// written is a file that is not yet in its place.
type written struct {
	path string
	size int64
	sum  string
}

// write encrypts what from gives into a temporary file and syncs it.
func (v vault) write(ctx context.Context, id string, from io.Reader) (w written, err error) {
	var secret [32 + nonceSize]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return w, fault.As(fault.Unavailable, "random", err)
	}
	key, nonce := secret[:32], secret[32:]
	seal, err := newAEAD(key)
	if err != nil {
		return w, err
	}
	w.path = filepath.Join(v.dir, id+durable.TempSuffix)
	f, err := v.fs.OpenFile(w.path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return w, err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
		if err != nil {
			err = errors.Join(err, v.drop(w.path))
		}
	}()
	header := append([]byte(magic), nonce...)
	header = v.master.Seal(header, nonce, key, []byte(id))
	if _, err := f.Write(header); err != nil {
		return w, err
	}
	sum := sha256.New()
	buf, sealed := make([]byte, chunkSize), make([]byte, 0, chunkSize+tagSize)
	next := make([]byte, 1)
	n, err := io.ReadFull(from, buf)
	for i := uint32(0); ; i++ {
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return w, fault.As(fault.Unavailable, "document.cut", err)
		}
		if e := ctx.Err(); e != nil {
			return w, e
		}
		last := err != nil
		if !last { // a full chunk: whether it is the last, the next byte says
			_, err = io.ReadFull(from, next)
			if err != nil && !errors.Is(err, io.EOF) {
				return w, fault.As(fault.Unavailable, "document.cut", err)
			}
			last = err != nil
		}
		w.size += int64(n)
		if w.size > MaxSize {
			return w, fault.New(fault.Invalid, "document.size", "more than %d bytes", MaxSize)
		}
		sum.Write(buf[:n])
		sealed = seal.Seal(sealed[:0], chunkNonce(i, last), buf[:n], nil)
		if _, err := f.Write(sealed); err != nil {
			return w, err
		}
		if last {
			break
		}
		buf[0] = next[0]
		n, err = io.ReadFull(from, buf[1:])
		n++
	}
	if w.size == 0 {
		return w, fault.New(fault.Invalid, "document.empty", "an empty file")
	}
	w.sum = hex.EncodeToString(sum.Sum(nil))
	return w, f.Sync()
}

func chunkNonce(i uint32, last bool) []byte {
	var n [nonceSize]byte
	binary.BigEndian.PutUint32(n[4:], i)
	if last {
		n[nonceSize-1] = 1
	}
	return n[:]
}

// publish gives a written file its place.
func (v vault) publish(path, id string) error {
	to := v.path(id)
	if err := v.fs.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if err := v.fs.Rename(path, to); err != nil {
		return err
	}
	return errors.Join(v.fs.SyncDir(filepath.Dir(to)), v.fs.SyncDir(v.dir))
}

// remove takes a file from its place; one that is not there is gone already.
func (v vault) remove(id string) error { return v.drop(v.path(id)) }

func (v vault) drop(path string) error {
	if err := v.fs.Remove(path); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return v.fs.SyncDir(filepath.Dir(path))
}

// lying is a file found in the folder; id is empty for a temporary one.
type lying struct {
	path, id string
	changed  time.Time
}

func (v vault) list() (out []lying, err error) {
	top, err := v.fs.ReadDir(v.dir)
	if err != nil {
		return nil, err
	}
	add := func(dir string, e fs.DirEntry) error {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return durable.Fault(err)
		}
		l := lying{path: filepath.Join(dir, e.Name()), changed: info.ModTime()}
		if !strings.HasSuffix(e.Name(), durable.TempSuffix) {
			l.id = e.Name()
		}
		out = append(out, l)
		return nil
	}
	for _, t := range top {
		if !t.IsDir() {
			if strings.HasSuffix(t.Name(), durable.TempSuffix) {
				if err := add(v.dir, t); err != nil {
					return nil, err
				}
			}
			continue
		}
		dir := filepath.Join(v.dir, t.Name())
		below, err := v.fs.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range below {
			if err := add(dir, e); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Content is what an open document says. It gives out only what is as it was
// kept. It is safe for concurrent reads of different places; Close it.
type Content struct {
	file durable.File
	open cipher.AEAD
	size int64
	last int64 // number of the last chunk

	mu     sync.Mutex
	at     int64 // of Read
	chunk  int64 // that is held; -1: none
	plain  []byte
	sealed []byte
}

func corrupt(format string, args ...any) error {
	return fault.New(fault.Corrupt, "document.corrupt", format, args...)
}

func (v vault) open(id, path string, size int64) (_ *Content, err error) {
	f, err := v.fs.OpenFile(path, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Corrupt, "document.missing", "the file of document %s is not there", id)
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	last := max(0, (size-1)/chunkSize)
	info, err := f.Stat()
	if err != nil {
		return nil, durable.Fault(err)
	}
	if want := headerSize + size + (last+1)*tagSize; info.Size() != want {
		return nil, corrupt("document %s has %d bytes on disk, not %d", id, info.Size(), want)
	}
	header := make([]byte, headerSize)
	if _, err := f.ReadAt(header, 0); err != nil {
		return nil, durable.Fault(err)
	}
	if string(header[:len(magic)]) != magic {
		return nil, corrupt("document %s has a wrong beginning", id)
	}
	nonce := header[len(magic) : len(magic)+nonceSize]
	key, err := v.master.Open(nil, nonce, header[len(magic)+nonceSize:], []byte(id))
	if err != nil {
		return nil, corrupt("the key of document %s does not open", id)
	}
	a, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	return &Content{file: f, open: a, size: size, last: last, chunk: -1}, nil
}

// Size is the number of bytes.
func (c *Content) Size() int64 { return c.size }

// ReadAt is io.ReaderAt.
func (c *Content) ReadAt(p []byte, at int64) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readAt(p, at)
}

func (c *Content) readAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, fault.New(fault.Invalid, "document.offset", "offset %d", at)
	}
	for n < len(p) {
		if at >= c.size {
			return n, io.EOF
		}
		if err := c.load(at / chunkSize); err != nil {
			return n, err
		}
		m := copy(p[n:], c.plain[at%chunkSize:])
		n, at = n+m, at+int64(m)
	}
	return n, nil
}

// load decrypts a chunk, unless it is held.
func (c *Content) load(i int64) error {
	if c.chunk == i {
		return nil
	}
	c.chunk = -1
	length := int64(chunkSize)
	if i == c.last {
		length = c.size - i*chunkSize
	}
	if c.sealed == nil {
		c.sealed, c.plain = make([]byte, chunkSize+tagSize), make([]byte, 0, chunkSize)
	}
	sealed := c.sealed[:length+tagSize]
	if _, err := c.file.ReadAt(sealed, headerSize+i*(chunkSize+tagSize)); err != nil {
		return durable.Fault(err)
	}
	plain, err := c.open.Open(c.plain[:0], chunkNonce(uint32(i), i == c.last), sealed, nil)
	if err != nil {
		return corrupt("chunk %d is not what was kept", i)
	}
	c.plain, c.chunk = plain, i
	return nil
}

// Read is io.Reader, from where the last Read ended.
func (c *Content) Read(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at >= c.size {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), c.size-c.at, chunkSize-c.at%chunkSize)]
	n, err = c.readAt(p, c.at)
	c.at += int64(n)
	return n, err
}

// Close closes the file.
func (c *Content) Close() error { return c.file.Close() }
