package viewing

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
)

// viewing (gennemsyn) is one person's look at the footage of some cameras, under
// one grant. Each period that is opened in it is of all of them, with one ticket
// and one entry that names them.
type viewing struct {
	ID, Person, Session, Controller, Location, Purpose, Reference string
	Cameras                                                       register.List
	Began, Ended                                                  int64
	Incident                                                      string
	Grant                                                         string `db:"grant_id"`
	Ground                                                        access.Ground
	Name                                                          string // of the person
}

// mostCameras is how many are looked at together.
const mostCameras = 9

// object is what the rules of access are asked about.
func (g viewing) object() access.Object {
	o := access.Object{Controller: g.Controller, Location: g.Location, Ground: g.Ground, Purpose: g.Purpose, Reference: g.Reference}
	if len(g.Cameras) == 1 {
		o.Camera = g.Cameras[0]
	}
	return o
}

// period is what has been opened: the ticket stays here.
type period struct {
	Viewing                                  string
	Since, Until, Expires, Opened, Withdrawn int64
	Ticket                                   []byte
}

const (
	// longestPeriod is how much can be opened at once.
	longestPeriod = 24 * time.Hour
	// ticketLife is how long an opened period can be looked at, if the grant
	// lasts so long.
	ticketLife = 2 * time.Hour
	// liveMargin keeps a period clear of what counts as live.
	liveMargin = permit.LiveAge + 10*time.Second
)

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

// begin makes a viewing under a grant durable with its first period, and gives
// its id.
func (p *Screens) begin(v *visit, g grant.Grant, cameras []string, from, to time.Time) (string, error) {
	w := viewing{ID: db.NewID(), Person: g.Person, Session: v.Session.ID, Controller: g.Controller, Location: g.Location, Cameras: cameras, Purpose: g.Purpose, Reference: g.Number,
		Incident: g.Incident, Grant: g.ID, Ground: g.Ground, Name: g.Name}
	if verdict := access.May(v.Person, access.View, w.object()); !verdict.OK {
		return "", v.Refuse(verdict, w.object())
	}
	list, err := json.Marshal(w.Cameras)
	if err != nil {
		return "", fault.As(fault.Internal, "", err)
	}
	err = p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(v.Ctx, `INSERT INTO viewings (id, person, session, controller, location, cameras, purpose, reference, began, ended, incident, grant_id, ground, name)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?)`, w.ID, w.Person, w.Session, w.Controller, w.Location, string(list), w.Purpose, w.Reference, v.Now, w.Incident, w.Grant, string(w.Ground), w.Name); err != nil {
			return err
		}
		return p.addPeriod(v, tx, w, g, from, to)
	})
	return w.ID, err
}

