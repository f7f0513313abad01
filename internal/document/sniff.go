package document

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// Type is what a file is, by its content.
type Type string

// The types that are taken.
const (
	PDF  Type = "pdf"
	PNG  Type = "png"
	JPEG Type = "jpeg"
	DOCX Type = "docx"
	XLSX Type = "xlsx"
	ODT  Type = "odt"
	TXT  Type = "txt"
)

// Types lists them in the order in which they are shown.
func Types() []Type { return []Type{PDF, DOCX, ODT, XLSX, PNG, JPEG, TXT} }

// ContentType is the type as HTTP names it.
func (t Type) ContentType() string {
	switch t {
	case PDF:
		return "application/pdf"
	case PNG:
		return "image/png"
	case JPEG:
		return "image/jpeg"
	case DOCX:
		return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	case XLSX:
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	case ODT:
		return odtMime
	case TXT:
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

func (t Type) among(accept []Type) error {
	if len(accept) == 0 || slices.Contains(accept, t) {
		return nil
	}
	return fault.New(fault.Invalid, "document.type", "%s is not among %v", t, accept)
}

// Found is what a look into a file found.
type Found struct {
	Type   Type
	Placed bool // a picture that tells where it was taken
}

// edge is how much of a file's beginning and end is searched for what does
// not belong there.
const edge = 64 << 10

// Sniff says what a file of so many bytes is, by its content alone. Its
// errors are those of [Room.Add].
func Sniff(r io.ReaderAt, size int64) (Found, error) {
	if size == 0 {
		return Found{}, refuse("empty", "an empty file")
	}
	if size > MaxSize {
		return Found{}, refuse("size", "%d bytes", size)
	}
	head, err := part(r, 0, min(size, edge))
	if err != nil {
		return Found{}, err
	}
	tail, err := part(r, max(0, size-edge), min(size, edge))
	if err != nil {
		return Found{}, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return Found{Type: PDF}, sniffPDF(r, size, head, tail)
	case bytes.HasPrefix(head, []byte(pngMagic)):
		placed, err := sniffPNG(r, size)
		return Found{PNG, placed}, errors.Join(err, double(head, tail))
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		placed, err := sniffJPEG(r, size)
		return Found{JPEG, placed}, errors.Join(err, double(head, tail))
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		t, err := sniffZip(r, size, tail)
		return Found{Type: t}, err
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}):
		// An old Office file, or a new one behind a password: the directory
		// of the latter names its stream in UTF-16.
		if locked, err := holds(r, size, utf16("EncryptedPackage")); err != nil || locked {
			return Found{}, errors.Join(err, refuse("password", "an Office file behind a password"))
		}
		return Found{}, refuse("type", "an Office file from before 2007")
	}
	return Found{Type: TXT}, sniffText(r, size)
}

func refuse(why, format string, args ...any) error {
	return fault.New(fault.Invalid, "document."+why, format, args...)
}

// part reads a piece whole.
func part(r io.ReaderAt, at, n int64) ([]byte, error) {
	b := make([]byte, n)
	if m, err := r.ReadAt(b, at); int64(m) < n {
		return nil, unread(err)
	}
	return b, nil
}

// unread is an error of reading: our own disk's stays what it is.
func unread(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse("broken", "the file ends too early")
	}
	return err
}

// each gives f the file piece by piece, each with the last bytes of the one
// before in front, until f says that it is enough.
func each(r io.ReaderAt, size int64, overlap int, f func(piece []byte) (enough bool, err error)) error {
	buf := make([]byte, overlap+chunkSize)
	carried := 0
	for at := int64(0); at < size; {
		n := min(size-at, chunkSize)
		if m, err := r.ReadAt(buf[carried:carried+int(n)], at); int64(m) < n {
			return unread(err)
		}
		piece := buf[:carried+int(n)]
		if enough, err := f(piece); enough || err != nil {
			return err
		}
		at += n
		keep := min(overlap, len(piece))
		copy(buf, piece[len(piece)-keep:])
		carried = keep
	}
	return nil
}

// holds says whether any of some words stands anywhere in a file.
func holds(r io.ReaderAt, size int64, words ...[]byte) (found bool, err error) {
	err = each(r, size, 64, func(piece []byte) (bool, error) {
		for _, w := range words {
			if bytes.Contains(piece, w) {
				found = true
			}
		}
		return found, nil
	})
	return found, err
}

func utf16(s string) []byte {
	var out []byte
	for _, c := range []byte(s) {
		out = append(out, c, 0)
	}
	return out
}

// markup is how a browser knows a page.
func markup() []string {
	return []string{"<!doctype", "<html", "<head", "<body", "<script", "<svg", "<iframe", "<object", "<embed", "<?php", "<?xml"}
}

func isMarkup(b []byte) bool {
	low := bytes.ToLower(b)
	return slices.ContainsFunc(markup(), func(m string) bool { return bytes.Contains(low, []byte(m)) })
}

// double refuses a file that something else can be read out of: a page at its
// beginning, an archive at its end.
func double(head, tail []byte) error {
	if isMarkup(head[:min(len(head), 1024)]) {
		return refuse("double", "it begins like a web page")
	}
	if _, ok := endOfZip(tail); ok {
		return refuse("double", "an archive stands behind it")
	}
	return nil
}

func sniffPDF(r io.ReaderAt, size int64, head, tail []byte) error {
	if err := double(head, tail); err != nil {
		return err
	}
	if !bytes.Contains(tail[max(0, len(tail)-2048):], []byte("%%EOF")) {
		return refuse("broken", "a PDF without its end")
	}
	// A file behind a password says so in its trailer: at the end, or at the
	// beginning of one made for the web.
	for _, edge := range [][]byte{head[:min(len(head), 4096)], tail[max(0, len(tail)-8192):]} {
		if bytes.Contains(edge, []byte("/Encrypt")) {
			return refuse("password", "a PDF that is encrypted")
		}
	}
	active, err := holds(r, size, []byte("/JavaScript"), []byte("/Launch"), []byte("/RichMedia"))
	if err != nil {
		return err
	}
	if active {
		return refuse("active", "a PDF that runs something")
	}
	return nil
}

// sniffText takes UTF-8 with nothing in it but what is read.
func sniffText(r io.ReaderAt, size int64) error {
	first := true
	var rest []byte
	err := each(r, size, 16, func(piece []byte) (bool, error) {
		if isMarkup(piece) {
			return true, refuse("double", "a web page")
		}
		if first {
			if bytes.HasPrefix(piece, []byte("#!")) {
				return true, refuse("type", "a program")
			}
			piece = bytes.TrimPrefix(piece, []byte("\ufeff"))
		} else {
			piece = piece[16:] // seen before, but for what rest holds
		}
		first = false
		b := append(rest, piece...)
		for len(b) > 0 {
			c, n := utf8.DecodeRune(b)
			if c == utf8.RuneError && n == 1 {
				if !utf8.FullRune(b) {
					break // goes on in the next piece
				}
				return true, refuse("type", "not text in UTF-8")
			}
			if c < ' ' && !strings.ContainsRune("\t\n\r\f", c) || c == 0x7f {
				return true, refuse("type", "not text: it has control characters")
			}
			b = b[n:]
		}
		rest = bytes.Clone(b)
		return false, nil
	})
	if err == nil && len(rest) > 0 {
		err = refuse("type", "not text in UTF-8")
	}
	return err
}
