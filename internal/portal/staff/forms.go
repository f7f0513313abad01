package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/attach"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/staff"
)

func (v *visit) kinds() (out []fds.Choice) {
	for _, k := range room.Kinds() {
		out = append(out, fds.Choice{Value: string(k), Text: v.T("staff.kind." + string(k)), Hint: v.Or("staff.kind."+string(k)+".hint", "")})
	}
	return out
}

func (v *visit) lineForm(key string) *page.Form {
	return v.NewForm(key).Radio("slags", v.kinds()...).Text("navn", 120, false).Text("mail", 120, true).
		Radio("sprog", fds.Choice{Value: "da", Text: v.T("staff.lang.da")}, fds.Choice{Value: "en", Text: v.T("staff.lang.en")}).Date("fra", false)
}

// line is what a form says; a day that is none is said at its field.
func line(f *page.Form) room.Line {
	l := room.Line{Kind: room.Kind(f.Get("slags")), Name: f.Get("navn"), Mail: f.Get("mail"), Lang: f.Get("sprog")}
	l.Since, _ = page.LocalDate(f.Get("fra"))
	return l
}

var lineFields = map[string]string{"staff.kind": "slags", "staff.name": "navn", "staff.mail": "mail", "staff.since": "fra", "staff.twice": "navn"}

// after leads back to the place, or says at its field what was refused.
func (v *visit) after(pg *page.FormPage, err error, fields map[string]string, note string) error {
	if err == nil {
		return v.See(v.here() + "?besked=" + note)
	}
	field, ok := fields[fault.Key(err)]
	if !ok {
		return err
	}
	pg.Form.FailWith(field, err)
	return v.Show(http.StatusUnprocessableEntity, pg)
}

func (v *visit) addPage(in url.Values) *page.FormPage {
	f := v.lineForm("staffadd").Fill(url.Values{"slags": {string(room.Employee)}, "sprog": {"da"}})
	if in != nil {
		f.Fill(in)
	}
	return v.NewFormPage(f, v.crumbs())
}

func (p *Screens) add(v *visit) error { return v.ShowForm(v.addPage(nil)) }

func (p *Screens) added(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.addPage(in)
	if f := pg.Form.Check(); !f.OK() {
		return v.ShowForm(pg)
	}
	_, err = p.Room.Add(v.Ctx, v.found.place.ID, line(pg.Form), v.who())
	return v.after(pg, err, lineFields, "personale-tilfoejet")
}

func (v *visit) editPage(in url.Values) *page.FormPage {
	m := v.member
	f := v.lineForm("staffedit").Fill(url.Values{"slags": {string(m.Kind)}, "navn": {m.Name}, "mail": {m.Mail}, "sprog": {m.Lang}, "fra": {page.FormDate(m.Since)}})
	if in != nil {
		f.Fill(in)
	}
	pg := v.NewFormPage(f, v.crumbs(), m.Name)
	pg.Alert = &fds.Alert{Tone: fds.Info, Heading: v.T("staffedit.leaves"), Text: v.T("staffedit.leaves.text"), Links: []fds.Link{{Href: "/medarbejdere/" + m.ID + "/af", Text: v.T("staffleave.title", m.Name)}}}
	return pg
}

func (p *Screens) edit(v *visit) error { return v.ShowForm(v.editPage(nil)) }

func (p *Screens) edited(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.editPage(in)
	if f := pg.Form.Check(); !f.OK() {
		return v.ShowForm(pg)
	}
	return v.after(pg, p.Room.Change(v.Ctx, v.member.ID, line(pg.Form), v.who()), lineFields, "personale-rettet")
}

func (v *visit) leavePage() *page.FormPage {
	return v.NewFormPage(v.NewForm("staffleave"), v.crumbs(), v.member.Name)
}

func (p *Screens) leave(v *visit) error { return v.ShowForm(v.leavePage()) }

func (p *Screens) left(v *visit) error {
	if _, err := v.Posted(); err != nil {
		return err
	}
	return v.after(nil, p.Room.Leave(v.Ctx, v.member.ID, v.who()), nil, "personale-af")
}

func (v *visit) nobodyPage(in url.Values) *page.FormPage {
	return v.NewFormPage(v.NewForm("staffnobody").Area("grund", 1000, 3, false).Fill(in), v.crumbs())
}

