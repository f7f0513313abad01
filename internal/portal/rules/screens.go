// Package rules shows the law's rules as the platform holds them, and finds the
// legal basis that fits a place and a purpose.
//
// What it promises: every rule stands with its citation, its source, the days
// between which it is in force, what of it is not verified, and the cameras
// that it bites on; an answer about a basis can be printed, and its address
// alone gives the same answer to whoever opens it, under the rules of that day.
//
// What it refuses: a basis where the law gives none, with the paragraph; and
// to change a rule, which is done in the files that they are kept in.
package rules

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/portal/page"
)

// The pages' addresses.
const (
	listPath    = "/regler"
	findPath    = "/regler/find"
	changesPath = "/regler/aendringer"
)

// Screens are the pages of the rules.
type Screens struct {
	*page.Site
	Law *law.Book
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) visit(v *page.Visit) *visit { return &visit{v, p} }

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(p.visit(v)) }
}

// Routes are the addresses.
func (p *Screens) Routes() []page.Route {
	return []page.Route{
		{Pattern: "GET " + findPath, Act: access.SeeRules, Handle: p.on(p.find), Menu: page.Cases, Front: "find.title"},
		{Pattern: "GET " + listPath, Act: access.SeeRules, Handle: p.on(p.list), Menu: page.Cases, Front: "rules.title"},
		{Pattern: "GET " + changesPath, Act: access.SeeRules, Handle: p.on(p.changes), Menu: page.Cases},
		{Pattern: "GET " + listPath + "/{regel}", Act: access.SeeRules, Handle: p.on(p.rule), Menu: page.Cases},
	}
}

// rules are those of the moment of the visit.
func (v *visit) rules() law.Rules { return v.s.Law.At(v.Now) }

// in is a text of the book in the language of the visit.
func (v *visit) in(t law.Text) string { return t.In(string(v.Lang)) }

// href is the page of a rule.
func href(rule string) string { return listPath + "/" + rule }
