package verify

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // what AE-2 is made of
	"encoding/base32"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// The envelope of docs/ref/evidence-package.md: a ZIP of which every byte is
// determined, so that nothing can hide between, before or behind its files.
const (
	zipEnd       = 22
	zipLocator   = 20
	zipEnd64     = 56
	zipLocal     = 30
	zipEntry     = 46
	zipAfter     = 24 // data descriptor with 64-bit sizes
	maxDirectory = 64 << 20
	maxFiles     = 100000
	aeSalt       = 16
	aeCheck      = 2
	aeCode       = 10
	aeExtra      = "\x01\x99\x07\x00\x02\x00AE\x03\x00\x00"
)

// sealed is one file in an envelope.
type sealed struct {
	name string
	at   int64 // of the salt
	size int64 // in the clear
}

// envelope is an opened one.
type envelope struct {
	in    io.ReaderAt
	pass  string
	files []sealed
}

// passphrase brings what was typed into the form that the key is made from:
// capitals in groups of four. ok is false for what can be no passphrase.
func passphrase(typed string) (_ string, ok bool) {
	var letters []byte
	for _, r := range strings.ToUpper(typed) {
		if i := strings.IndexRune("018", r); i >= 0 {
			r = rune("OIB"[i])
		}
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == '\u2212':
			continue
		case r > unicode.MaxASCII:
			return "", false
		}
		if len(letters)%5 == 4 {
			letters = append(letters, '-')
		}
		letters = append(letters, byte(r))
	}
	if len(letters) != 29 {
		return "", false
	}
	_, err := base32.StdEncoding.DecodeString(strings.ReplaceAll(string(letters), "-", ""))
	return string(letters), err == nil
}

// openEnvelope reads the directory and compares it with the files. What is
// wrong goes into the report; ok says whether the files can be read.
func openEnvelope(r *Report, in io.ReaderAt, size int64, pass string) (*envelope, bool, error) {
	var tail [zipEnd64 + zipLocator + zipEnd]byte
	if size < int64(len(tail)) {
		return nil, false, otherKind("%d bytes are no envelope", size)
	}
	ends := size - int64(len(tail))
	if err := readAll(in, tail[:], ends); err != nil {
		return nil, false, err
	}
	le := binary.LittleEndian
	n, length, begins := le.Uint64(tail[24:]), le.Uint64(tail[40:]), le.Uint64(tail[48:])
	if !bytes.HasPrefix(tail[zipEnd64+zipLocator:], []byte("PK\x05\x06")) {
		// Behind the end there is something, or it is no ZIP at all.
		var first [4]byte
		if err := readAll(in, first[:], 0); err != nil || string(first[:]) != "PK\x03\x04" {
			return nil, false, otherKind("no ZIP")
		}
		r.wrong("envelope.form", size)
		return nil, false, nil
	}
	if n > maxFiles || length > maxDirectory || begins > uint64(ends) || begins+length != uint64(ends) || !bytes.Equal(tail[:], zipTail(n, length, begins)) {
		r.wrong("envelope.form", ends)
		return nil, false, nil
	}
	directory := make([]byte, length)
	if err := readAll(in, directory, int64(begins)); err != nil {
		return nil, false, err
	}
	e := &envelope{in: in}
	var ok bool
	if e.pass, ok = passphrase(pass); !ok {
		r.wrong("envelope.passphrase")
		return nil, false, nil
	}
	at, seen := int64(0), map[string]bool{}
	for range n {
		f, rest, ok := e.entry(directory, at)
		if !ok {
			r.wrong("envelope.form", at)
			return nil, false, nil
		}
		if !safeName(f.name) || seen[strings.ToLower(f.name)] {
			r.wrong("envelope.name", plainText(f.name))
			return nil, false, nil
		}
		seen[strings.ToLower(f.name)] = true
		e.files = append(e.files, f)
		at = f.at + aeSalt + aeCheck + f.size + aeCode + zipAfter
		directory = rest
	}
	if len(directory) > 0 || at != int64(begins) {
		r.wrong("envelope.form", at)
		return nil, false, nil
	}
	return e, true, nil
}

// zipTail is how an envelope must end.
func zipTail(n, length, begins uint64) []byte {
	le := binary.LittleEndian
	b := make([]byte, zipEnd64+zipLocator+zipEnd)
	copy(b, "PK\x06\x06\x2c\x00\x00\x00\x00\x00\x00\x00\x33\x03\x33\x00")
	le.PutUint64(b[24:], n)
	le.PutUint64(b[32:], n)
	le.PutUint64(b[40:], length)
	le.PutUint64(b[48:], begins)
	copy(b[56:], "PK\x06\x07")
	le.PutUint64(b[64:], begins+length)
	b[72] = 1
	copy(b[76:], "PK\x05\x06")
	le.PutUint16(b[84:], uint16(min(n, 0xffff)))
	le.PutUint16(b[86:], uint16(min(n, 0xffff)))
	le.PutUint32(b[88:], uint32(min(length, 0xffffffff)))
	le.PutUint32(b[92:], uint32(min(begins, 0xffffffff)))
	return b
}

