package page

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"vidne.dk/vidne/web"
)

const staticPath = "/static/"

// static serves the built files. Their addresses hold the build, so that a
// browser may keep them for good and never shows an old script with a new
// page.
type static struct {
	files fs.FS
	build string
}

func newStatic(files fs.FS) *static {
	s := &static{files: files, build: "none"}
	if m, err := fs.ReadFile(files, "manifest.json"); err == nil {
		sum := sha256.Sum256(m)
		s.build = hex.EncodeToString(sum[:6])
	}
	return s
}

func (s *static) address(name string) string { return staticPath + s.build + "/" + name }

func (s *static) has(name string) bool {
	_, err := fs.Stat(s.files, name)
	return err == nil
}

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	build, name, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPath), "/")
	data, err := fs.ReadFile(s.files, name)
	if name == "icon.svg" {
		data, err = web.Icon(), nil
	}
	if !ok || err != nil || path.Base(name) == ".gitkeep" {
		http.NotFound(w, r)
		return
	}
	if build == s.build && build != "none" {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) {
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".woff2":
		kind = "font/woff2"
	case ".svg":
		kind = "image/svg+xml"
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(data) // the browser went away
}
