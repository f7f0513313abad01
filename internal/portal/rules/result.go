package rules

import (
	"net/url"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/law"
)

// result is the wizard's answer.
type result struct {
	Verdict fds.Alert
	Answers []answerRow
	Bases   []basisCard
	Others  []otherRow // why others do not fit
	Made    string     // under which day's rules
	Address string     // that gives this answer again
	Begin   fds.Link
	Again   fds.Link
}

type answerRow struct{ Term, Text, Href, Name string }

// basisCard is one basis that can apply.
type basisCard struct {
	ID, Title, Cite, Href, Says string
	Notes                       []fds.Alert
	Conditions                  []conditionRow
	Follows, Not                []dutyRow
	Use                         fds.Link // back to the camera that the answer is for
}

type conditionRow struct {
	Text, Cite string
	Hard       *fds.Badge
}

type dutyRow struct{ Title, Why, Cite, Href string }

type otherRow struct{ Cite, Href, Text string }

func (v *visit) result(q url.Values, steps []string) *result {
	s := Situation(q)
	r := v.rules()
	list, refused := r.Candidates(s)
	out := &result{
		Made: v.T("find.made", v.Date(v.Now)), Address: v.s.BaseURL + Address(s),
		Again: fds.Link{Href: findPath, Text: v.T("find.again")},
	}
	for _, step := range steps {
		out.Answers = append(out.Answers, v.answer(step, q))
		if step == stepWho && q.Get(stepLand) != "" {
			land := v.answer(stepLand, q)
			land.Href = backTo(stepWho, q)
			out.Answers = append(out.Answers, land)
		}
	}
	to := q.Get(returnTo)
	switch {
	case to != "":
		out.Begin = fds.Link{Href: to, Text: v.T("find.return")}
	case len(list) > 0 && v.May(access.OpenCase, access.Object{}):
		out.Begin = fds.Link{Href: "/sager/ny", Text: v.T("find.begin")}
	}
	for _, c := range list {
		card := v.card(c)
		if to != "" {
			card.Use = fds.Link{Href: to + "?" + carried(q, c.Basis.ID), Text: v.T("find.use", c.Basis.Cite)}
		}
		out.Bases = append(out.Bases, card)
	}
	if len(list) > 0 {
		out.Verdict = fds.Alert{Tone: fds.Info, Heading: v.N("find.fits", int64(len(list))), Text: v.T("find.fits.text")}
	} else {
		f := refused[0]
		refused = refused[1:]
		out.Verdict = fds.Alert{Tone: fds.Error, Heading: v.T("find.refused", f.Cite), Text: v.in(f.Text) + " " + v.in(f.Do),
			Links: []fds.Link{{Href: href(f.Rule), Text: v.T("find.rule", f.Cite)}}}
	}
	for _, f := range refused {
		out.Others = append(out.Others, otherRow{Cite: f.Cite, Href: href(f.Rule), Text: v.in(f.Text)})
	}
	return out
}

func (v *visit) answer(step string, q url.Values) answerRow {
	row := answerRow{Term: v.T("find.step." + step), Href: backTo(step, q), Name: v.T("find.mend", v.T("find.step."+step))}
	for _, c := range v.choices(step) {
		if c.Value == q.Get(step) {
			row.Text = c.Text
		}
	}
	return row
}

func (v *visit) card(c law.Candidate) basisCard {
	b := basisCard{ID: c.Basis.ID, Title: v.in(c.Basis.Title), Cite: c.Basis.Cite, Href: href(c.Basis.ID), Says: v.in(c.Basis.Says)}
	for _, f := range c.Notes {
		b.Notes = append(b.Notes, fds.Alert{Tone: fds.Warning, Heading: f.Cite, Text: v.in(f.Text) + " " + v.in(f.Do)})
	}
	for _, x := range c.Conditions {
		row := conditionRow{Text: v.in(x.Text), Cite: x.Cite}
		if x.Hard {
			row.Hard = v.hard()
		}
		b.Conditions = append(b.Conditions, row)
	}
	for _, d := range c.Duties.All() {
		row := dutyRow{Title: v.in(d.Title), Why: v.in(d.Why), Cite: d.Cite, Href: href(d.Rule)}
		if d.Holds {
			b.Follows = append(b.Follows, row)
		} else {
			b.Not = append(b.Not, row)
		}
	}
	return b
}

// carried is the answer and the basis that was chosen of it, for an address.
func carried(q url.Values, basis string) string {
	all := url.Values{basisAnswer: {basis}}
	for name, value := range q {
		if name != returnTo {
			all[name] = value
		}
	}
	return all.Encode()
}
