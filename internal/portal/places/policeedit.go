package places

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// touchable is what an order can be about.
type touchable struct {
	locations []register.Location
	cameras   []register.Camera
}

func (p *Screens) touchable(v *visit) (t touchable, err error) {
	if t.locations, err = p.Register.Locations(v.Ctx, v.Person.Controller); err != nil {
		return t, err
	}
	t.cameras, _, err = p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller})
	return t, err
}

// orderBases are the provisions that a kind of word can rest on, where it has
// to say.
func (v *visit) orderBases(kind string) (out []fds.Choice) {
	ids := map[string][]string{register.OrderPermit: {"2-2", "2-3", "2-4"}, register.OrderDiscussion: {"2a", "2c", "2c-3"}}[kind]
	for _, id := range ids {
		out = append(out, fds.Choice{Value: id, Text: v.basis(id)})
	}
	return out
}

func (v *visit) orderForm(kind string, t touchable) *page.Form {
	f := v.NewForm("police.form").Text("kreds", 120, false).Text("reference", 80, true).Date("dato", false)
	switch kind {
	case register.OrderPermit:
		f.Select("paragraf", choose("", v.T("police.form.choose"), v.orderBases(kind))...).
			Area("omraade", 2000, 3, false).Area("vilkaar", 4000, 4, true).Date("fra", false).Date("til", false)
	case register.OrderDiscussion:
		f.Select("paragraf", choose("", v.T("police.form.choose"), v.orderBases(kind))...).Text("deltagere", 500, true).Area("droeftet", 4000, 4, true)
		var outcomes []fds.Choice
		for _, o := range []string{register.OutcomeNone, register.OutcomeRefused, register.OutcomePostponed} {
			outcomes = append(outcomes, fds.Choice{Value: o, Text: v.T("police.outcome." + o)})
		}
		f.Radio("udfald", outcomes...).Date("udsat", true)
	case register.OrderTakeover:
		f.Text("kom", 500, false).Area("siger", 4000, 4, false).Date("fra", false).Date("ophoert", true)
	default:
		f.Area("siger", 4000, 4, false)
	}
	if kind == register.OrderQuality {
		f.Section("demands").
			Add(fds.Field{Name: "bredde", Width: "tiny", MaxLength: 5, Optional: true}).Add(fds.Field{Name: "hoejde", Width: "tiny", MaxLength: 5, Optional: true}).
			Add(fds.Field{Name: "billeder", Width: "tiny", MaxLength: 4, Optional: true}).Add(fds.Field{Name: "doegn", Width: "tiny", MaxLength: 2, Optional: true})
	}
	f.Section("touches").Checks("steder", locationChoices(t.locations)...)
	var cams []fds.Choice
	for _, c := range t.cameras {
		cams = append(cams, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name})
	}
	if len(cams) > 0 {
		f.Checks("kameraer", cams...)
	}
	if v.order.ID != "" {
		f.Section("end").Date("tilbagekaldt", true)
	}
	return f
}

func orderValues(v *visit, o register.PoliceOrder) url.Values {
	in := url.Values{"kreds": {o.District}, "reference": {o.Reference}, "dato": {page.FormDate(o.Dated)}, "paragraf": {o.Basis}, "omraade": {o.Area},
		"vilkaar": {o.Terms}, "fra": {page.FormDate(o.Starts)}, "til": {page.FormDate(o.Ends)}, "ophoert": {page.FormDate(o.Ends)}, "deltagere": {o.Participants}, "kom": {o.Participants}, "droeftet": {o.Says},
		"udfald": {o.Outcome}, "udsat": {page.FormDate(o.Postponed)}, "siger": {o.Says}, "steder": o.Locations, "kameraer": o.Cameras, "tilbagekaldt": {page.FormDate(o.Withdrawn)}}
	for name, n := range map[string]int{"bredde": o.Demands.Width, "hoejde": o.Demands.Height, "doegn": o.Demands.KeepHours / 24} {
		if n > 0 {
			in.Set(name, strconv.Itoa(n))
		}
	}
	if o.Demands.FPS > 0 {
		in.Set("billeder", strings.TrimSuffix(v.Decimal(o.Demands.FPS), v.Decimal(0)[1:]))
	}
	return in
}

