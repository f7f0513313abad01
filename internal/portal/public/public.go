// Package public is what anybody sees without logging in: the page of a location
// that a sign leads to, the same for children, the register of all of them, and
// two forms: to use one's rights, and to say that something is wrong (H 6).
//
// What it promises: a page is made of what was published last and asks neither
// the database nor the engine; it sets no cookie, needs no script and fetches
// nothing from others; it reads in every language of internal/notice, and is
// small.
//
// What it refuses: to ask for a civil registration number, or who it is that
// reports a torn sign; more forms from one address than people send.
package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/edge"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/request"
)

//go:embed *.tmpl style.css
var files embed.FS

// Path is where pages lie, and Register where they are listed.
const (
	Path     = "/s/"
	Register = "/overvaagning"
	sheet    = "/s/stil.css"
)

// forms is how many forms one address sends in an hour.
const forms = 10

// Screens are the public pages.
type Screens struct {
	*page.Site
	Notices  *notice.Room
	Requests *request.Room

	templates *template.Template
	style     made
	often     *edge.Buckets
	kept      sync.Map // made by the page that it was made from, language and sort
}

// made is an answer as it is sent.
type made struct {
	plain, zipped []byte
	tag           string
	of            *notice.Page // nil: of all
	count         int          // of all
	at            time.Time    // of all: the newest
}

// New reads the templates.
func New(site *page.Site, notices *notice.Room, requests *request.Room) (*Screens, error) {
	t, err := template.New("").ParseFS(files, "*.tmpl")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	css, err := files.ReadFile("style.css")
	if err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	return &Screens{Site: site, Notices: notices, Requests: requests, templates: t, style: ready(css), often: edge.NewBuckets(edge.Rate{Burst: forms, Within: time.Hour}, site.Clock)}, nil
}

// Stories are none: a page that is not the staff's stands in none of their
// shells. The browser stories read the pages themselves.
func (*Screens) Stories() []page.Story { return nil }

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	at := func(pattern string, handle func(*page.Visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Public, Handle: handle, Unasked: true}
	}
	const one = "/s/{kode}"
	return []page.Route{
		at("GET "+Register, p.register),
		at("GET "+sheet, p.sheet),
		at("GET "+one, p.shown("page")),
		at("GET "+one+"/boern", p.shown("child")),
		at("GET "+one+"/anmod", p.form(asks)),
		at("POST "+one+"/anmod", p.form(asks)),
		at("GET "+one+"/meld", p.form(reports)),
		at("POST "+one+"/meld", p.form(reports)),
	}
}

// view is what a template gets.
type view struct {
	*notice.Words
	Page      *notice.Page
	All       []*notice.Page
	Map       *chart // of All; nil: none has a position
	Here      string // the address without its language
	Style     string
	Languages []language
	Form      *form
	Now       time.Time
	Register  string
}

type language struct{ Lang, Name, Href string }

// Href is another page in the language of this one.
func (v *view) Href(path string) string { return path + "?sprog=" + v.Lang }

// Home is the address of the page.
func (v *view) Home() string { return Path + v.Page.Code }

// Local is the day of a moment, in words.
func (v *view) Local(t time.Time) string { return v.Date(t.In(clock.Denmark())) }

func (p *Screens) view(v *page.Visit, of *notice.Page) *view {
	w := notice.In(spoken(v.R))
	out := &view{Words: w, Page: of, Here: v.R.URL.Path, Style: sheet + "?v=" + p.style.tag, Now: v.Now, Register: Register}
	for _, l := range notice.Languages() {
		out.Languages = append(out.Languages, language{l, notice.In(l).T("name"), out.Here + "?sprog=" + l})
	}
	return out
}

// spoken is the language that was chosen, else the first that the browser asks
// for and there is, else Danish.
func spoken(r *http.Request) string {
	if l := r.URL.Query().Get("sprog"); slices.Contains(notice.Languages(), l) {
		return l
	}
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		tag, _, _ = strings.Cut(strings.ToLower(tag), "-")
		if slices.Contains(notice.Languages(), tag) {
			return tag
		}
	}
	return notice.Languages()[0]
}

