package page

import (
	"bytes"
	"encoding/json"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/sheet"
)

// Shell is what every page has around it. A page's struct embeds it.
type Shell struct {
	Words
	Screen      string
	Title       string
	Header      fds.Header
	Crumbs      fds.Crumbs
	Notes       []fds.Alert
	Now         time.Time
	Address     string // for the printed page
	Help        string // address of the guide about the page; empty for who is not logged in
	Refresh     int    // seconds between refreshes of what is marked so; 0: none
	SessionEnds string // RFC 3339, empty when nobody is logged in
	SessionLast string // when it ends whatever is done, likewise
	CoverAfter  int    // seconds until the page is covered when it is left unattended; 0: never
	Styles      []string
	Scripts     []string
	static      *static
}

// Asset is the address of a built file.
func (s *Shell) Asset(name string) string { return s.static.address(name) }

func (s *Shell) shell() *Shell { return s }

// Page is a screen's typed data.
type Page interface{ shell() *Shell }

// Note says something above a page.
func Note(p Page, a fds.Alert) { p.shell().Notes = append(p.shell().Notes, a) }

// Template is a parsed template.
type Template = *template.Template

// templates are the parsed templates by screen.
type templates map[string]Template

// readTemplates parses the shell and the design system's partials with each
// screen's own template.
func readTemplates(files fs.FS, s *static) (templates, error) {
	base := template.New("").Funcs(fds.Funcs(s.address("dkfds/img/all-svg-icons.svg")))
	base, err := fds.Add(base)
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	if base, err = base.ParseFS(files, "shell/*.tmpl"); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	names, err := fs.Glob(files, "pages/*/page.tmpl")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	out := templates{}
	for _, name := range names {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(files, name)
		}
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
		out[path.Base(path.Dir(name))] = t
	}
	return out, nil
}

// NewShell is the shell of a page for this visit. crumbs lead to the page;
// the title ends them.
func (v *Visit) NewShell(screen, title string, crumbs ...fds.Link) Shell {
	s := Shell{Words: v.Words, Screen: screen, Title: title, Now: v.Now, static: v.Site.static}
	s.Address = strings.TrimRight(v.Site.BaseURL, "/")
	if !v.Route.Secret {
		s.Address += v.R.URL.Path
	}
	for _, f := range []struct {
		list *[]string
		name string
	}{{&s.Styles, "pages/" + screen + ".css"}, {&s.Scripts, "pages/" + screen + ".js"}} {
		if v.Site.static.has(f.name) {
			*f.list = append(*f.list, v.Site.static.address(f.name))
		}
	}
	if v.Person.ID != "" {
		s.Help = Guide(v.R.URL.Path)
	}
	if !v.Session.Ends.IsZero() {
		s.SessionEnds = v.Session.Ends.UTC().Format(time.RFC3339)
		s.SessionLast = v.Session.Last.UTC().Format(time.RFC3339)
	}
	if len(crumbs) > 0 {
		s.Crumbs = fds.Crumbs{Label: v.T("crumbs"), Items: append(crumbs, fds.Link{Text: title})}
	}
	s.Header, s.CoverAfter = v.header(), v.covers()
	return s
}

// Show renders a page with a status.
func (v *Visit) Show(code int, pg Page) error { return v.Site.Render(v.W, code, v.Lang, pg) }

// Render writes a page whole or not at all.
func (p *Site) Render(w http.ResponseWriter, code int, lang Lang, pg Page) error {
	s := pg.shell()
	t, ok := p.pages[s.Screen]
	if !ok {
		return fault.New(fault.Internal, "", "no template for screen %q", s.Screen)
	}
	var b bytes.Buffer // whole or not at all
	if err := t.ExecuteTemplate(&b, "shell", pg); err != nil {
		return fault.As(fault.Internal, "", err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Language", string(lang))
	w.WriteHeader(code)
	if _, err := w.Write(visible(b.Bytes())); err != nil {
		p.Log.Debug("page not sent", "err", err)
	}
	return nil
}

// visible takes out of a page, in place, what is no sign: characters that
// steer a terminal, and those that turn the direction of what follows, by which
// a name can be made to look like another.
func visible(page []byte) []byte {
	out := page[:0]
	for i := 0; i < len(page); i++ {
		c := page[i]
		switch {
		case c < ' ' && c != '\n' && c != '\t' && c != '\r' || c == 0x7f:
			continue
		case c == 0xe2 && i+2 < len(page) && turns(page[i+1], page[i+2]):
			i += 2
			continue
		}
		out = append(out, c)
	}
	return out
}

// turns reports whether U+2000 and more, as UTF-8 without its first byte, is
// one of U+202A to U+202E and U+2066 to U+2069.
func turns(b, c byte) bool {
	return b == 0x80 && c >= 0xaa && c <= 0xae || b == 0x81 && c >= 0xa6 && c <= 0xa9
}

// JSON answers a program.
func (v *Visit) JSON(code int, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	v.W.Header().Set("Content-Type", "application/json")
	v.W.WriteHeader(code)
	if _, err := v.W.Write(b); err != nil {
		v.Site.Log.Debug("answer not sent", "err", err)
	}
	return nil
}

// CSV sends rows of text for a Danish spreadsheet.
func (v *Visit) CSV(name string, rows [][]string) error {
	var b bytes.Buffer
	if err := sheet.CSV(&b, rows); err != nil {
		return err
	}
	return v.File(name, "text/csv; charset=utf-8", b.Bytes())
}

// Sheet sends a table as the file that its name ends with: .csv or .xlsx.
func (v *Visit) Sheet(name string, t sheet.Table) error {
	var b bytes.Buffer
	kind, write := "text/csv; charset=utf-8", t.CSV
	if path.Ext(name) == ".xlsx" {
		kind, write = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", t.XLSX
	}
	if err := write(&b); err != nil {
		return err
	}
	return v.File(name, kind, b.Bytes())
}

// File sends a file to be kept. kind is its media type.
func (v *Visit) File(name, kind string, data []byte) error {
	v.W.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	return v.Send(kind, data)
}

// Send answers with what a page holds that is no page: a drawing, a calendar.
func (v *Visit) Send(kind string, data []byte) error {
	h := v.W.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(data)))
	if _, err := v.W.Write(data); err != nil {
		v.Site.Log.Debug("file not sent", "err", err)
	}
	return nil
}

// WantsPage reports whether a person, not a script, asked.
func (v *Visit) WantsPage() bool { return wantsPage(v.R) }

func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") || r.Header.Get("Accept") == "" || r.Header.Get("Accept") == "*/*"
}
