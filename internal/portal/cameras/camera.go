package cameras

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/breach"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type cameraPage struct {
	page.Shell
	ID       string
	Where    fds.Link
	State    state.Shown
	View     string // address of viewing, empty when the person may not
	WhyNot   string // why there is no viewing
	Stop     string // address of the stop, or empty
	Restart  string
	Report   string     // address of the call to IT that stops it
	Waits    *fds.Alert // what must be decided before it goes on
	Edits    []fds.Link // where the register is changed
	Permit   *permitView
	NoPermit string // what it means that there is none
	Differs  *fds.Alert
	Week     weekDrawing
	Day      dayDrawing
	Gaps     []gapRow
	Facts    fds.StructuredList
	About    fds.StructuredList
	Stored   fds.StructuredList
	People   peopleList
	Lookers  page.Lookers
	History  []page.HistoryRow
}

// permitView is a permit in plain words.
type permitView struct{ List fds.StructuredList }

// cameraFacts is what the page is made of.
type cameraFacts struct {
	camera   register.Camera
	location register.Location
	engine   state.Now
	inForce  engineapi.InForce
	ours     permit.ID // the permit that the portal last issued and not revoked
	oursSeen bool      // the portal knows
	coverage engineapi.Coverage
	people   []authorisation.Held
	lookers  page.Lookers
	history  []page.HistoryRow
	waits    breach.Breach // what a stopped camera waits for
}

func (p *Screens) one(v *visit) error {
	f := cameraFacts{camera: v.camera, engine: p.State.Get(v.Ctx)}
	var err error
	if f.location, err = p.Register.Location(v.Ctx, v.camera.Controller, v.camera.Location); err != nil {
		return err
	}
	if f.people, err = p.Rights.At(v.Ctx, v.camera.Controller, v.camera.Location); err != nil {
		return err
	}
	if f.lookers, err = v.looked(); err != nil {
		return err
	}
	if !f.engine.Away {
		f.inForce, err = p.Engine.Permit(v.Ctx, v.camera.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		f.coverage, err = p.Engine.Coverage(v.Ctx, v.camera.ID, v.Now.Add(-24*time.Hour), v.Now)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if f.ours, f.oursSeen, err = p.issuedPermit(v.Ctx, v.camera.ID); err != nil {
		return err
	}
	if f.history, err = v.History(v.camera.ID, 20); err != nil {
		return err
	}
	if f.inForce.Stop != "" {
		if f.waits, err = p.Breaches.Holding(v.Ctx, v.camera.Controller, v.camera.ID); err != nil {
			return err
		}
	}
	return v.Show(http.StatusOK, v.cameraPage(f))
}

func (v *visit) cameraPage(f cameraFacts) *cameraPage {
	c := f.camera
	o := access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}
	pg := &cameraPage{Shell: v.NewShell("camera", c.Name, fds.Link{Href: "/steder", Text: v.T("cameras.title")}, fds.Link{Href: "/steder/" + c.Location, Text: f.location.Name}),
		ID: c.ID, Where: fds.Link{Href: "/steder/" + c.Location, Text: f.location.Name}}
	pg.Refresh = 3
	f.engine.Tell(v.Visit, &pg.Shell)
	v.Said(&pg.Shell)
	if note := v.R.URL.Query().Get("besked"); note == "stoppet" || note == "genstartet" {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Success, Heading: v.T("camera.note." + note), Text: v.T("camera.note." + note + ".text")})
	}
	pg.State = state.Of(v.Visit, c, f.engine)
	switch verdict := access.May(v.Person, access.View, o); verdict.Why {
	case access.WhyGround, access.WhyPurpose: // they are asked for there
		pg.View = "/afspilning?kamera=" + c.ID
	default:
		pg.WhyNot = v.Or("camera.view."+verdict.Why, v.T("fault."+verdict.Why))
	}
	stopped := f.inForce.Stop != ""
	if !stopped && v.May(access.Stop, o) {
		pg.Stop = "/kameraer/" + c.ID + "/stop"
	}
	if !stopped && v.May(access.ReportBreach, o) {
		pg.Report = "/kameraer/" + c.ID + "/stop-og-meld"
	}
	switch {
	case f.waits.ID != "":
		pg.Waits = &fds.Alert{Tone: fds.Warning, Heading: v.T("camera.waits"), Text: v.T("camera.waits.text", f.waits.Number)}
		if v.May(access.SeeBreaches, o) {
			pg.Waits.Links = []fds.Link{{Href: "/brud/" + f.waits.ID, Text: v.T("camera.waits.link", f.waits.Number)}}
		}
	case stopped && v.May(access.Restart, o):
		pg.Restart = "/kameraer/" + c.ID + "/genstart"
	}
	if v.May(access.EditRegister, o) && c.Removed.IsZero() {
		pg.Edits = []fds.Link{{Href: "/kameraer/" + c.ID + "/ret", Text: v.T("camera.edit")}, {Href: "/kameraer/" + c.ID + "/forbindelse", Text: v.T("camera.connection")}}
	}
	if v.May(access.AskLive, o) && c.Removed.IsZero() {
		pg.Edits = append(pg.Edits, fds.Link{Href: "/kameraer/" + c.ID + "/vinkel", Text: v.T("angle.link")})
	}
	v.permitPart(pg, f)
	pg.Day, pg.Gaps = v.dayPart(f.coverage)
	v.factsPart(pg, f)
	pg.People, pg.Lookers = v.accessRows(f.people, c.ID), f.lookers
	pg.History = f.history
	return pg
}