// find is the page of a code; typed otherwise than it is written it leads on.
func (p *Screens) find(v *page.Visit) (of *notice.Page, done bool, err error) {
	code := v.R.PathValue("kode")
	if of, ok := p.Notices.Page(code); ok {
		return of, false, nil
	}
	plain := strings.NewReplacer("-", "", " ", "").Replace(strings.ToLower(code))
	if of, ok := p.Notices.Page(plain); ok {
		return nil, true, v.See(Path + of.Code)
	}
	return nil, true, p.list(v, http.StatusNotFound)
}

// shown answers with a page that follows from what is published alone. It is
// made once.
func (p *Screens) shown(name string) func(*page.Visit) error {
	return func(v *page.Visit) error {
		of, done, err := p.find(v)
		if done {
			return err
		}
		key := of.Code + " " + spoken(v.R) + " " + name
		if m := p.had(key); m != nil && m.of == of {
			return m.send(v, http.StatusOK)
		}
		m, err := p.make(name, p.view(v, of))
		if err != nil {
			return err
		}
		m.of = of
		p.kept.Store(key, m)
		return m.send(v, http.StatusOK)
	}
}

// had is what was made before under a key; nil: nothing.
func (p *Screens) had(key string) *made {
	if x, ok := p.kept.Load(key); ok {
		if m, is := x.(*made); is {
			return m
		}
	}
	return nil
}

func (p *Screens) register(v *page.Visit) error { return p.list(v, http.StatusOK) }

// list is all pages; whoever brings a code that there is not finds theirs here.
func (p *Screens) list(v *page.Visit, code int) error {
	all := p.Notices.All()
	var at time.Time
	for _, of := range all {
		if of.Published.After(at) {
			at = of.Published
		}
	}
	key := Register + " " + spoken(v.R)
	if m := p.had(key); m != nil && m.count == len(all) && m.at.Equal(at) {
		return m.send(v, code)
	}
	w := p.view(v, nil)
	w.Here, w.All = Register, slices.DeleteFunc(slices.Clone(all), func(of *notice.Page) bool { return of.Ended || of.Cameras == 0 })
	w.Map = draw(w.All)
	for i := range w.Languages {
		w.Languages[i].Href = Register + "?sprog=" + w.Languages[i].Lang
	}
	m, err := p.make("register", w)
	if err != nil {
		return err
	}
	m.count, m.at = len(all), at
	p.kept.Store(key, m)
	return m.send(v, code)
}

func (p *Screens) make(name string, w *view) (*made, error) {
	var b bytes.Buffer
	if err := p.templates.ExecuteTemplate(&b, name, w); err != nil {
		return nil, fault.As(fault.Internal, "", err)
	}
	m := ready(b.Bytes())
	return &m, nil
}

// ready is bytes as they are sent, packed and with their tag.
func ready(plain []byte) made {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // a level that there is
	_, _ = z.Write(plain)                                 // into memory
	_ = z.Close()
	sum := sha256.Sum256(plain)
	return made{plain: plain, zipped: b.Bytes(), tag: hex.EncodeToString(sum[:8])}
}

// send answers with what was made, or with less when the browser has it.
func (m *made) send(v *page.Visit, code int) error {
	h := v.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", spoken(v.R))
	h.Set("Vary", "Accept-Encoding, Accept-Language")
	h.Set("Cache-Control", "no-cache")
	return m.write(v, code)
}

func (m *made) write(v *page.Visit, code int) error {
	h := v.W.Header()
	tag := `"` + m.tag + `"`
	h.Set("ETag", tag)
	if code == http.StatusOK && v.R.Header.Get("If-None-Match") == tag {
		v.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	body := m.plain
	if strings.Contains(v.R.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = m.zipped
	}
	v.W.WriteHeader(code)
	if _, err := v.W.Write(body); err != nil {
		v.Site.Log.Debug("page not sent", "err", err)
	}
	return nil
}

func (p *Screens) sheet(v *page.Visit) error {
	h := v.W.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	return p.style.write(v, http.StatusOK)
}
