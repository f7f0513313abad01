package watch

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/portal/page"
)

func timeOf(micros int64) time.Time { return db.Time(micros) }

func accesslogTime(p *accesslog.Place) time.Time { return db.Time(p.At) }

// use is one use whole: what the row says, what the ledger's entry says, and
// what it is proved by.
func (p *Screens) use(v *visit) error {
	n, err := strconv.ParseInt(v.R.PathValue("nr"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "page.unknown", "no use %q", v.R.PathValue("nr"))
	}
	u, err := p.Accesslog().Use(v.Ctx, v.Person.Controller, n)
	if err != nil {
		return fault.New(fault.NotFound, "page.unknown", "no use %d", n)
	}
	e, err := p.Accesslog().Entry(v.Ctx, n)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.usePage(u, e, v.UseWords()))
}

func (v *visit) usePage(u accesslog.Use, e ledger.Entry, w page.UseWords) *page.Record {
	r := w.Row(u)
	pg := v.NewRecord(v.T("use.title", v.Number(u.Index)), "", fds.Link{Href: logPath, Text: v.T("log.title")})
	pg.Badge = &r.Badge
	list := fds.StructuredList{Caption: v.T("use.facts")}
	add := func(key, text string) {
		if text != "" {
			list.Rows = append(list.Rows, fds.Row{Term: v.T("uses.column." + key), Text: text})
		}
	}
	add("time", r.Time)
	add("who", r.Who)
	add("id", u.Person)
	add("about", u.About)
	add("kind", r.Kind)
	add("what", r.What)
	add("place", placeOf(u, w))
	var cameras []string
	for _, id := range u.Cameras.List() {
		cameras = append(cameras, w.Camera(id))
	}
	add("camera", strings.Join(cameras, ", "))
	add("since", r.Minutes)
	add("matter", u.Matter)
	add("why", v.Why(u))
	add("refused", r.Refused)
	add("from", u.Address)
	add("terms", u.Terms)
	pg.Add(page.Section{ID: "opslag", Heading: v.T("use.facts"), List: &list})
	proof := fds.StructuredList{Caption: v.T("use.entry"), Rows: []fds.Row{
		{Term: v.T("uses.column.index"), Text: v.Number(u.Index)}, {Term: v.T("use.entry.kind"), Text: u.Entry},
		{Term: v.T("use.entry.commitment"), Text: hex.EncodeToString(e.Commit)}}}
	if !e.Expired {
		proof.Rows = append(proof.Rows, fds.Row{Term: v.T("use.entry.body"), Text: accesslog.Clean(string(e.Body), 4000)})
	}
	pg.Add(page.Section{ID: "bevis", Heading: v.T("use.entry"), Lead: v.T("use.entry.lead"), List: &proof})
	return pg
}

func placeOf(u accesslog.Use, w page.UseWords) string {
	if u.Place == "" {
		return ""
	}
	return w.Place(u.Place)
}

type ownPage struct {
	page.Shell
	Kind   fds.Field
	Button fds.Button
	Clear  string
	Uses   useTable
	Shown  string
	Empty  string
	Next   string
	First  string
}

const ownPath = "/min-konto/opslag"

// ownUses are the person's own.
func (p *Screens) ownUses(v *visit) error {
	in := v.R.URL.Query()
	q := accesslog.Query{Controller: v.Person.Controller, People: []string{v.Person.ID}, Kind: accesslog.Kind(in.Get("slags")), After: readPlace(in.Get("efter"))}
	if !slices.Contains(accesslog.Kinds(), q.Kind) {
		q.Kind = ""
	}
	found, err := p.Accesslog().Find(v.Ctx, q)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.ownPage(found, v.UseWords()))
}

func (v *visit) ownPage(found accesslog.Found, w page.UseWords) *ownPage {
	in := v.R.URL.Query()
	pg := &ownPage{Shell: v.NewShell("ownuses", v.T("own.title"), fds.Link{Href: "/min-konto", Text: v.T("account.title")}), Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")}}
	kinds := []fds.Choice{{Text: v.T("list.all")}}
	for _, k := range accesslog.Kinds() {
		kinds = append(kinds, fds.Choice{Value: string(k), Text: v.T("use.kind." + string(k)), On: string(k) == in.Get("slags")})
	}
	pg.Kind = v.Field(fds.Field{ID: "slags", Name: "slags", Type: "select", Choices: kinds, Optional: true}, "uses.slags")
	pg.Kind.OptionalText = ""
	pg.Uses = v.useTable(found.Uses, w, false)
	for i := range pg.Uses.Rows {
		pg.Uses.Rows[i].Href = ""
	}
	more := ownPath
	if in.Get("slags") != "" {
		pg.Clear, more = ownPath, ownPath+"?slags="+in.Get("slags")
	}
	if pg.Empty = ""; len(found.Uses) == 0 {
		pg.Empty = v.T("own.empty")
	} else {
		pg.Shown = v.N("uses.shown", int64(len(found.Uses)))
	}
	if found.Next != nil {
		join := "?"
		if strings.Contains(more, "?") {
			join = "&"
		}
		pg.Next = more + join + "efter=" + placeText(*found.Next)
	}
	if in.Get("efter") != "" {
		pg.First = more
	}
	return pg
}
