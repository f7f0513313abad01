package viewing

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// viewing (gennemsyn) is one person's look at one camera's footage, for one
// purpose. Each period that is opened in it has its own ticket and entry.
type viewing struct {
	ID, Person, Session, Controller, Location, Camera, Purpose, Reference string
	Began, Ended                                                          int64
}

// period is what has been opened: the ticket stays here.
type period struct {
	Viewing                       string
	Since, Until, Expires, Opened int64
	Ticket                        []byte
}

const (
	// longestPeriod is how much can be opened at once.
	longestPeriod = 24 * time.Hour
	// ticketLife is how long an opened period can be looked at.
	ticketLife = 2 * time.Hour
	// liveMargin keeps a period clear of what counts as live.
	liveMargin      = permit.LiveAge + 10*time.Second
	shortestPurpose = 10
	longestText     = 500
)

type viewingsPage struct {
	page.Shell
	Camera, Purpose, Reference fds.Field
	Date, From, To             fds.Field
	Button                     fds.Button
	Errors                     *fds.ErrorSummary
	Recent                     []viewingRow
	NoCameras                  bool
	Warning                    fds.Alert
}

type viewingRow struct {
	Href, Camera, Purpose, Reference, Began string
	Open                                    bool
}

func (p *Screens) viewings(v *visit) error {
	pg, err := p.viewingForm(v)
	if err != nil {
		return err
	}
	q := v.R.URL.Query()
	if d, ok := v.Draft(); ok {
		q = d
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Info, Text: v.T("form.kept")})
	}
	pg.fill(q)
	return v.Show(http.StatusOK, pg)
}

// viewingForm is the empty form: the cameras that the person may look at, and
// the last hour that is old enough.
func (p *Screens) viewingForm(v *visit) (*viewingsPage, error) {
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Locations: append([]string{}, v.Person.Locations...)})
	if err != nil {
		return nil, err
	}
	recent, err := p.recentViewings(v)
	if err != nil {
		return nil, err
	}
	return v.viewingsPage(cams, recent), nil
}

func (v *visit) viewingsPage(cams []register.Camera, recent []viewingRow) *viewingsPage {
	pg := &viewingsPage{Shell: v.NewShell("viewings", v.T("viewing.title")), NoCameras: len(cams) == 0, Recent: recent}
	to := v.Now.Add(-liveMargin).In(page.Zone()).Truncate(time.Minute)
	from := to.Add(-30 * time.Minute)
	pg.Camera = v.Field(fds.Field{ID: "kamera", Name: "kamera", Type: "select"}, "viewing.camera")
	for _, c := range cams {
		pg.Camera.Choices = append(pg.Camera.Choices, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name})
	}
	pg.Purpose = v.Field(fds.Field{ID: "formaal", Name: "formaal", Type: "area", Rows: 3, MaxLength: longestText, Spellcheck: true}, "viewing.purpose")
	pg.Reference = v.Field(fds.Field{ID: "reference", Name: "reference", Type: "text", MaxLength: 80, Width: "medium"}, "viewing.reference")
	pg.Date = v.Field(fds.Field{ID: "dato", Name: "dato", Type: "date", Width: "short", Value: from.Format(time.DateOnly),
		Min: v.Now.Add(-permit.LongestRetention).In(page.Zone()).Format(time.DateOnly), Max: to.Format(time.DateOnly)}, "viewing.date")
	pg.From = v.Field(fds.Field{ID: "fra", Name: "fra", Type: "text", Width: "tiny", Value: v.Clock(from), MaxLength: 8}, "viewing.from")
	pg.To = v.Field(fds.Field{ID: "til", Name: "til", Type: "text", Width: "tiny", Value: v.Clock(to), MaxLength: 8}, "viewing.to")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("viewing.button")}
	pg.Warning = fds.Alert{Tone: fds.Info, Heading: v.T("viewing.logged"), Text: v.T("viewing.logged.text")}
	return pg
}

func (pg *viewingsPage) fill(q url.Values) {
	for _, f := range []*fds.Field{&pg.Purpose, &pg.Reference, &pg.Date, &pg.From, &pg.To} {
		if val := q.Get(f.Name); val != "" {
			f.Value = val
		}
	}
	for i := range pg.Camera.Choices {
		pg.Camera.Choices[i].On = pg.Camera.Choices[i].Value == q.Get("kamera")
	}
}