// readOrder puts a form into a word of the police.
func (v *visit) readOrder(f *page.Form, o register.PoliceOrder) register.PoliceOrder {
	o.District, o.Reference, o.Dated = f.Get("kreds"), f.Get("reference"), v.date(f, "dato")
	switch o.Kind {
	case register.OrderPermit:
		o.Basis, o.Area, o.Terms, o.Starts, o.Ends = f.Get("paragraf"), f.Get("omraade"), f.Get("vilkaar"), v.date(f, "fra"), v.date(f, "til")
	case register.OrderDiscussion:
		o.Basis, o.Participants, o.Says, o.Outcome, o.Postponed = f.Get("paragraf"), f.Get("deltagere"), f.Get("droeftet"), f.Get("udfald"), v.date(f, "udsat")
	case register.OrderTakeover:
		o.Participants, o.Says, o.Starts, o.Ends = f.Get("kom"), f.Get("siger"), v.date(f, "fra"), v.date(f, "ophoert")
	default:
		o.Says = f.Get("siger")
	}
	if o.Basis == "" && (o.Kind == register.OrderPermit || o.Kind == register.OrderDiscussion) {
		f.Fail("paragraf", v.T("police.form.paragraf.missing"))
	}
	if o.Kind == register.OrderQuality {
		whole := func(name string, most int) int {
			if f.Get(name) == "" {
				return 0
			}
			n, err := strconv.Atoi(f.Get(name))
			if err != nil || n < 1 || n > most {
				f.Fail(name, v.T("police.form.number.bad", most))
			}
			return n
		}
		o.Demands = register.Demands{Width: whole("bredde", 20000), Height: whole("hoejde", 20000), KeepHours: 24 * whole("doegn", 30)}
		if text := f.Get("billeder"); text != "" {
			n, err := number(text)
			if o.Demands.FPS = n; err != nil || n <= 0 || n > 240 {
				f.Fail("billeder", v.T("police.form.number.bad", 240))
			}
		}
	}
	o.Locations, o.Cameras = f.All("steder"), f.All("kameraer")
	if v.order.ID != "" {
		o.Withdrawn = v.date(f, "tilbagekaldt")
	}
	return o
}

func orderFaults() map[string]string {
	return map[string]string{"order.date": "dato", "order.says": "siger", "order.basis": "paragraf", "order.area": "omraade", "order.dates": "til", "order.years": "til",
		"order.postponed": "udsat", "order.outcome": "udfald", "order.takeover": "siger", "order.takeover-dates": "ophoert"}
}

// kindsPage lets a person choose what the police have said.
func (v *visit) kindsPage() *page.Record {
	pg := v.NewRecord(v.T("police.new"), v.T("police.new.lead"), v.crumbs(fds.Link{Href: "/politi", Text: v.T("police.title")})...)
	for _, k := range orderKinds() {
		pg.Add(page.Section{ID: k, Heading: v.T("police.kind." + k), Lead: v.T("police.about." + k), Half: true,
			Links: []fds.Link{{Href: "/politi/nyt?slags=" + k, Text: v.T("police.enter." + k)}}})
	}
	return pg
}

func (v *visit) orderFormPage(f *page.Form, kind string) *page.FormPage {
	crumbs := v.crumbs(fds.Link{Href: "/politi", Text: v.T("police.title")})
	title := v.T("police.enter." + kind)
	if o := v.order; o.ID != "" {
		crumbs = append(crumbs, fds.Link{Href: "/politi/" + o.ID, Text: v.T("police.kind."+o.Kind) + " " + o.Reference})
		title = v.T("police.edit")
	}
	pg := v.NewFormPage(f, crumbs)
	pg.Title, pg.Lead = title, v.T("police.about."+kind)
	pg.Crumbs.Items[len(pg.Crumbs.Items)-1].Text = title
	if v.order.ID == "" {
		pg.Hidden = []fds.Choice{{Text: "slags", Value: kind}}
		pg.Side = "/politi/nyt?slags=" + kind
	}
	return pg
}

