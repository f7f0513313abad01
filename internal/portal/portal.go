// Package portal is the staff's web: who is logged in sees the state of the
// cameras, looks at footage when the law lets them, stops a camera, and sees
// that deletion and logging do what they must.
//
// What it promises: every route declares the rule of internal/access that it
// stands under, and one that declares none is refused; a refusal is told in
// words and logged; footage is relayed as opaque bytes under a ticket that
// stays here, and the ledger holds the opened period before the first byte;
// every page is plain HTML that works without a script, but the video room;
// no script, style or picture comes from elsewhere (strict CSP).
//
// What it refuses: requests from other origins, bodies beyond their limit,
// pages in caches, and to open or decode a video file: it holds no keys and
// reads no archive.
package portal

import (
	"context"
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/agenda"
	copies "vidne.dk/vidne/internal/anonymised"
	breachroom "vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/deletion"
	hand "vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/law"
	room "vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/masking"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/portal/account"
	"vidne.dk/vidne/internal/portal/anonymised"
	"vidne.dk/vidne/internal/portal/breach"
	"vidne.dk/vidne/internal/portal/cameras"
	"vidne.dk/vidne/internal/portal/cases"
	"vidne.dk/vidne/internal/portal/disclosure"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/incidents"
	"vidne.dk/vidne/internal/portal/live"
	"vidne.dk/vidne/internal/portal/locks"
	"vidne.dk/vidne/internal/portal/mail"
	"vidne.dk/vidne/internal/portal/masks"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/places"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/portal/processing"
	"vidne.dk/vidne/internal/portal/public"
	"vidne.dk/vidne/internal/portal/requests"
	"vidne.dk/vidne/internal/portal/review"
	"vidne.dk/vidne/internal/portal/rights"
	"vidne.dk/vidne/internal/portal/rules"
	"vidne.dk/vidne/internal/portal/sharing"
	"vidne.dk/vidne/internal/portal/signin"
	"vidne.dk/vidne/internal/portal/signs"
	"vidne.dk/vidne/internal/portal/staff"
	"vidne.dk/vidne/internal/portal/standing"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/portal/viewing"
	"vidne.dk/vidne/internal/portal/watch"
	record "vidne.dk/vidne/internal/processing"
	"vidne.dk/vidne/internal/reminder"
	"vidne.dk/vidne/internal/request"
	description "vidne.dk/vidne/internal/safeguards"
	sharingroom "vidne.dk/vidne/internal/sharing"
	staffroom "vidne.dk/vidne/internal/staff"
	stand "vidne.dk/vidne/internal/standing"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

// Config is what the rooms around give.
type Config struct {
	page.Config
	// Plans are the rooms of drawings; what is not given is that of Cases, and
	// without those nothing is drawn.
	Plans plans.Rooms
	// Cases and Documents are the rooms of cases and of their papers; without
	// them there are no cases to be seen.
	Cases     *dossier.Room
	Documents *document.Room
	// Reminders is who was told what; without it there is no log of mails.
	Reminders *reminder.Room
	// Processes are those that cases run under; nil: those that the program
	// comes with.
	Processes *casework.Library
	// Incidents is the room of incidents and of the grants that they give; nil:
	// one on the same database.
	Incidents *incident.Room
	// Packages is how evidence packages are made; its zero value makes none.
	Packages hand.Packages
	// Letters tell people by mail what the rooms opened here want of them; nil
	// tells nobody.
	Letters *notify.Letters
	// Live is the room of requests to see cameras as they are now; nil: one on the
	// same database that tells nobody by mail.
	Live *room.Room
	// SSO is the room of sign-ins at other places' log-ins; nil: there are none.
	SSO *sso.Room
	// Law is the rules that things are held against; nil: those that the program
	// comes with.
	Law *law.Book
	// Setup is how people log in, as whoever starts the portal knows.
	Setup description.Setup
	// NoticeDir is where published pages lie as files; empty: nowhere.
	NoticeDir string
}

// Area is the screens of one area of work.
type Area interface {
	Routes() []page.Route
	Stories() []page.Story
}

// Portal is the staff's web.
type Portal struct {
	*page.Site
	state       *state.Cache
	viewing     *viewing.Screens
	proofs      *account.Screens
	signin      *signin.Screens
	cases       *dossier.Room
	incidents   *incident.Room
	holds       *hold.Room
	masking     *masking.Room
	disclosures *hand.Room
	copies      *copies.Room
	notices     *notice.Room
	staff       *staffroom.Room
	requests    *request.Room
	breaches    *breachroom.Room
	sharing     *sharingroom.Room
	review      *oversight.Room
	live        *live.Screens
	streams     *flow.Streams
	office      office
	deletions   *deletion.Room
	safeguards  *description.Room
	agenda      *agenda.Room
	feeds       *limiter
	areas       []Area
	handler     http.Handler
}

// New puts the screens together.
func New(ctx context.Context, c Config) (*Portal, error) {
	site, err := page.NewSite(ctx, c.Config)
	if err != nil {
		return nil, err
	}
	if c.Law == nil {
		if c.Law, err = law.Read(lawdata.Files()); err != nil {
			return nil, err
		}
	}
	if c.Processes == nil {
		if c.Processes, err = casework.Read(processes.Files()); err != nil {
			return nil, err
		}
	}
	site.BodyName = func(id string, lang page.Lang) string {
		b, _ := c.Processes.Body(id)
		return b.Name.In(string(lang))
	}
	p := &Portal{Site: site, state: state.NewCache(ctx, c.Engine, c.Clock), cases: c.Cases, streams: &flow.Streams{}, feeds: newLimiter(c.Clock)}
	if c.Incidents == nil {
		if c.Incidents, err = openIncidents(ctx, c); err != nil {
			return nil, err
		}
	}
	p.incidents = c.Incidents
	if p.holds, err = openHolds(ctx, c); err != nil {
		return nil, err
	}
	if p.masking, err = masking.Open(ctx, masking.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Incidents: c.Incidents, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Engine: c.Engine, EngineID: c.EngineID, Mail: c.Letters}); err != nil {
		return nil, err
	}
	if p.notices, err = openNotices(ctx, c); err != nil {
		return nil, err
	}
	if p.staff, err = openStaff(ctx, c); err != nil {
		return nil, err
	}
	if p.requests, err = request.Open(ctx, request.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Incidents: c.Incidents, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Engine: c.EngineID, Mail: c.Letters}); err != nil {
		return nil, err
	}
	if p.breaches, err = breachroom.Open(ctx, breachroom.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Engine: c.Engine, EngineID: c.EngineID, Reports: p.notices, Mail: c.Letters, Withdraw: p.unshare}); err != nil {
		return nil, err
	}
	if p.copies, err = copies.Open(ctx, copies.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Holds: p.holds, Requests: p.requests, Issuer: c.Issuer,
		Register: c.Register, People: c.People, Engine: c.Engine, EngineID: c.EngineID, Mail: c.Letters}); err != nil {
		return nil, err
	}
	if p.disclosures, err = openDisclosures(ctx, c, site, p.holds, p.masking, copies.Copies{Room: p.copies}); err != nil {
		return nil, err
	}
	if p.sharing, err = sharingroom.Open(ctx, sharingroom.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Incidents: c.Incidents, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Law: c.Law, Engine: c.EngineID, Mail: c.Letters}); err != nil {
		return nil, err
	}
	if p.review, err = oversight.Open(ctx, oversight.Config{DB: c.DB, Ledger: c.Ledger, Uses: site.Accesslog(), Clock: c.Clock, People: c.People, Register: c.Register, Rights: c.Rights,
		Issuer: c.Issuer, Mail: c.Letters, Log: c.Log}); err != nil {
		return nil, err
	}
	if p.office, err = openOffice(ctx, c); err != nil {
		return nil, err
	}
	if p.deletions, err = deletion.Open(ctx, deletion.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, People: c.People, Holds: p.holds, Engine: c.Engine, Mail: c.Letters}); err != nil {
		return nil, err
	}
	if err := p.openSafeguards(ctx, c); err != nil {
		return nil, err
	}
	if c.Live == nil {
		if c.Live, err = openLive(ctx, c); err != nil {
			return nil, err
		}
	}
	p.viewing = viewing.New(site, p.state, c.Incidents, p.streams)
	p.live = &live.Screens{Site: site, State: p.state, Live: c.Live, Incidents: c.Incidents, Streams: p.streams}
	p.signin = &signin.Screens{Site: site, Room: c.SSO}
	if site.AgainAt == nil {
		site.AgainAt = p.signin.Again
	}
	p.proofs = &account.Screens{Site: site, Cut: p.streams.EndSession}
	site.Proof = p.proofs.ProofPage
	if c.Cases != nil && c.Plans.Drawings == nil {
		c.Plans.Drawings, c.Plans.Cases = c.Cases.Drawings, plans.InDossier{Room: c.Cases, Register: c.Register, Law: c.Law}
	}
	open, err := public.New(site, p.notices, p.requests)
	if err != nil {
		return nil, err
	}
	records := record.New(record.Config{Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Rights: c.Rights, Review: p.review, Law: c.Law})
	p.areas = []Area{
		&cases.Screens{Site: site, Cases: c.Cases, Documents: c.Documents, Law: c.Law},
		&places.Screens{Site: site, State: p.state, Law: c.Law, Processes: c.Processes, Documents: c.Documents},
		&cameras.Screens{Site: site, State: p.state, Breaches: p.breaches, Cut: p.streams.EndCamera},
		&breach.Screens{Site: site, State: p.state, Breaches: p.breaches, Notices: p.notices, Documents: c.Documents, Viewing: p.viewing, Cut: p.streams.EndCamera},
		&incidents.Screens{Site: site, Incidents: c.Incidents, Viewing: p.viewing, Holds: p.holds, Disclosures: p.disclosures},
		&locks.Screens{Site: site, Holds: p.holds, Incidents: c.Incidents},
		&masks.Screens{Site: site, Masking: p.masking, Incidents: c.Incidents},
		&disclosure.Screens{Site: site, Room: p.disclosures, Incidents: c.Incidents, Holds: p.holds, Viewing: p.viewing, Documents: c.Documents, Copies: p.copies, Masks: p.masking},
		&anonymised.Screens{Site: site, Room: p.copies, Disclosures: p.disclosures},
		&requests.Screens{Site: site, Requests: p.requests},
		&sharing.Screens{Site: site, Shares: p.sharing, Incidents: c.Incidents, Documents: c.Documents, Streams: p.streams},
		&signs.Screens{Site: site, Notices: p.notices, Documents: c.Documents, Plans: c.Plans},
		&staff.Screens{Site: site, Room: p.staff, Documents: c.Documents},
		open,
		p.viewing,
		p.live,
		&standing.Screens{Site: site, State: p.state, Room: p.standing(c)},
		&watch.Screens{Site: site, State: p.state},
		&processing.Screens{Site: site, Law: c.Law, Room: records},
		&review.Screens{Site: site, Room: p.review},
		&plans.Screens{Site: site, Rooms: c.Plans, State: p.state, Law: c.Law, Signs: p.notices},
		&rules.Screens{Site: site, Law: c.Law},
		p.proofs,
		p.signin,
		&rights.Screens{Site: site},
		&mail.Screens{Site: site, Reminders: c.Reminders},
	}
	p.areas = append(p.areas, p.officeScreens(c)...)
	p.areas = append(p.areas, p.oversightScreens(c, records)...)
	p.areas = append(p.areas, p.papers(c)...)
	routes := p.own()
	for _, a := range p.areas {
		routes = append(routes, a.Routes()...)
	}
	if c.Storybook {
		routes = append(routes, p.storybookRoutes()...)
	}
	p.handler = site.Handler(p.login, routes)
	return p, nil
}

