package portal

import (
	"context"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	room "vidne.dk/vidne/internal/staff"
)

// openStaff opens the room of notices to staff on the portal's database, and has
// the cases ask it before cameras are put up (H 8).
func openStaff(ctx context.Context, c Config) (*room.Room, error) {
	set := room.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, People: c.People, Law: c.Law, Live: liveTerms(c), Mail: c.Letters}
	if c.Rights != nil {
		set.Rights = c.Rights
	}
	if c.Documents != nil {
		set.Papers = c.Documents
	}
	if c.Cases != nil {
		set.Plans = c.Cases.Plans
	}
	r, err := room.Open(ctx, set)
	if err == nil && c.Cases != nil {
		c.Cases.Staff = r
	}
	return r, err
}

// liveTerms is what a controller's process says of live view.
func liveTerms(c Config) func(ctx context.Context, controller string) (string, error) {
	return func(ctx context.Context, controller string) (string, error) {
		if c.Cases == nil {
			return casework.LiveNever, nil
		}
		terms, err := c.Cases.Live(ctx, controller)
		return terms.Allow, err
	}
}

// Staff is the room of notices to staff that the portal shows.
func (p *Portal) Staff() *room.Room { return p.staff }

// staffWork is the papers that a person who handles recordings has not confirmed
// (D 3.5.6).
func (p *Portal) staffWork(v *visit) ([]room.Lack, error) {
	h, err := p.staff.Handler(v.Ctx, v.Person.Controller, v.Person.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return h.Lacks(), err
}

func (v *visit) staffTasks(lacks []room.Lack) (tasks []task) {
	for _, l := range lacks {
		t := task{Icon: "warning", Tone: fds.Warning, rank: 24, Title: v.T("home.paper", v.T("staff.paper."+l.What)), Text: v.T("home.paper.text", v.Date(l.Due)),
			Link: fds.Link{Href: "/papirer/mine", Text: v.T("home.paper.link")}}
		if l.Overdue(v.Now) {
			t.Tone, t.rank = fds.Error, 17
		}
		tasks = append(tasks, t)
	}
	return tasks
}