// openViewing checks the form, and opens the period that it names.
func (p *Screens) openViewing(v *visit) error {
	if err := v.R.ParseForm(); err != nil {
		return fault.As(fault.Invalid, "form.unreadable", err)
	}
	pg, err := p.viewingForm(v)
	if err != nil {
		return err
	}
	f := v.R.PostForm
	pg.fill(f)
	g := viewing{ID: newID(), Person: v.Person.ID, Session: v.Session.ID, Camera: f.Get("kamera"),
		Purpose: strings.TrimSpace(f.Get("formaal")), Reference: strings.TrimSpace(f.Get("reference"))}
	from, to := v.readPeriod(pg, f)
	if n := utf8.RuneCountInString(g.Purpose); n < shortestPurpose || n > longestText {
		pg.Purpose.Error = v.T("viewing.purpose.short")
	}
	if g.Reference == "" {
		pg.Reference.Error = v.T("viewing.reference.missing")
	}
	if v.camera, err = p.Register.Camera(v.Ctx, v.Person.Controller, g.Camera); fault.Is(err, fault.NotFound) {
		pg.Camera.Error = v.T("viewing.camera.missing")
	} else if err != nil {
		return err
	}
	if pg.Errors = v.Summary(pg.Camera, pg.Purpose, pg.Reference, pg.Date, pg.From, pg.To); pg.Errors != nil {
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	g.Controller, g.Location = v.camera.Controller, v.camera.Location
	if err := v.mayView(g); err != nil {
		return err
	}
	if err := p.begin(v, g, from, to); err != nil {
		return err
	}
	return v.See("/afspilning/" + g.ID)
}

func (v *visit) mayView(g viewing) error {
	o := access.Object{Controller: g.Controller, Location: g.Location, Camera: g.Camera, Ground: access.GroundCrime, Purpose: g.Purpose, Reference: g.Reference}
	if verdict := access.May(v.Person, access.View, o); !verdict.OK {
		return v.Refuse(verdict, o)
	}
	return nil
}

// readPeriod reads date and times; a time that ends before it begins ends on
// the next day.
func (v *visit) readPeriod(pg *viewingsPage, f url.Values) (from, to time.Time) {
	from, err := page.LocalTime(f.Get("dato"), f.Get("fra"))
	if err != nil {
		pg.From.Error = v.T("viewing.from.bad")
		return
	}
	to, err = page.LocalTime(f.Get("dato"), f.Get("til"))
	if err != nil {
		pg.To.Error = v.T("viewing.to.bad")
		return
	}
	if !to.After(from) {
		to = to.AddDate(0, 0, 1)
	}
	if why := v.checkPeriod(&from, &to); why != "" {
		pg.From.Error = why
	}
	return from, to
}

// checkPeriod says what is wrong with a period, in words. One that reaches into
// what counts as live is cut there.
func (v *visit) checkPeriod(from, to *time.Time) string {
	if edge := v.Now.Add(-liveMargin); to.After(edge) {
		*to = edge
	}
	switch {
	case !to.After(*from):
		return v.T("viewing.live", v.DateTime(v.Now.Add(-liveMargin)))
	case from.Before(v.Now.Add(-permit.LongestRetention)):
		return v.T("viewing.old")
	case to.Sub(*from) > longestPeriod:
		return v.T("viewing.long")
	}
	return ""
}

// begin makes a viewing durable with its first period.
func (p *Screens) begin(v *visit, g viewing, from, to time.Time) error {
	return p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(v.Ctx, `INSERT INTO viewings (id, person, session, controller, location, camera, purpose, reference, began, ended)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`, g.ID, g.Person, g.Session, g.Controller, g.Location, g.Camera, g.Purpose, g.Reference, v.Now); err != nil {
			return err
		}
		return p.addPeriod(v, tx, g, from, to)
	})
}

