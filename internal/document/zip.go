package document

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Bounds of an Office file unpacked. A real one is far below.
const (
	maxEntries  = 5000
	maxUnpacked = 256 << 20
	maxGrowth   = 200 // times its size, beyond a megabyte
	odtMime     = "application/vnd.oasis.opendocument.text"
	docxMain    = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
	xlsxMain    = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
)

// endOfZip finds an archive's end record in the last bytes of a file, and
// says how many bytes stand after where it begins.
func endOfZip(tail []byte) (after int, ok bool) {
	for i := len(tail); ; {
		i = bytes.LastIndex(tail[:i], []byte("PK\x05\x06"))
		if i < 0 {
			return 0, false
		}
		if rest := tail[i:]; len(rest) >= 22 && int(binary.LittleEndian.Uint16(rest[20:])) <= len(rest)-22 {
			return len(rest), true
		}
	}
}

// sniffZip takes the Office formats, and unpacks all of them once to see that
// nothing grows.
func sniffZip(r io.ReaderAt, size int64, tail []byte) (Type, error) {
	after, ok := endOfZip(tail)
	if !ok {
		return "", refuse("broken", "an archive without its end")
	}
	if after != 22 {
		return "", refuse("double", "something stands behind the archive")
	}
	if n := binary.LittleEndian.Uint16(tail[len(tail)-12:]); n > maxEntries {
		return "", refuse("bomb", "%d files in one", n)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			return "", err
		}
		return "", refuse("broken", "an archive that does not open: %v", err)
	}
	if len(z.File) > maxEntries {
		return "", refuse("bomb", "%d files in one", len(z.File))
	}
	limit := min(maxUnpacked, max(1<<20, size*maxGrowth))
	var total uint64
	var kinds, manifest []byte
	var mime string
	for i, f := range z.File {
		if f.Flags&1 != 0 {
			return "", refuse("password", "%s is encrypted", f.Name)
		}
		if macro(f.Name) {
			return "", refuse("macro", "it has macros: %s", f.Name)
		}
		if strings.Contains(f.Name, `\`) || path.IsAbs(f.Name) || strings.HasPrefix(path.Clean(f.Name), "..") {
			return "", refuse("broken", "a file in it is called %q", f.Name)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > uint64(limit) || total > uint64(limit) {
			return "", refuse("bomb", "unpacked it is more than %d bytes", limit)
		}
		var keep *[]byte
		switch f.Name {
		case "[Content_Types].xml":
			keep = &kinds
		case "META-INF/manifest.xml":
			keep = &manifest
		}
		head, err := unpack(f, keep)
		if err != nil {
			return "", err
		}
		if i == 0 && f.Name == "mimetype" && f.Method == zip.Store {
			mime = string(head)
		}
	}
	return officeType(mime, kinds, manifest)
}

func officeType(mime string, kinds, manifest []byte) (Type, error) {
	switch {
	case mime == odtMime && bytes.Contains(manifest, []byte("encryption-data")):
		return "", refuse("password", "a text behind a password")
	case mime == odtMime:
		return ODT, nil
	case bytes.Contains(bytes.ToLower(kinds), []byte("macroenabled")):
		return "", refuse("macro", "it is made for macros")
	case bytes.Contains(kinds, []byte(docxMain)):
		return DOCX, nil
	case bytes.Contains(kinds, []byte(xlsxMain)):
		return XLSX, nil
	}
	return "", refuse("type", "an archive that is none of the Office formats")
}

// macro says whether a file in an archive is a program.
func macro(name string) bool {
	low := strings.ToLower(name)
	if strings.HasSuffix(low, "vbaproject.bin") || strings.HasSuffix(low, "vbadata.xml") {
		return true
	}
	for _, dir := range strings.Split(path.Dir(low), "/") {
		if dir == "macrosheets" || dir == "activex" || dir == "scripts" {
			return true
		}
	}
	// LibreOffice writes an empty library list into files without macros.
	return strings.HasPrefix(low, "basic/") && strings.Count(low, "/") > 1 && !strings.HasSuffix(low, "/script-lb.xml") && !strings.HasSuffix(low, "/")
}

// unpack reads a file of an archive to its end, which checks its size and sum,
// and gives back its first bytes; all of it, to a bound, if keep is there.
func unpack(f *zip.File, keep *[]byte) (head []byte, err error) {
	r, err := f.Open()
	if err != nil {
		return nil, broken(f.Name, err)
	}
	defer r.Close()
	bound := int64(128)
	if keep != nil {
		bound = 4 << 20
	}
	if head, err = io.ReadAll(io.LimitReader(r, bound)); err != nil {
		return nil, broken(f.Name, err)
	}
	// One byte more than it says it holds is a lie.
	rest := int64(min(f.UncompressedSize64, maxUnpacked)) - int64(len(head)) + 1
	switch _, err = io.CopyN(io.Discard, r, max(rest, 1)); {
	case err == nil:
		return nil, refuse("bomb", "%s holds more than it says", f.Name)
	case !errors.Is(err, io.EOF):
		return nil, broken(f.Name, err)
	}
	if keep != nil {
		*keep = head
	}
	return head, nil
}

func broken(name string, err error) error {
	if f := (*fault.Error)(nil); errors.As(err, &f) {
		return err
	}
	return refuse("broken", "%s in it: %v", name, err)
}