// openIncidents opens the rooms of incidents and grants on the portal's database.
func openIncidents(ctx context.Context, c Config) (*incident.Room, error) {
	grants, err := grant.Open(ctx, grant.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock})
	if err != nil {
		return nil, err
	}
	return incident.Open(ctx, incident.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Grants: grants, Register: c.Register, Issuer: c.Issuer, Law: c.Law})
}

// openHolds opens the room of evidence locks on the portal's database; without
// cases there is no process, and a copy is given as the law says.
func openHolds(ctx context.Context, c Config) (*hold.Room, error) {
	process := func(context.Context, string) (casework.Holds, error) {
		return casework.Holds{Copy: casework.CopyRequest}, nil
	}
	if c.Cases != nil {
		process = c.Cases.Holds
	}
	return hold.Open(ctx, hold.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Incidents: c.Incidents, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Law: c.Law, Engine: c.EngineID, Process: process, Mail: c.Letters})
}

// openNotices opens the room of signs and public pages on the portal's database;
// without cases there is no process, and so nobody sees anything live.
func openNotices(ctx context.Context, c Config) (*notice.Room, error) {
	return notice.Open(ctx, notice.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Law: c.Law, People: c.People, Mail: c.Letters, Live: liveTerms(c), Dir: c.NoticeDir})
}

