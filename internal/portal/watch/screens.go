// Package watch shows that the platform does what it must: its health, what was
// deleted and what will be, and the log.
//
// What it promises: numbers come from the engine and the ledgers, never from a
// belief; a deletion that is late is said first; an extract of the log is
// checked by vidne-verify without us, and taking it is an entry of its own.
//
// What it refuses: entries that are about another controller.
package watch

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
)

// Screens are the pages of oversight and health.
type Screens struct {
	*page.Site
	State *state.Cache
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
		{Pattern: "GET /tilsyn/log", Act: access.SeeLog, Handle: p.on(p.logPage), Menu: page.Oversight, Front: "log.title"},
		{Pattern: "GET /tilsyn/log/{nr}", Act: access.SeeLog, Handle: p.on(p.use), Menu: page.Oversight},
		{Pattern: "GET /tilsyn/log/alt", Act: access.SeeLog, Handle: p.on(p.ledgerPage), Menu: page.Oversight},
		{Pattern: "GET /tilsyn/log/frister", Act: access.SeeLog, Handle: p.on(p.keeps), Menu: page.Oversight},
		{Pattern: "GET /tilsyn/log/frister/{slags}", Act: access.SeeLog, Handle: p.on(p.keepForm), Menu: page.Oversight},
		{Pattern: "POST /tilsyn/log/frister/{slags}", Act: access.SeeLog, Handle: p.on(p.setKeep), Menu: page.Oversight, Fresh: identity.Fresh},
		{Pattern: "GET /tilsyn/log/udlever", Act: access.SeeLog, Handle: p.on(p.handoverForm), Menu: page.Oversight},
		{Pattern: "POST /tilsyn/log/udlever", Act: access.SeeLog, Handle: p.on(p.handOver), Menu: page.Oversight, Fresh: identity.Fresh, Dear: page.Export},
		{Pattern: "GET /tilsyn/log/indsigt", Act: access.SeeLog, Handle: p.on(p.insightForm), Menu: page.Oversight},
		{Pattern: "POST /tilsyn/log/indsigt", Act: access.SeeLog, Handle: p.on(p.insight), Menu: page.Oversight, Fresh: identity.Fresh, Dear: page.Export},
		{Pattern: "GET /min-konto/opslag", Act: access.Own, Handle: p.on(p.ownUses)},
		{Pattern: "GET /tilsyn/log/udtraek", Act: access.SeeLog, Handle: p.on(p.logExtract), Menu: page.Oversight, Fresh: identity.Fresh, Dear: page.Export},
		{Pattern: "GET /tilsyn/sletninger", Act: access.SeeDeletions, Handle: p.on(p.deletions), Menu: page.Oversight, Front: "deletions.title"},
		{Pattern: "GET /drift", Act: access.SeeHealth, Handle: p.on(p.health), Menu: page.Admin, Front: "health.title", Rank: 1},
	}
}