// addPeriod opens a period: the entry in the ledger and the ticket are one act,
// and both are there before the first picture can be asked for.
func (p *Screens) addPeriod(v *visit, tx *db.Tx, g viewing, from, to time.Time) error {
	name := v.Session.Person.Name
	if _, err := p.Ledger.Append(v.Ctx, tx, v.Now, "view.opened", map[string]any{
		"viewing": g.ID, "controller": v.Person.Controller, "person": g.Person, "name": name, "camera": g.Camera, "location": g.Location, "from": from.UTC(), "to": to.UTC(),
		"purpose": g.Purpose, "reference": g.Reference, "address": v.Whence()}); err != nil {
		return err
	}
	expires := v.Now.Add(ticketLife)
	t := &permit.Ticket{Head: v.Head(), Person: g.Person, Purpose: g.Purpose, Case: g.Reference, Cameras: []string{g.Camera},
		From: from.UTC(), To: to.UTC(), Expires: expires, Text: name}
	signed, err := p.Issuer.Ticket(v.Ctx, tx, t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(v.Ctx, `INSERT INTO periods (viewing, since, until, ticket, expires, opened) VALUES (?, ?, ?, ?, ?, ?)`,
		g.ID, from, to, signed.Encode(), expires, v.Now)
	return err
}

// openPeriod opens another stretch of time in the same viewing, for the same
// purpose: a new entry and a new ticket.
func (p *Screens) openPeriod(v *visit) error {
	if v.viewing.Ended != 0 {
		return fault.New(fault.Conflict, "viewing.ended", "viewing %s is over", v.viewing.ID)
	}
	from, err1 := time.Parse(time.RFC3339, v.R.PostFormValue("fra"))
	to, err2 := time.Parse(time.RFC3339, v.R.PostFormValue("til"))
	if err1 != nil || err2 != nil {
		return fault.New(fault.Invalid, "time.form", "period %q to %q", v.R.PostFormValue("fra"), v.R.PostFormValue("til"))
	}
	if why := v.checkPeriod(&from, &to); why != "" {
		return v.JSON(http.StatusUnprocessableEntity, page.Problem{Kind: "invalid", Key: "viewing.period", Text: why})
	}
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) error { return p.addPeriod(v, tx, v.viewing, from, to) }); err != nil {
		return err
	}
	if v.WantsPage() {
		return v.See("/afspilning/" + v.viewing.ID)
	}
	periods, err := p.periods(v.Ctx, v.viewing.ID)
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, roomPeriods(periods))
}

func (p *Screens) endViewing(v *visit) error {
	err := p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(v.Ctx, `UPDATE viewings SET ended = ? WHERE id = ? AND ended = 0`, v.Now, v.viewing.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = p.Ledger.Append(v.Ctx, tx, v.Now, "view.closed", map[string]any{
			"viewing": v.viewing.ID, "controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "camera": v.viewing.Camera})
		return err
	})
	if err != nil {
		return err
	}
	p.streams.endViewing(v.viewing.ID)
	return v.See("/afspilning")
}

func (p *Screens) viewing(ctx context.Context, id string) (g viewing, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		g, err = db.One[viewing](ctx, tx, `SELECT * FROM viewings WHERE id = ?`, id)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "viewing.unknown", "no viewing %q", id)
		}
		return err
	})
	return g, err
}

func (p *Screens) periods(ctx context.Context, viewing string) (all []period, err error) {
	err = p.DB.Read(ctx, func(tx *db.Tx) error {
		all, err = db.All[period](ctx, tx, `SELECT * FROM periods WHERE viewing = ? ORDER BY opened, since`, viewing)
		return err
	})
	return all, err
}

func (p *Screens) recentViewings(v *visit) ([]viewingRow, error) {
	var list []viewing
	if err := p.DB.Read(v.Ctx, func(tx *db.Tx) (err error) {
		list, err = db.All[viewing](v.Ctx, tx, `SELECT * FROM viewings WHERE person = ? ORDER BY began DESC LIMIT 10`, v.Person.ID)
		return err
	}); err != nil {
		return nil, err
	}
	var rows []viewingRow
	for _, g := range list {
		name := g.Camera
		if c, err := v.s.Register.Camera(v.Ctx, g.Controller, g.Camera); err == nil {
			name = c.Where + ": " + c.Name
		}
		r := viewingRow{Camera: name, Purpose: g.Purpose, Reference: g.Reference, Began: v.When(db.Time(g.Began), v.Now), Open: g.Ended == 0}
		if r.Open {
			r.Href = "/afspilning/" + g.ID
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func newID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