// Notices is the room of signs and public pages that the portal shows.
func (p *Portal) Notices() *notice.Room { return p.notices }

// openDisclosures opens the room of disclosures on the portal's database.
func openDisclosures(ctx context.Context, c Config, site *page.Site, holds *hold.Room, masks *masking.Room, from hand.Copies) (*hand.Room, error) {
	c.Packages.Words = func(lang, key string, args ...any) string {
		return site.Catalogue.Text(page.LangOf(lang), key, args...)
	}
	return hand.Open(ctx, hand.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Incidents: c.Incidents, Holds: holds, Issuer: c.Issuer, Register: c.Register, People: c.People,
		Law: c.Law, Documents: c.Documents, Copies: from, Lift: masks.Opening, Engine: c.EngineID, Packages: c.Packages, Mail: c.Letters, Log: c.Log})
}

// Copies is the room of anonymised copies that the portal shows.
func (p *Portal) Copies() *copies.Room { return p.copies }

// Disclosures is the room of disclosures that the portal shows.
func (p *Portal) Disclosures() *hand.Room { return p.disclosures }

// Masking is the room of masks that the portal shows.
func (p *Portal) Masking() *masking.Room { return p.masking }

// Holds is the room of evidence locks that the portal shows.
func (p *Portal) Holds() *hold.Room { return p.holds }

