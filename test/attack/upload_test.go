package attack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/req"
)

// file is one that is sent along.
type file struct {
	field, name, kind string
	body              []byte
}

const boundary = "graensen-mellem-to-dele"

// multi is a form with files as a browser, or somebody without one, writes it:
// names stand in it as they are given.
func multi(in url.Values, f *file) (body []byte, kind string) {
	var b bytes.Buffer
	for name, values := range in {
		for _, v := range values {
			fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", boundary, name, v)
		}
	}
	if f != nil {
		fmt.Fprintf(&b, "--%s\r\nContent-Disposition: form-data; name=%q; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n", boundary, f.field, f.name, f.kind)
		b.Write(f.body)
		b.WriteString("\r\n")
	}
	fmt.Fprintf(&b, "--%s--\r\n", boundary)
	return b.Bytes(), "multipart/form-data; boundary=" + boundary
}

// with gives a request another body.
func with(r *http.Request, body []byte, kind string) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Type", kind)
}

// hostile are files that are something else than they say, or too much of it.
func hostile(t *testing.T) []file {
	t.Helper()
	script := `<script>xss(1)</script><xss-1>`
	pdf := []byte(dossiertest.PDF)
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "../../../hemmelig.txt", "word/document.xml"} {
		w, err := z.Create(name)
		fatal(t, err)
		_, err = w.Write(bytes.Repeat([]byte("a"), 8<<20))
		fatal(t, err)
	}
	fatal(t, z.Close())
	wide := picture(t)
	copy(wide[16:], []byte{0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff}) // says that it is 65535 x 65535
	return []file{
		{name: "tegning.svg", kind: "image/svg+xml", body: []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="xss(1)"><script>xss(1)</script><foreignObject>` + script + `</foreignObject></svg>`)},
		{name: "tegning.png", kind: "image/png", body: []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="xss(1)"/>`)},
		{name: "side.html", kind: "text/html", body: []byte("<!doctype html><html>" + script)},
		{name: "side.pdf", kind: "application/pdf", body: []byte("<!doctype html><html>" + script)},
		{name: "side.txt", kind: "text/plain", body: []byte("<html>" + script)},
		{name: "begge.pdf", kind: "application/pdf", body: append([]byte("<html>"+script+"<!--\n"), pdf...)},
		{name: "aktiv.pdf", kind: "application/pdf", body: bytes.Replace(pdf, []byte("/Catalog"), []byte("/Catalog /OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), 1)},
		{name: "billede-og-zip.png", kind: "image/png", body: append(picture(t), bomb.Bytes()...)},
		{name: "bred.png", kind: "image/png", body: wide},
		{name: "bombe.docx", kind: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", body: bomb.Bytes()},
		{name: "ansoegning.xml", kind: "application/xml", body: []byte(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`)},
		{name: "program.exe", kind: "application/x-msdownload", body: []byte("MZ\x90\x00")},
		{name: "skal.php", kind: "application/x-php", body: []byte("<?php system($_GET['x']); ?>")},
		{name: "tom.pdf", kind: "application/pdf"},
	}
}

// What somebody sent in is either refused or drawn anew, and is given out as a
// file to be kept, which no browser takes for a page of ours.
func TestHostileUploads(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-10")
	s := newSite(t)
	places := 0
	for _, f := range s.forms(1, "alt", "it") {
		i := slices.IndexFunc(f.fields, func(x field) bool { return x.kind == "file" })
		if i < 0 {
			continue
		}
		places++
		for _, bad := range hostile(t) {
			bad.field = f.fields[i].name
			body, kind := multi(f.filled(plain), &bad)
			w := s.do(f.who, f.method, f.action, nil, func(r *http.Request) { with(r, body, kind) })
			s.harmless(f.to+" takes "+bad.name, w)
			if w.Code == http.StatusSeeOther && !strings.Contains(w.Header().Get("Location"), "afvist=") && bad.name != "side.txt" && bad.name != "billede-og-zip.png" { // the former is text, and pictures are drawn anew
				t.Errorf("%s takes %s: to %s", f.to, bad.name, w.Header().Get("Location"))
			}
		}
	}
	if places < 3 {
		t.Errorf("only %d places take files", places)
	}
	s.keepsWhatItSends()
}

// keepsWhatItSends walks all that was sent in and holds that it is given out as
// a file, and never as a page.
func (s *site) keepsWhatItSends() {
	s.t.Helper()
	at, seen, given := "/sager/"+s.things[home]["{sag}"], map[string]bool{}, 0
	for _, from := range []string{at, at + "/ansoegning/annexes", at + "/tegninger", at + "/tegninger/tegning-1", at + "/dagbog", "/steder/" + home + "-skole/plan"} {
		page := s.do("alt", "GET", from, nil).Body.String()
		links, _ := readPage(from, page)
		for _, t := range read(page) {
			for _, name := range []string{"src", "href", "data-picture", "xlink:href"} {
				links = append(links, resolve(from, t.attributes[name]))
			}
		}
		for _, to := range links {
			if !strings.Contains(to, "/bilag/") && !strings.Contains(to, "/billede/") || seen[to] {
				continue
			}
			seen[to] = true
			w := s.do("alt", "GET", to, nil)
			h := w.Header()
			if w.Code != http.StatusOK {
				continue
			}
			given++
			if isPage(w) || strings.Contains(h.Get("Content-Type"), "svg") || strings.Contains(h.Get("Content-Type"), "xml") && !strings.Contains(h.Get("Content-Type"), "officedocument") || h.Get("X-Content-Type-Options") != "nosniff" {
				s.t.Errorf("%s is given out as %q", to, h.Get("Content-Type"))
			}
			if strings.Contains(w.Body.String(), "hemmelig.txt") {
				s.t.Errorf("%s still holds what was hidden in it", to)
			}
			if strings.Contains(to, "/bilag/") && !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") {
				s.t.Errorf("%s is not a file to be kept: %q", to, h.Get("Content-Disposition"))
			}
		}
	}
	if given < 2 {
		s.t.Errorf("only %d files are given out", given)
	}
}

// A file's name reaches no path and begins no header.
func TestPathTricksInFileNames(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	o := s.things[home]
	_, p, err := s.rooms.Cases.Get(t.Context(), home, o["{sag}"])
	fatal(t, err)
	kind := ""
	for _, k := range p.Annexes {
		if k.Many {
			kind = k.ID
		}
	}
	long := strings.Repeat("å", 300)
	sent := 0
	for _, name := range []string{"../../../etc/passwd.pdf", `..\\..\\windows\\x.pdf`, "/abs/x.pdf", `C:\\x.pdf`, "CON.pdf", "a\x00b.pdf", "x\u202Efdp.exe", ".htaccess", "...", "", long + ".pdf", "navn\u0301.pdf", "a%2e%2e%2fb.pdf", "x.pdf.exe", `x\"; filename=\"y.html`, "x\r\nX-Injected: ja.pdf", "=cmd|' /C calc'!A0.pdf", "<xss-1>.pdf"} {
		body, multipart := multi(url.Values{"slags": {kind}, "tilbage": {"/sager/" + o["{sag}"]}}, &file{field: "fil", name: name, kind: "application/pdf", body: []byte(dossiertest.PDF)})
		w := s.do("alt", "POST", "/sager/"+o["{sag}"]+"/bilag", nil, func(r *http.Request) { with(r, body, multipart) })
		s.harmless("a file named "+name, w)
		if w.Code == http.StatusSeeOther {
			sent++
		}
	}
	all, err := s.rooms.Cases.DocumentsOf(t.Context(), home, o["{sag}"])
	fatal(t, err)
	if len(all) < 8 || sent < 10 {
		t.Errorf("%d files were sent and %d kept", sent, len(all))
	}
	for _, d := range all {
		if strings.ContainsAny(d.Name, "/\\:\"<>|\r\n\x00\u202e") || strings.HasPrefix(d.Name, ".") || len([]rune(d.Name)) > 120 || !strings.HasSuffix(d.Name, ".pdf") {
			t.Errorf("a file is named %q", d.Name)
		}
		w := s.do("alt", "GET", "/sager/"+o["{sag}"]+"/bilag/"+d.Document, nil)
		if v := w.Header().Values("Content-Disposition"); len(v) != 1 || !strings.HasPrefix(v[0], "attachment") || w.Header().Get("X-Injected") != "" {
			t.Errorf("%q is given out with %q", d.Name, v)
		}
	}
	fatal(t, filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !plainID.MatchString(d.Name()) {
			t.Errorf("a file lies at %s", path)
		}
		return err
	}))
	s.keepsWhatItSends()
}

var plainID = regexp.MustCompile(`^[0-9a-f]{32}$`)
