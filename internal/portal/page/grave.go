package page

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fds"
)

// Grave is the page of a grave act: what it does, what cannot be undone, and
// the reason, which is asked for and written in the ledger. It is never "are
// you sure".
type Grave struct {
	Shell
	Lead    string
	Warning fds.Alert
	Happens []string
	Reason  fds.Field
	Button  fds.Button
	Cancel  fds.Link
	Errors  *fds.ErrorSummary
	Action  string
	act     string
}

// ShortestReason is what it takes to say why, in characters.
const ShortestReason = 10

// NewGrave is the page of act, whose texts are act.title, act.lead,
// act.warning, act.warning.text, act.happens.1 and on, act.reason and
// act.button; args are put into title, lead and button. back is where the
// person came from, the last of the crumbs.
func (v *Visit) NewGrave(act string, crumbs []fds.Link, args ...any) *Grave {
	back := crumbs[len(crumbs)-1]
	g := &Grave{Shell: v.NewShell("grave", v.T(act+".title", args...), crumbs...), act: act,
		Lead: v.T(act+".lead", args...), Action: v.R.URL.Path, Cancel: fds.Link{Href: back.Href, Text: v.T("grave.cancel")}}
	g.Warning = fds.Alert{Tone: fds.Warning, Heading: v.T(act + ".warning"), Text: v.T(act + ".warning.text")}
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		if v.Has(act + ".happens." + n) {
			g.Happens = append(g.Happens, v.T(act+".happens."+n))
		}
	}
	g.Reason = v.Field(fds.Field{ID: "grund", Name: "grund", Type: "area", Rows: 3, MaxLength: 1000, Spellcheck: true}, act+".reason")
	g.Button = fds.Button{Kind: "warning", Text: v.T(act+".button", args...)}
	return g
}

// ShowGrave shows the empty page, or with what was typed before.
func (v *Visit) ShowGrave(g *Grave) error {
	if d, ok := v.Draft(); ok {
		g.Reason.Value = d.Get("grund")
		g.Notes = append(g.Notes, v.Kept())
	}
	return v.Show(http.StatusOK, g)
}

// Reason reads the reason that was sent; done says that it was too short and
// that the page has been shown again.
func (v *Visit) Reason(g *Grave) (reason string, done bool, err error) {
	reason = strings.TrimSpace(v.R.PostFormValue("grund"))
	if utf8.RuneCountInString(reason) >= ShortestReason {
		return reason, false, nil
	}
	v.ShortReason(g, reason)
	return "", true, v.Show(http.StatusUnprocessableEntity, g)
}

// ShortReason says on the page that the reason is too short.
func (v *Visit) ShortReason(g *Grave, reason string) {
	g.Reason.Value, g.Reason.Error = reason, v.T("grave.reason.short", ShortestReason)
	g.Errors = v.Summary(g.Reason)
}