// permitPart says what the engine holds itself allowed to, and shouts when the
// portal has decided something else.
func (v *visit) permitPart(pg *cameraPage, f cameraFacts) {
	pm := f.inForce.Permit
	if f.engine.Away {
		pg.NoPermit = v.T("permit.unknown")
		return
	}
	var theirs permit.ID
	if pm != nil {
		theirs = pm.ID
	}
	if f.oursSeen && f.ours != theirs {
		pg.Differs = &fds.Alert{Tone: fds.Error, Heading: v.T("permit.differs"), Text: v.T("permit.differs.text", short(f.ours, v.T("permit.no")), short(theirs, v.T("permit.no")))}
	}
	if pm == nil {
		pg.NoPermit = v.T("permit.none.text")
		return
	}
	pg.Permit = &permitView{List: fds.StructuredList{Caption: v.T("permit.title"), Rows: v.permitRows(pm, f.inForce)}}
	pg.Week = v.week(pm.Hours)
}

func (v *visit) permitRows(pm *permit.Permit, in engineapi.InForce) []fds.Row {
	sound := v.T("permit.sound.no")
	if pm.Sound {
		sound = v.T("permit.sound.yes")
	}
	rows := []fds.Row{
		{Term: v.T("permit.hours"), Text: pm.Hours.Explain(string(v.Lang))},
		{Term: v.T("permit.retention"), Text: v.T("permit.retention.text", v.Span(time.Duration(pm.RetentionHours)*time.Hour))},
		{Term: v.T("permit.sound"), Text: sound},
		{Term: v.T("permit.basis"), Text: pm.Basis, More: []string{v.T("permit.class." + string(pm.Class))}},
		{Term: v.T("permit.valid"), Text: v.T("permit.valid.text", v.Date(pm.ValidFrom), v.Date(pm.ValidTo))},
		{Term: v.T("permit.case"), Text: pm.Case},
		{Term: v.T("permit.lease"), Text: v.T("permit.lease.text", v.When(in.LeaseUntil, v.Now))},
		{Term: v.T("permit.id"), Text: string(pm.ID)},
	}
	if left := pm.ValidTo.Sub(v.Now); left < 60*24*time.Hour {
		rows[4].Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("permit.ends.soon", v.Span(max(left, 0).Truncate(24*time.Hour)))}
	}
	if in.Masked {
		rows = append(rows, fds.Row{Term: v.T("permit.masked"), Text: v.T("permit.masked.text"), Link: &fds.Link{Href: "/kameraer/" + pm.Camera + "/maske", Text: v.T("permit.masked.link")}})
	}
	return rows
}