// Sharing is the room of what businesses share that the portal shows.
func (p *Portal) Sharing() *sharingroom.Room { return p.sharing }

// Breaches is the room of breaches that the portal shows.
func (p *Portal) Breaches() *breachroom.Room { return p.breaches }

// Requests is the room of registered persons' requests that the portal shows.
func (p *Portal) Requests() *request.Room { return p.requests }

// openLive opens the room of live view on the portal's database; without cases
// there is no process, and so nobody may.
func openLive(ctx context.Context, c Config) (*room.Room, error) {
	terms := func(context.Context, string) (casework.Live, error) {
		return casework.Live{Allow: casework.LiveNever}, nil
	}
	if c.Cases != nil {
		terms = c.Cases.Live
	}
	return room.Open(ctx, room.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Issuer: c.Issuer, Register: c.Register, People: c.People, Engine: c.EngineID, Terms: terms})
}

// Live is the room of live view that the portal shows.
func (p *Portal) Live() *room.Room { return p.live.Live }

// standing is the room that says how locations stand.
func (p *Portal) standing(c Config) *stand.Room {
	return stand.New(stand.Config{Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Rights: c.Rights, Incidents: p.incidents, Holds: p.holds, Review: p.review, Cases: c.Cases,
		Notices: p.notices, Staff: p.staff, Requests: p.requests, Breaches: p.breaches, Guideline: p.office.guideline, Letters: p.office.letters})
}

// TickLive cuts live views whose right has ended while no page was open.
func (p *Portal) TickLive(ctx context.Context) error { return p.live.Tick(ctx) }

// Incidents is the room of incidents that the portal shows.
func (p *Portal) Incidents() *incident.Room { return p.incidents }

// Review is the room of the log's review that the portal shows.
func (p *Portal) Review() *oversight.Room { return p.review }

// Handler serves the portal.
func (p *Portal) Handler() http.Handler { return p.handler }

// visit is a page's visit, on the portal's own screens.
type visit struct {
	*page.Visit
	p *Portal
}

func (p *Portal) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

// login is the page for whoever is not logged in.
func (p *Portal) login(v *page.Visit, target, draft string) page.Page {
	return (&visit{v, p}).newLogin(target, draft)
}

// own are the addresses of the portal's own screens.
func (p *Portal) own() []page.Route {
	return []page.Route{
		{Pattern: "GET /{$}", Act: access.Public, Handle: func(v *page.Visit) error { return v.See(page.HomePath) }},
		{Pattern: "GET /log-ind", Act: access.Public, Handle: p.on(p.loginPage)},
		{Pattern: "POST /log-ind", Act: access.Public, Handle: p.on(p.logIn)},
		{Pattern: "POST /log-ud", Act: access.Own, Handle: p.on(p.logOut)},
		{Pattern: "GET /sprog/{lang}", Act: access.Public, Handle: p.on(p.setLanguage)},

		{Pattern: "GET /min-side", Act: access.Own, Handle: p.on(p.home), Menu: page.Home, Front: "home.title"},
		{Pattern: "GET " + page.SearchPath, Act: access.Own, Handle: p.on(p.search)},
		{Pattern: "GET /min-konto", Act: access.Own, Handle: p.on(p.account)},
		{Pattern: "POST /min-konto/afslut", Act: access.Own, Handle: p.on(p.endSession), Fresh: identity.Fresh},
		{Pattern: "POST /min-konto/aktiv", Act: access.Own, Handle: p.on(p.active)},
		{Pattern: "POST /min-konto/mail", Act: access.Own, Handle: p.on(p.setEmail), Fresh: identity.Fresh},
		{Pattern: "POST /min-konto/kalender", Act: access.Own, Handle: p.on(p.makeFeed)},
		{Pattern: "POST /min-konto/kalender/slet", Act: access.Own, Handle: p.on(p.endFeed)},
		{Pattern: "GET /kalender/{fil}", Act: access.Public, Handle: p.on(p.feed), Passive: true, Secret: true},
	}
}
