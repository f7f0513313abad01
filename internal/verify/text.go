package verify

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"strings"
)

// maxLine is the longest line of any of the files: an entry with a body of
// 64 KiB and what stands before it.
const maxLine = 1<<16 + 256

// lines reads a text file line by line, hashing all but the last line.
type lines struct {
	r    *bufio.Reader
	sum  hash.Hash
	n    int    // number of the line read last, from 1
	held string // the last line read, not yet in the sum
	err  error  // of reading; what is malformed is not an error of reading
}

func newLines(r io.Reader) *lines {
	return &lines{r: bufio.NewReaderSize(r, maxLine), sum: sha256.New()}
}

// next returns the next line without its newline; ok is false at the end, when
// a line is too long or has no newline, and when reading fails.
func (l *lines) next() (line string, ok bool) {
	l.sum.Write([]byte(l.held))
	l.held = ""
	b, err := l.r.ReadSlice('\n')
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			l.err = err
		}
		return "", false
	}
	l.n++
	l.held = string(b)
	return l.held[:len(l.held)-1], true
}

// field returns what follows "name " on the next line.
func (l *lines) field(name string) (string, bool) {
	line, ok := l.next()
	if !ok {
		return "", false
	}
	return strings.CutPrefix(line, name+" ")
}

func (l *lines) number(name string) (uint64, bool) {
	s, ok := l.field(name)
	if !ok {
		return 0, false
	}
	return number(s)
}

// hashes reads a count and as many lines of a hash. No tree needs more than
// 128.
func (l *lines) hashes(name string) ([]digest, bool) {
	n, ok := l.number(name)
	if !ok || n > 128 {
		return nil, false
	}
	out := make([]digest, n)
	for i := range out {
		line, ok := l.next()
		if !ok {
			return nil, false
		}
		if out[i], ok = hashText(line); !ok {
			return nil, false
		}
	}
	return out, true
}

// block reads a length and as many bytes.
func (l *lines) block(name string) ([]byte, bool) {
	n, ok := l.number(name)
	if !ok || n > maxNote {
		return nil, false
	}
	l.sum.Write([]byte(l.held))
	l.held = ""
	b := make([]byte, n)
	if _, err := io.ReadFull(l.r, b); err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			l.err = err
		}
		return nil, false
	}
	l.sum.Write(b)
	l.n += strings.Count(string(b), "\n")
	return b, true
}

// end checks the line that was just read as the last one, "end <hash>", and
// that nothing follows.
func (l *lines) end(line string) (sumRight, alone bool) {
	want, ok := strings.CutPrefix(line, "end ")
	sumRight = ok && want == hex.EncodeToString(l.sum.Sum(nil))
	_, err := l.r.ReadByte()
	if err != nil && !errors.Is(err, io.EOF) {
		l.err = err
	}
	return sumRight, errors.Is(err, io.EOF)
}
