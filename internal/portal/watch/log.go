package watch

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sheet"
)

// useTable is uses as a table.
type useTable struct {
	page.Words
	Table   fds.Table
	Rows    []page.UseRow
	WithWho bool
}

// WhatTitle, WhyTitle and FromTitle are the columns' names for phones.
func (t useTable) WhatTitle() string { return t.T("uses.column.what") }

// WhyTitle is the column of reasons.
func (t useTable) WhyTitle() string { return t.T("uses.column.why") }

// FromTitle is the column of addresses.
func (t useTable) FromTitle() string { return t.T("uses.column.from") }

type logPage struct {
	page.Shell
	Tabs   fds.Tabs
	Fields []fds.Field
	Button fds.Button
	Clear  string
	Uses   useTable
	Shown  string
	Empty  string
	Next   string // address of the next page
	First  string // address of the first, on a later one
	CSV    string
	XLSX   string
	Links  []fds.Link
}

const (
	logPath = "/tilsyn/log"
	// fewChoices is how many people, cameras or places are offered as a list;
	// where there are more, one writes a part of the name.
	fewChoices = 40
	// mostFile is how many uses a file holds.
	mostFile = 20_000
)

// choices are what the log can be filtered by, of one controller.
type choices struct {
	people          []accesslog.Person
	cameras         []register.Camera
	places          []register.LocationFound
	manyPeople      bool
	manyCams, manyP bool
}

func (p *Screens) choices(v *visit) (c choices, err error) {
	if c.people, err = p.Accesslog().People(v.Ctx, v.Person.Controller, "", fewChoices+1); err != nil {
		return c, err
	}
	c.manyPeople = len(c.people) > fewChoices
	if c.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Removed: true, Brief: true, Limit: fewChoices + 1}); err != nil {
		return c, err
	}
	c.manyCams = len(c.cameras) > fewChoices
	c.places, _, err = p.Register.FindLocations(v.Ctx, register.LocationQuery{Controller: v.Person.Controller, Shut: true, Page: register.Page{Limit: fewChoices + 1}})
	c.manyP = len(c.places) > fewChoices
	return c, err
}

// logPage is the log of who looked. What was chosen stands in the address.
func (p *Screens) logPage(v *visit) error {
	q, err := p.useQuery(v)
	if err != nil {
		return err
	}
	if format := v.R.URL.Query().Get("format"); format == "csv" || format == "xlsx" {
		return p.logFile(v, q, format)
	}
	found, err := p.Accesslog().Find(v.Ctx, q)
	if err != nil {
		return err
	}
	c, err := p.choices(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.logPage(c, found, v.UseWords()))
}

// useQuery is what the address asks for.
func (p *Screens) useQuery(v *visit) (q accesslog.Query, err error) {
	in := v.R.URL.Query()
	q = accesslog.Query{Controller: v.Person.Controller, Kind: accesslog.Kind(in.Get("slags")), Refused: in.Get("udfald") == "afvist",
		Matter: strings.TrimSpace(in.Get("sag")), Text: strings.TrimSpace(in.Get("q")), After: readPlace(in.Get("efter"))}
	if !slices.Contains(accesslog.Kinds(), q.Kind) {
		q.Kind = ""
	}
	if t, err := page.LocalTime(in.Get("fra"), "00:00"); err == nil {
		q.From = t
	}
	if t, err := page.LocalTime(in.Get("til"), "00:00"); err == nil {
		q.To = t.In(page.Zone()).AddDate(0, 0, 1).UTC()
	}
	if text := strings.TrimSpace(in.Get("hvem")); text != "" {
		people, err := p.Accesslog().People(v.Ctx, q.Controller, text, accesslog.MostPeople)
		if err != nil {
			return q, err
		}
		q.People = []string{text} // an id of somebody whose name is gone, or of nobody
		if len(people) > 0 {
			q.People = nil
		}
		for _, x := range people {
			q.People = append(q.People, x.Person)
		}
	}
	if q.Cameras, err = p.camerasNamed(v, in.Get("kamera")); err != nil {
		return q, err
	}
	q.Places, err = p.placesNamed(v, in.Get("sted"))
	return q, err
}

