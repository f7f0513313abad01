package portal

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
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
	Refresh     int    // seconds between refreshes of what is marked so; 0: none
	SessionEnds string // RFC 3339, empty when nobody is logged in
	Styles      []string
	Scripts     []string
	static      *static
}

// Asset is the address of a built file.
func (s *Shell) Asset(name string) string { return s.static.address(name) }

func (s *Shell) shell() *Shell { return s }

// page is a screen's typed data.
type page interface{ shell() *Shell }

// pages are the parsed templates by screen.
type pages map[string]*template.Template

// readPages parses the shell and the design system's partials with each
// screen's own template.
func readPages(files fs.FS, s *static) (pages, error) {
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
	out := pages{}
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

// newShell is the shell of a page for this visit. crumbs lead to the page;
// the title ends them.
func (v *visit) newShell(screen, title string, crumbs ...fds.Link) Shell {
	s := Shell{Words: v.Words, Screen: screen, Title: title, Now: v.now, static: v.p.static}
	s.Address = strings.TrimRight(v.p.BaseURL, "/") + v.r.URL.Path
	for _, f := range []struct {
		list *[]string
		name string
	}{{&s.Styles, "pages/" + screen + ".css"}, {&s.Scripts, "pages/" + screen + ".js"}} {
		if v.p.static.has(f.name) {
			*f.list = append(*f.list, v.p.static.address(f.name))
		}
	}
	if !v.session.Ends.IsZero() {
		s.SessionEnds = v.session.Ends.UTC().Format(time.RFC3339)
	}
	if len(crumbs) > 0 {
		s.Crumbs = fds.Crumbs{Label: v.T("crumbs"), Items: append(crumbs, fds.Link{Text: title})}
	}
	s.Header = v.header()
	return s
}

// show renders a page with a status.
func (v *visit) show(code int, pg page) error { return v.p.render(v.w, code, v.Lang, pg) }

func (p *Portal) render(w http.ResponseWriter, code int, lang Lang, pg page) error {
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
	if _, err := b.WriteTo(w); err != nil {
		p.Log.Debug("page not sent", "err", err)
	}
	return nil
}

func (v *visit) json(code int, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(code)
	if _, err := v.w.Write(b); err != nil {
		v.p.Log.Debug("answer not sent", "err", err)
	}
	return nil
}

// csv sends a table for a Danish spreadsheet: semicolons, and a byte order
// mark so that æ, ø and å are read right. A cell that a spreadsheet would take
// for a formula is made text.
func (v *visit) csv(name string, rows [][]string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	w.Comma, w.UseCRLF = ';', true
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = cell
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				safe[i] = "'" + cell
			}
		}
		if err := w.Write(safe); err != nil {
			return fault.As(fault.Internal, "", err)
		}
	}
	w.Flush()
	v.w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if _, err := b.WriteTo(v.w); err != nil {
		v.p.Log.Debug("table not sent", "err", err)
	}
	return nil
}

// wantsPage reports whether a person, not a script, asked.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") || r.Header.Get("Accept") == "" || r.Header.Get("Accept") == "*/*"
}
