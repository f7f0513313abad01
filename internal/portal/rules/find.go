package rules

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"

	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
)

// The steps of the wizard, and the names of their answers in the address.
const (
	stepWho       = "hvem"
	stepLand      = "land" // asked with the first step
	stepPlace     = "sted"
	stepBusiness  = "drift"
	stepPurpose   = "formaal"
	stepRecording = "optages"
	basisAnswer   = "hjemmel" // the basis that was chosen of the result
	returnTo      = "til"     // the camera of an application that the answer is for
)

// forCamera is the page of a camera in an application.
var forCamera = regexp.MustCompile(`^/sager/[\w-]+/kameraer/[\w-]+$`)

// Address is the wizard's answer for a situation, for a link to it.
func Address(s law.Situation) string {
	q := url.Values{}
	for name, value := range map[string]string{stepWho: s.Controller, stepLand: s.Territory, stepPlace: s.Place, stepBusiness: s.Activity, stepPurpose: s.Purpose} {
		if value != "" {
			q.Set(name, value)
		}
	}
	q.Set(stepRecording, "nej")
	if s.Recording {
		q.Set(stepRecording, "ja")
	}
	return findPath + "?" + q.Encode()
}

// AddressFor is [Address] for a camera of an application, whose page is at
// path: the result leads back there with the basis that is chosen.
func AddressFor(path string, s law.Situation) string {
	return Address(s) + "&" + url.Values{returnTo: {path}}.Encode()
}

// Chosen is the answer that the wizard has carried to a page by its address;
// ok is false where there is none.
func Chosen(q url.Values) (s law.Situation, basis string, ok bool) {
	return Situation(q), q.Get(basisAnswer), q.Has(basisAnswer)
}

// Situation is what the wizard's address says; the inverse of [Address].
func Situation(q url.Values) law.Situation {
	return law.Situation{
		Controller: q.Get(stepWho), Territory: q.Get(stepLand), Place: q.Get(stepPlace), Activity: q.Get(stepBusiness),
		Purpose: q.Get(stepPurpose), Recording: q.Get(stepRecording) == "ja",
	}
}

type findPage struct {
	page.Shell
	Lead   string
	Tabs   fds.Tabs
	Steps  fds.Steps
	At     string     // which step, where there is no room to show them all
	Form   *page.Form // nil when there is a result
	Hidden []fds.Choice
	Button fds.Button
	Back   fds.Link
	Result *result
}

func (p *Screens) find(v *visit) error { return v.Show(http.StatusOK, v.findPage()) }

// findPage is the first question that has no answer, or the one that the
// person went back to, or the result.
func (v *visit) findPage() *findPage {
	q := v.answers()
	steps := v.steps(q)
	at := slices.IndexFunc(steps, func(s string) bool { return !v.answered(s, q) })
	if back := slices.Index(steps, v.R.URL.Query().Get("trin")); back >= 0 && (at < 0 || back < at) {
		at = back
	}
	pg := &findPage{Shell: v.NewShell("rulesfind", v.T("find.title")), Lead: v.T("find.lead"), Tabs: v.Fronts(page.Cases)}
	pg.Steps = fds.Steps{Label: v.T("find.steps"), Words: fds.StepWords{Done: v.T("find.step.done"), Error: v.T("form.error")}}
	for i, s := range steps {
		state := ""
		switch {
		case i == at:
			state = "current"
		case at < 0 || i < at:
			state = "done"
		}
		step := fds.Step{Text: v.T("find.step." + s), State: state}
		if state == "done" {
			step.Href = backTo(s, q)
		}
		pg.Steps.Items = append(pg.Steps.Items, step)
	}
	pg.Steps.Items = append(pg.Steps.Items, fds.Step{Text: v.T("find.step.svar"), State: map[bool]string{true: "current"}[at < 0]})
	last := len(pg.Steps.Items)
	if at < 0 {
		pg.At = v.T("find.at", last, last, v.T("find.step.svar"))
		pg.Result = v.result(q, steps)
		return pg
	}
	pg.At = v.T("find.at", at+1, last, v.T("find.step."+steps[at]))
	v.ask(pg, steps, at, q)
	return pg
}