// camerasNamed are the cameras that a text means: the one with that id, or
// those that have it in their name.
func (p *Screens) camerasNamed(v *visit, text string) (ids []string, err error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	if _, err := p.Register.Camera(v.Ctx, v.Person.Controller, text); err == nil {
		return []string{text}, nil
	}
	list, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Text: text, Removed: true, Brief: true, Limit: accesslog.MostPeople})
	for _, c := range list {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		ids = []string{text}
	}
	return ids, err
}

func (p *Screens) placesNamed(v *visit, text string) (ids []string, err error) {
	if text = strings.TrimSpace(text); text == "" {
		return nil, nil
	}
	if _, err := p.Register.Location(v.Ctx, v.Person.Controller, text); err == nil {
		return []string{text}, nil
	}
	list, _, err := p.Register.FindLocations(v.Ctx, register.LocationQuery{Controller: v.Person.Controller, Text: text, Shut: true, Page: register.Page{Limit: accesslog.MostPeople}})
	for _, l := range list {
		ids = append(ids, l.ID)
	}
	if len(ids) == 0 {
		ids = []string{text}
	}
	return ids, err
}

// readPlace reads where a page begins; what is no place is the beginning.
func readPlace(s string) (at accesslog.Place) {
	a, b, _ := strings.Cut(s, ".")
	t, err1 := strconv.ParseInt(a, 10, 64)
	i, err2 := strconv.ParseInt(b, 10, 64)
	if err1 != nil || err2 != nil {
		return at
	}
	return accesslog.Place{At: t, Index: i}
}

func address(q url.Values, name, value string) string {
	out := url.Values{}
	for k, all := range q {
		if k != "efter" && k != "format" && len(all) > 0 && all[0] != "" {
			out.Set(k, all[0])
		}
	}
	if value != "" {
		out.Set(name, value)
	}
	if len(out) == 0 {
		return logPath
	}
	return logPath + "?" + out.Encode()
}

// logPage puts the page together.
func (v *visit) logPage(c choices, found accesslog.Found, w page.UseWords) *logPage {
	q := v.R.URL.Query()
	pg := &logPage{Shell: v.NewShell("log", v.T("log.title")), Tabs: v.Fronts(page.Oversight), Button: fds.Button{Kind: "secondary", Text: v.T("filter.button")},
		CSV: address(q, "format", "csv"), XLSX: address(q, "format", "xlsx")}
	pg.Fields = v.logFields(c, q)
	for k := range q {
		if k != "efter" && q.Get(k) != "" {
			pg.Clear = logPath
		}
	}
	pg.Uses = v.useTable(found.Uses, w, true)
	switch {
	case found.Short:
		edge := v.DateTime(accesslogTime(found.Next))
		pg.Shown, pg.Next = v.N("uses.shown.short", int64(len(found.Uses)), edge), ""
		if len(found.Uses) == 0 {
			pg.Empty = v.T("uses.empty.short", edge)
		}
	case len(found.Uses) == 0:
		pg.Empty = v.T("uses.empty")
	default:
		pg.Shown = v.N("uses.shown", int64(len(found.Uses)))
	}
	if found.Next != nil {
		pg.Next = address(q, "efter", placeText(*found.Next))
	}
	if q.Get("efter") != "" {
		pg.First = address(q, "", "")
	}
	pg.Links = []fds.Link{
		{Href: logPath + "/udlever", Text: v.T("handover.link")}, {Href: logPath + "/indsigt", Text: v.T("insight.link")},
		{Href: logPath + "/frister", Text: v.T("keep.link")}, {Href: logPath + "/alt", Text: v.T("ledger.link")},
	}
	return pg
}

func placeText(p accesslog.Place) string {
	return strconv.FormatInt(p.At, 10) + "." + strconv.FormatInt(p.Index, 10)
}

