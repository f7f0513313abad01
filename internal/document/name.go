package document

import (
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxName is the longest name, in characters.
const maxName = 120

func (t Type) extensions() []string {
	if t == JPEG {
		return []string{".jpg", ".jpeg"}
	}
	return []string{"." + string(t)}
}

// SafeName is a name that a file of a type can be saved under anywhere: the
// last part of a path, without what moves the cursor, names a device or means
// something to a shell, and ending as the type does.
func SafeName(name string, t Type) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, ""), `\`, "/"))
	name = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case unicode.IsControl(c) || unicode.In(c, unicode.Cf, unicode.Co, unicode.Cs):
			return -1
		case strings.ContainsRune(`<>:"/\|?*%`+"`$;", c):
			return '-'
		}
		return c
	}, name)
	ends := t.extensions()
	low := strings.ToLower(name)
	stem, end := name, ends[0]
	for _, e := range ends {
		if strings.HasSuffix(low, e) && len(low) == len(name) {
			stem, end = name[:len(name)-len(e)], e
		}
	}
	stem = strings.Trim(strings.Join(strings.Fields(stem), " "), ". -")
	if c := []rune(stem); len(c) > maxName-len(end)-len("fil-") {
		stem = strings.TrimRight(string(c[:maxName-len(end)-len("fil-")]), ". -")
	}
	device, _, _ := strings.Cut(strings.ToLower(stem), ".")
	if slices.Contains([]string{"con", "prn", "aux", "nul"}, device) ||
		(len(device) == 4 && (strings.HasPrefix(device, "com") || strings.HasPrefix(device, "lpt"))) {
		stem = "fil-" + stem
	}
	if stem == "" {
		stem = "bilag"
	}
	return stem + end
}

// Serve gives a document to a browser that saves it and opens nothing, and
// keeps it out of every cache. An error after the first byte breaks the
// connection, so that half a file does not pass for a whole one.
func Serve(w http.ResponseWriter, d Document, c *Content) error {
	h := w.Header()
	h.Set("Content-Type", d.Type.ContentType())
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "no-store")
	if _, err := io.Copy(w, io.NewSectionReader(c, 0, c.Size())); err != nil {
		return fmt.Errorf("document.Serve(%s): %w", d.ID, err)
	}
	return nil
}