// answers are those of the address that are among the choices; who the
// controller is need not be asked when nobody says otherwise.
func (v *visit) answers() url.Values {
	in, q := v.R.URL.Query(), url.Values{}
	for _, s := range []string{stepWho, stepLand, stepPlace, stepBusiness, stepPurpose, stepRecording} {
		if slices.ContainsFunc(v.choices(s), func(c fds.Choice) bool { return c.Value == in.Get(s) }) {
			q.Set(s, in.Get(s))
		}
	}
	if to := in.Get(returnTo); forCamera.MatchString(to) {
		q.Set(returnTo, to)
	}
	return q
}

func (v *visit) answered(step string, q url.Values) bool { return q.Get(step) != "" }

// steps are the questions that matter: what business it is only where some
// basis asks.
func (v *visit) steps(q url.Values) []string {
	steps := []string{stepWho, stepPlace}
	who, where := q.Get(stepWho), q.Get(stepPlace)
	if slices.ContainsFunc(v.rules().Bases(), func(b law.Basis) bool {
		return len(b.Activities) > 0 && slices.Contains(b.Controllers, who) && slices.Contains(b.Places, where)
	}) {
		steps = append(steps, stepBusiness)
	}
	return append(steps, stepPurpose, stepRecording)
}

// choices are the answers to a question.
func (v *visit) choices(step string) []fds.Choice {
	r := v.rules()
	kinds := func(list []law.Kind) (out []fds.Choice) {
		for _, k := range list {
			out = append(out, fds.Choice{Value: k.ID, Text: v.in(k.Name)})
		}
		return out
	}
	words := func(ids ...string) (out []fds.Choice) {
		for _, id := range ids {
			out = append(out, fds.Choice{Value: id, Text: v.T("find." + step + "." + id), Hint: v.Or("find."+step+"."+id+".hint", "")})
		}
		return out
	}
	switch step {
	case stepWho:
		return kinds(r.Controllers())
	case stepLand:
		return kinds(r.Territories())
	case stepPlace:
		var out []fds.Choice
		for _, p := range r.Places() {
			out = append(out, fds.Choice{Value: p.ID, Text: v.in(p.Name), Hint: v.in(p.Help)})
		}
		return out
	case stepBusiness:
		return kinds(r.Activities())
	case stepPurpose:
		return words(law.PurposeCrime, law.PurposeSafety, law.PurposeOther)
	default:
		return words("ja", "nej")
	}
}

// ask puts one question on the page; what was answered before is carried along.
func (v *visit) ask(pg *findPage, steps []string, at int, q url.Values) {
	step := steps[at]
	own := []string{step}
	f := v.NewForm("find").Radio(step, v.choices(step)...)
	fill := url.Values{step: {q.Get(step)}}
	if step == stepWho {
		own = append(own, stepLand)
		f.Radio(stepLand, v.choices(stepLand)...)
		fill = url.Values{stepWho: {or(q.Get(stepWho), v.Controller.Kind)}, stepLand: {or(q.Get(stepLand), "denmark")}}
	}
	pg.Form = f.Fill(fill)
	if v.R.URL.Query().Get("fra") == step && q.Get(step) == "" {
		f.Fail(step, v.T("find."+step+".missing"))
	}
	for _, name := range []string{stepWho, stepLand, stepPlace, stepBusiness, stepPurpose, stepRecording, returnTo} {
		if value := q.Get(name); value != "" && !slices.Contains(own, name) {
			pg.Hidden = append(pg.Hidden, fds.Choice{Text: name, Value: value})
		}
	}
	pg.Hidden = append(pg.Hidden, fds.Choice{Text: "fra", Value: step})
	pg.Button = fds.Button{Kind: "primary", Text: v.T("find.next")}
	if at > 0 {
		pg.Back = fds.Link{Href: backTo(steps[at-1], q), Text: v.T("find.back")}
	}
}

// backTo is the address of a question that was answered, to answer it again.
func backTo(step string, q url.Values) string {
	again := url.Values{"trin": {step}}
	for k, all := range q {
		again[k] = all
	}
	return findPath + "?" + again.Encode()
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