// addPeriod opens a period of a viewing, which its grant must allow: the entry
// in the ledger and the ticket are one act, and both are there before the first
// picture can be asked for.
func (p *Screens) addPeriod(v *visit, tx *db.Tx, w viewing, g grant.Grant, from, to time.Time) error {
	for _, c := range w.Cameras {
		if err := g.Allows(v.use(c, from, to)); err != nil {
			return err
		}
	}
	if _, err := p.Ledger.Append(v.Ctx, tx, v.Now, "view.opened", map[string]any{
		"viewing": w.ID, "controller": w.Controller, "person": w.Person, "name": w.Name, "cameras": w.Cameras, "location": w.Location, "from": from.UTC(), "to": to.UTC(),
		"purpose": w.Purpose, "reference": w.Reference, "incident": w.Incident, "grant": w.Grant, "ground": string(w.Ground), "address": v.Whence()}); err != nil {
		return err
	}
	expires := v.Now.Add(ticketLife)
	if expires.After(g.Expires) {
		expires = g.Expires
	}
	t := &permit.Ticket{Head: v.Head(), Person: w.Person, Purpose: oneLine(w.Purpose), Case: w.Reference, Cameras: slices.Sorted(slices.Values(w.Cameras)),
		From: from.UTC(), To: to.UTC(), Expires: expires, Text: w.Name}
	signed, err := p.Issuer.Ticket(v.Ctx, tx, t)
	if err != nil {
		return err
	}
	_, err = tx.Exec(v.Ctx, `INSERT INTO periods (viewing, since, until, ticket, expires, opened, withdrawn) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		w.ID, from, to, signed.Encode(), expires, v.Now)
	return err
}

// use is what the person asks to see now.
func (v *visit) use(camera string, from, to time.Time) grant.Use {
	return grant.Use{Controller: v.Person.Controller, Person: v.Person.ID, Camera: camera, From: from, To: to, Now: v.Now}
}

// oneLine is a text as a ticket takes it: without line breaks, and no longer
// than a line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	for len(s) > permit.MaxLine {
		cut := strings.LastIndexByte(s[:permit.MaxLine-len("…")], ' ')
		if cut <= 0 {
			cut = permit.MaxLine - len("…")
		}
		s = strings.ToValidUTF8(s[:cut], "") + "…"
	}
	return s
}

// openPeriod opens another stretch of time in the same viewing, within its
// grant: a new entry and a new ticket.
func (p *Screens) openPeriod(v *visit) error {
	if err := v.alive(v.Ctx); err != nil {
		return err
	}
	from, err1 := time.Parse(time.RFC3339, v.R.PostFormValue("fra"))
	to, err2 := time.Parse(time.RFC3339, v.R.PostFormValue("til"))
	if err1 != nil || err2 != nil {
		return fault.New(fault.Invalid, "time.form", "period %q to %q", v.R.PostFormValue("fra"), v.R.PostFormValue("til"))
	}
	for _, c := range v.viewing.Cameras {
		if err := v.covered(v.Ctx, c, from, to); err != nil {
			return err
		}
	}
	if why := v.checkPeriod(&from, &to); why != "" {
		return v.JSON(http.StatusUnprocessableEntity, page.Problem{Kind: "invalid", Key: "viewing.period", Text: why})
	}
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) error { return p.addPeriod(v, tx, v.viewing, v.grant, from, to) }); err != nil {
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

// covered asks the grant for an interval of one of the viewing's cameras. What
// it does not cover is refused, and the refusal is an entry.
func (v *visit) covered(ctx context.Context, camera string, from, to time.Time) error {
	err := v.grant.Allows(v.use(camera, from, to))
	if err == nil && !slices.Contains(v.viewing.Cameras, camera) {
		err = fault.New(fault.Denied, "viewing.closed", "viewing %s has not opened %.64q", v.viewing.ID, camera)
	}
	if err == nil {
		return nil
	}
	w := v.viewing
	w.Cameras = register.List{camera}
	return v.refuse(ctx, w, from, to, err)
}

// refuse enters that something was not shown, and gives why.
func (v *visit) refuse(ctx context.Context, w viewing, from, to time.Time, why error) error {
	body := v.Entry(map[string]any{"incident": w.Incident, "reference": w.Reference, "location": w.Location, "cameras": w.Cameras, "from": from.UTC(), "to": to.UTC(), "why": fault.Key(why)})
	if w.ID != "" {
		body["viewing"], body["grant"] = w.ID, w.Grant
	}
	if err := v.s.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := v.s.Ledger.Append(ctx, tx, v.Now, "view.refused", body)
		return err
	}); err != nil {
		return err
	}
	return why
}

func (p *Screens) endViewing(v *visit) error {
	err := p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(v.Ctx, `UPDATE viewings SET ended = ? WHERE id = ? AND ended = 0`, v.Now, v.viewing.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = p.Ledger.Append(v.Ctx, tx, v.Now, "view.closed", map[string]any{
			"viewing": v.viewing.ID, "controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "cameras": v.viewing.Cameras,
			"incident": v.viewing.Incident, "reference": v.viewing.Reference})
		return err
	})
	if err != nil {
		return err
	}
	p.Streams.EndOf(v.viewing.ID, "viewing.ended")
	if v.viewing.Incident != "" {
		return v.See("/haendelser/" + v.viewing.Incident)
	}
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