func (p *Screens) newOrder(v *visit) error {
	kind := v.R.URL.Query().Get("slags")
	if !slices.Contains(orderKinds(), kind) {
		return v.Show(http.StatusOK, v.kindsPage())
	}
	t, err := p.touchable(v)
	if err != nil {
		return err
	}
	return v.ShowForm(v.orderFormPage(v.orderForm(kind, t), kind))
}

func (p *Screens) addOrder(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	kind := in.Get("slags")
	if !slices.Contains(orderKinds(), kind) {
		return fault.New(fault.Invalid, "order.kind", "kind %q", kind)
	}
	t, err := p.touchable(v)
	if err != nil {
		return err
	}
	f := v.orderForm(kind, t).Fill(in).Check()
	o := v.readOrder(f, register.PoliceOrder{Controller: v.Person.Controller, Kind: kind})
	pg := v.orderFormPage(f, kind)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	if o.ID, err = p.Register.NewID(v.Ctx, "police_orders", kind, strconv.Itoa(o.Dated.In(page.Zone()).Year())); err != nil {
		return err
	}
	return v.saved(pg, p.Register.AddOrder(v.Ctx, o, v.Person.ID), orderFaults(), "/politi/"+o.ID+"?besked=gemt")
}

func (p *Screens) editOrder(v *visit) error {
	t, err := p.touchable(v)
	if err != nil {
		return err
	}
	pg := v.orderFormPage(v.orderForm(v.order.Kind, t).Fill(orderValues(v, v.order)), v.order.Kind)
	pg.Hidden = kept(v.order.Version)
	return v.ShowForm(pg)
}

func (p *Screens) saveOrder(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	t, err := p.touchable(v)
	if err != nil {
		return err
	}
	f := v.orderForm(v.order.Kind, t).Fill(in).Check()
	o := v.readOrder(f, v.order)
	o.Version = versionOf(in)
	pg := v.orderFormPage(f, o.Kind)
	pg.Hidden = kept(o.Version)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateOrder(v.Ctx, o, v.Person.ID), orderFaults(), "/politi/"+o.ID+"?besked=gemt")
}

func (v *visit) answerPage(f *page.Form, version int64) *page.FormPage {
	o := v.order
	pg := v.NewFormPage(f, v.crumbs(fds.Link{Href: "/politi", Text: v.T("police.title")}, fds.Link{Href: "/politi/" + o.ID, Text: v.T("police.kind."+o.Kind) + " " + o.Reference}))
	pg.Hidden = kept(version)
	return pg
}

func (v *visit) answerFields() *page.Form {
	return v.NewForm("police.answer.form").Area("svar", 4000, 6, false).Date("dato", false).Text("af", 120, false)
}

func (p *Screens) answerForm(v *visit) error {
	o := v.order
	in := url.Values{"svar": {o.Answer}, "dato": {page.FormDate(o.Answered)}, "af": {o.AnsweredBy}}
	if o.Answered.IsZero() {
		in.Set("dato", page.FormDate(v.Now))
		in.Set("af", v.Session.Person.Name)
	}
	return v.ShowForm(v.answerPage(v.answerFields().Fill(in), o.Version))
}

func (p *Screens) answer(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.answerFields().Fill(in).Check()
	o := v.order
	o.Version = versionOf(in)
	o.Answer, o.Answered, o.AnsweredBy = f.Get("svar"), v.date(f, "dato"), f.Get("af")
	if o.Answered.After(v.Now.Add(24 * time.Hour)) {
		f.Fail("dato", v.T("police.answer.form.dato.future"))
	}
	pg := v.answerPage(f, o.Version)
	if !f.OK() {
		return v.ShowForm(pg)
	}
	return v.saved(pg, p.Register.UpdateOrder(v.Ctx, o, v.Person.ID), map[string]string{"order.answer": "svar"}, "/politi/"+o.ID+"?besked=gemt")
}