func (v *visit) useTable(uses []accesslog.Use, w page.UseWords, who bool) useTable {
	t := useTable{Words: v.Words, WithWho: who, Table: fds.Table{Caption: v.T("uses.caption"), Columns: []fds.Column{{Text: v.T("uses.column.time")}}}}
	if who {
		t.Table.Columns = append(t.Table.Columns, fds.Column{Text: v.T("uses.column.who")})
	}
	t.Table.Columns = append(t.Table.Columns, fds.Column{Text: v.T("uses.column.what")}, fds.Column{Text: v.T("uses.column.why")}, fds.Column{Text: v.T("uses.column.from")})
	for _, u := range uses {
		t.Rows = append(t.Rows, w.Row(u))
	}
	return t
}

func (v *visit) logFields(c choices, q url.Values) []fds.Field {
	one := func(name, kind string, list []fds.Choice) fds.Field {
		f := fds.Field{ID: name, Name: name, Type: kind, Value: q.Get(name), MaxLength: 100, Optional: true}
		if list != nil {
			f.Type, f.Choices = "select", append([]fds.Choice{{Text: v.T("list.all")}}, list...)
			for i := range f.Choices {
				f.Choices[i].On = f.Choices[i].Value == q.Get(name)
			}
		}
		f = v.Field(f, "uses."+name)
		f.OptionalText = "" // all of them are
		return f
	}
	var people, cameras, places, kinds []fds.Choice
	if !c.manyPeople {
		for _, x := range c.people {
			people = append(people, fds.Choice{Value: x.Person, Text: x.Name})
		}
	}
	if !c.manyCams {
		for _, x := range c.cameras {
			cameras = append(cameras, fds.Choice{Value: x.ID, Text: x.Where + ": " + x.Name})
		}
	}
	if !c.manyP {
		for _, x := range c.places {
			places = append(places, fds.Choice{Value: x.ID, Text: x.Name})
		}
	}
	for _, k := range accesslog.Kinds() {
		kinds = append(kinds, fds.Choice{Value: string(k), Text: v.T("use.kind." + string(k))})
	}
	return []fds.Field{
		one("hvem", "search", people), one("kamera", "search", cameras), one("sted", "search", places), one("slags", "", kinds),
		one("udfald", "", []fds.Choice{{Value: "afvist", Text: v.T("use.refused")}}), one("sag", "search", nil), one("q", "search", nil), one("fra", "date", nil), one("til", "date", nil),
	}
}

// logFile is what was found as a file: the newest, and no more than a file
// holds.
func (p *Screens) logFile(v *visit, q accesslog.Query, format string) error {
	uses, err := p.Accesslog().Some(v.Ctx, q, mostFile)
	if err != nil {
		return err
	}
	return v.Sheet("adgangslog."+format, v.useSheet(uses, v.UseWords()))
}

// useSheet is uses as a table for a spreadsheet. The first column is the
// number of the ledger's entry.
func (v *visit) useSheet(uses []accesslog.Use, w page.UseWords) sheet.Table {
	t := sheet.Table{Name: v.T("log.title")}
	for _, c := range []string{"index", "time", "kind", "what", "who", "id", "about", "place", "camera", "since", "until", "matter", "why", "refused", "from", "terms"} {
		t.Head = append(t.Head, v.T("uses.column."+c))
	}
	for _, u := range uses {
		var names []string
		for _, id := range u.Cameras.List() {
			names = append(names, w.Camera(id))
		}
		place := ""
		if u.Place != "" {
			place = w.Place(u.Place)
		}
		local := func(at int64) sheet.Cell {
			if at == 0 {
				return sheet.Text("")
			}
			return sheet.Moment(timeOf(at).In(page.Zone()))
		}
		t.Rows = append(t.Rows, []sheet.Cell{sheet.Number(float64(u.Index), 0), sheet.Moment(u.At.In(page.Zone())), sheet.Text(v.T("use.kind." + string(u.Kind))), sheet.Text(w.What(u)),
			sheet.Text(u.Name), sheet.Text(u.Person), sheet.Text(u.About), sheet.Text(place), sheet.Text(strings.Join(names, ", ")), local(u.Since), local(u.Until),
			sheet.Text(u.Matter), sheet.Text(v.Why(u)), sheet.Text(v.Refusal(u)), sheet.Text(u.Address), sheet.Text(u.Terms)})
	}
	return t
}