func (p *Screens) nobody(v *visit) error { return v.ShowForm(v.nobodyPage(nil)) }

func (p *Screens) saidNobody(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.nobodyPage(in)
	if f := pg.Form.Check(); !f.OK() {
		return v.ShowForm(pg)
	}
	return v.after(pg, p.Room.SayNobody(v.Ctx, v.found.place.ID, pg.Form.Get("grund"), v.who()), map[string]string{"staff.why": "grund", "staff.somebody": "grund"}, "personale-ingen")
}

// hows are the ways in which a receipt is written down.
func hows() []room.How { return []room.How{room.ByList, room.InPerson, room.ByStatement} }

func (v *visit) writePage(r row, in url.Values) *page.FormPage {
	var who, how []fds.Choice
	for _, m := range r.Members {
		if _, has := r.Receipt(m); !has {
			who = append(who, fds.Choice{Value: m.ID, Text: m.Name, Hint: v.T("staff.kind." + string(m.Kind))})
		}
	}
	for _, h := range hows() {
		how = append(how, fds.Choice{Value: string(h), Text: v.T("staffwrite.how." + string(h))})
	}
	f := v.NewForm("staffwrite").Checks("hvem", who...).Radio("hvordan", how...).Date("dag", false).Area("ord", 2000, 3, true)
	if v.s.Documents != nil {
		x := attach.Field("fil", true)
		x.Label, x.Hint = v.T("staffwrite.fil"), v.T("staffwrite.fil.hint")
		f.Add(x)
	}
	if in == nil {
		in = url.Values{"dag": {page.FormDate(v.Now)}, "hvordan": {string(room.ByList)}}
	}
	pg := v.NewFormPage(f.Fill(in), v.crumbs())
	pg.Files = v.s.Documents != nil
	if r.Notice != nil {
		pg.Hidden = []fds.Choice{{Text: "version", Value: strconv.Itoa(r.Notice.Version)}}
	}
	return pg
}

func (p *Screens) roll(v *visit) (row, error) {
	r, err := p.Room.Of(v.Ctx, v.found.place.Controller, v.found.place.ID)
	return newRow(r), err
}

func (p *Screens) write(v *visit) error {
	r, err := p.roll(v)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(r.lacks, func(l room.Lack) bool { return l.Member != "" }) {
		return v.See(v.here())
	}
	return v.ShowForm(v.writePage(r, nil))
}

// rollDocument is the kind of document that a list with signatures or a
// statement is.
const rollDocument = "staff-receipts"

func (p *Screens) written(v *visit) error {
	r, err := p.roll(v)
	if err != nil {
		return err
	}
	var t attach.Taken
	var in url.Values
	if p.Documents != nil {
		t, err = attach.Take(v.Visit, p.Documents, map[string]string{"fil": rollDocument})
		in = t.Fields
	} else {
		in, err = v.Posted()
	}
	if err != nil {
		return err
	}
	pg := v.writePage(r, in)
	f := pg.Form.Check()
	if p.Documents != nil {
		t.Say(f, "staffwrite.fil.missing")
	}
	if f.OK() {
		day, err := page.LocalDate(f.Get("dag"))
		if err != nil {
			return err
		}
		err = p.Room.Write(v.Ctx, v.found.place.ID, room.Note{Members: f.All("hvem"), Version: number(in.Get("version")), Told: day, How: room.How(f.Get("hvordan")), Words: f.Get("ord"), Document: t.Get("fil")}, v.who())
		fields := map[string]string{"staff.members": "hvem", "staff.how": "hvordan", "staff.statement": "hvordan", "staff.told": "dag", "staff.words": "ord", "staff.list": "fil"}
		if err == nil {
			return v.See(v.here() + "?besked=personale-kvitteret")
		}
		field, ok := fields[fault.Key(err)]
		if !ok {
			return err
		}
		if p.Documents == nil && field == "fil" {
			field = "hvordan"
		}
		f.FailWith(field, err)
	}
	if p.Documents != nil {
		if err := t.Drop(); err != nil {
			return err
		}
	}
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// number is the version that was read; what is none is no version of anything.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