// entry reads one entry of the directory and compares it, byte for byte, with
// what stands around the file, which must lie at this place.
func (e *envelope) entry(d []byte, at int64) (f sealed, rest []byte, ok bool) {
	le := binary.LittleEndian
	if len(d) < zipEntry {
		return f, nil, false
	}
	name, extra := int(le.Uint16(d[28:])), int(le.Uint16(d[30:]))
	want := 20
	if at >= 0xffffffff {
		want = 28
	}
	if len(d) < zipEntry+name+extra || extra != want+len(aeExtra) {
		return f, nil, false
	}
	f.name = string(d[zipEntry : zipEntry+name])
	x := d[zipEntry+name:]
	size, packed := le.Uint64(x[4:]), le.Uint64(x[12:])
	if size > 1<<56 || packed != size+aeSalt+aeCheck+aeCode || want == 28 && le.Uint64(x[20:]) != uint64(at) {
		return f, nil, false
	}
	stamp := le.Uint32(d[12:])
	head := make([]byte, 0, 128)
	head = append(head, "PK\x01\x02\x33\x03\x33\x00\x09\x08\x63\x00"...)
	head = le.AppendUint32(head, stamp)
	head = append(head, "\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"...)
	head = le.AppendUint16(head, uint16(name))
	head = le.AppendUint16(head, uint16(extra))
	head = append(head, "\x00\x00\x00\x00\x00\x00\x00\x00\xa4\x81"...)
	head = le.AppendUint32(head, uint32(min(at, 0xffffffff)))
	if !bytes.Equal(head, d[:zipEntry]) || le.Uint16(x) != 1 || int(le.Uint16(x[2:])) != want-4 || string(x[want:extra]) != aeExtra {
		return f, nil, false
	}
	local := append([]byte("PK\x03\x04"), head[6:28]...)
	local = le.AppendUint16(local, uint16(name))
	local = le.AppendUint16(local, 20+uint16(len(aeExtra)))
	local = append(local, f.name...)
	local = append(local, 1, 0, 16, 0)
	local = append(append(local, make([]byte, 16)...), aeExtra...)
	f.at, f.size = at+int64(len(local)), int64(size)
	got := make([]byte, len(local))
	if readAll(e.in, got, at) != nil || !bytes.Equal(got, local) {
		return f, nil, false
	}
	after := append([]byte("PK\x07\x08"), 0, 0, 0, 0)
	after = le.AppendUint64(le.AppendUint64(after, packed), size)
	got = make([]byte, zipAfter)
	if readAll(e.in, got, f.at+int64(packed)) != nil || !bytes.Equal(got, after) {
		return f, nil, false
	}
	return f, d[zipEntry+name+extra:], true
}

// safeName reports whether a name stays in its folder and names the same file
// everywhere.
func safeName(s string) bool {
	if s == "" || len(s) > 255 || !utf8.ValidString(s) || strings.ContainsAny(s, "\\:*?\"<>|") {
		return false
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) {
			return false
		}
	}
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || strings.Trim(part, ". ") == "" || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
			return false
		}
	}
	return true
}

var errPassphrase = errors.New("the passphrase does not fit")

// open begins a file. Its last Read fails if the file is not what was sealed.
func (e *envelope) open(f sealed) (io.Reader, error) {
	var begin [aeSalt + aeCheck]byte
	if err := readAll(e.in, begin[:], f.at); err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(sha1.New, e.pass, begin[:aeSalt], 1000, 66)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(key[64:], begin[aeSalt:]) {
		return nil, errPassphrase
	}
	block, err := aes.NewCipher(key[:32])
	if err != nil {
		return nil, err
	}
	o := &opening{block: block, mac: hmac.New(sha1.New, key[32:64]), at: f.at + int64(len(begin)) + f.size, in: e.in}
	o.r = io.NewSectionReader(e.in, f.at+int64(len(begin)), f.size)
	return o, nil
}

// opening decrypts while it reads.
type opening struct {
	in    io.ReaderAt
	r     *io.SectionReader
	block cipher.Block
	mac   hash.Hash
	pos   uint64
	pad   [aes.BlockSize]byte
	at    int64 // of the authentication code
}

func (o *opening) Read(p []byte) (int, error) {
	n, err := o.r.Read(p)
	o.mac.Write(p[:n])
	for i := range n {
		k := o.pos % aes.BlockSize
		if k == 0 {
			var count [aes.BlockSize]byte
			binary.LittleEndian.PutUint64(count[:], o.pos/aes.BlockSize+1)
			o.block.Encrypt(o.pad[:], count[:])
		}
		p[i] ^= o.pad[k]
		o.pos++
	}
	if errors.Is(err, io.EOF) {
		var code [aeCode]byte
		if err := readAll(o.in, code[:], o.at); err != nil {
			return n, err
		}
		if !hmac.Equal(code[:], o.mac.Sum(nil)[:aeCode]) {
			return n, fault.New(fault.Corrupt, "envelope.changed", "the file is not what was sealed")
		}
	}
	return n, err
}

// readAll fills b from a place, and calls an early end what it is.
func readAll(in io.ReaderAt, b []byte, at int64) error {
	n, err := in.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return unreadable(err)
}