func (v *visit) factsPart(pg *cameraPage, f cameraFacts) {
	st, ok := f.engine.Camera(f.camera.ID)
	if ok && !f.engine.Away {
		offset, odd := state.ClockWords(v.Words, st)
		clock := fds.Row{Term: v.T("camera.clock"), Text: offset}
		if odd {
			clock.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("camera.clock.wrong")}
		}
		picture := fds.Row{Term: v.T("camera.picture"), Text: v.T("picture.never")}
		if st.Picture.Verdict != "" {
			tone := fds.Success
			if st.Picture.Verdict != "ok" {
				tone = fds.Warning
			}
			picture.Badge = &fds.Badge{Tone: tone, Text: v.Or("picture."+st.Picture.Verdict, st.Picture.Verdict)}
			picture.Text = v.When(st.Picture.Checked, v.Now)
		}
		pg.Facts = fds.StructuredList{Caption: v.T("camera.health"), Rows: []fds.Row{
			{Term: v.T("camera.last"), Text: v.When(st.LastFrame, v.Now)},
			{Term: v.T("camera.video"), Text: v.video(st)},
			{Term: v.T("camera.wire"), Text: v.T(map[bool]string{true: "camera.wire.yes", false: "camera.wire.no"}[st.Encrypted])},
			clock, picture,
			{Term: v.T("camera.own.storage"), Text: v.Or("camera.own.storage."+st.Storage, v.T("camera.own.storage.unknown"))},
		}}
	}
	pg.Stored = fds.StructuredList{Caption: v.T("camera.stored"), Rows: v.storedRows(f, st)}
	c := f.camera
	pg.About = fds.StructuredList{Caption: v.T("camera.about")}
	for _, r := range []struct{ key, text string }{{"id", c.ID}, {"make", c.Make + " " + c.Model}, {"place", c.Place}, {"mounting", c.Mounting}, {"direction", c.Direction}, {"sees", c.View}, {"quality", c.Quality}, {"purpose", c.Purpose}, {"basis", c.Basis},
		{"life", join(c.LifeReason, c.LifeOtherwise)}} {
		if r.text != "" && r.text != " " {
			pg.About.Rows = append(pg.About.Rows, fds.Row{Term: v.T("camera." + r.key), Text: r.text})
		}
	}
	use := fds.Row{Term: v.T("camera.use"), Text: v.T("camera.use.none")}
	if !c.Commissioned.IsZero() {
		use.Text, use.More = v.Date(c.Commissioned), []string{v.T("camera.use." + cmp.Or(string(c.Use), "before"))}
	}
	if v.May(access.EditRegister, access.Object{Controller: c.Controller, Location: c.Location, Camera: c.ID}) && c.Removed.IsZero() {
		use.Link = &fds.Link{Href: "/kameraer/" + c.ID + "/ibrugtaget", Text: v.T("camera.use.correct")}
	}
	pg.About.Rows = append(pg.About.Rows, use)
}

func (v *visit) video(st engineapi.CameraStatus) string {
	if st.Width == 0 {
		return v.T("camera.video.none")
	}
	return v.T("camera.video.text", st.Codec, st.Width, st.Height, v.Decimal(st.FPS), v.Decimal(float64(st.BitRate)/1e6))
}

// storedRows say what is kept, how long, and what goes next.
func (v *visit) storedRows(f cameraFacts, st engineapi.CameraStatus) []fds.Row {
	oldest := fds.Row{Term: v.T("camera.oldest"), Text: v.T("camera.oldest.none")}
	if !st.Oldest.IsZero() {
		oldest.Text = v.DateTime(st.Oldest)
	}
	next := fds.Row{Term: v.T("camera.deletion"), Text: v.T("camera.deletion.none")}
	held := false
	for _, s := range f.coverage.Stretches {
		held = held || s.Held
	}
	if pm := f.inForce.Permit; pm != nil && !st.Oldest.IsZero() {
		due := st.Oldest.Add(min(time.Duration(pm.RetentionHours)*time.Hour, permit.LongestRetention-permit.RetentionMargin))
		next.Text = v.T("camera.deletion.text", v.DateTime(due))
	}
	rows := []fds.Row{oldest, next}
	if held {
		rows = append(rows, fds.Row{Term: v.T("camera.held"), Text: v.T("camera.held.text")})
	}
	if v.May(access.SeeDeletions, access.Object{}) {
		rows[1].Link = &fds.Link{Href: "/tilsyn/sletninger?kamera=" + f.camera.ID, Text: v.T("camera.deletion.link")}
	}
	return rows
}

// short is the beginning of an id, or what stands for none.
func short(id permit.ID, none string) string {
	if id == "" {
		return none
	}
	return string(id[:min(8, len(id))])
}

// issuedPermit is the permit that the portal itself holds to stand, or empty.
// One that has not reached its engine yet is no difference.
func (p *Screens) issuedPermit(ctx context.Context, camera string) (id permit.ID, settled bool, err error) {
	r, err := p.Issuer.Standing(ctx, camera, "main")
	if fault.Is(err, fault.NotFound) {
		return "", true, nil
	}
	if err != nil {
		return "", false, err
	}
	return r.ID, r.State != issuer.Waiting, nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
