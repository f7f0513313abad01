package incident

import (
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Steps are what is done in an incident beside describing and looking (H 7 nos.
// 3-7): each says who did it, when, and in which words.
type Steps struct {
	Assessed  Done // whether it was a crime
	Others    Asked
	Nothing   Done // no footage is to be secured, and why
	Minors    Minors
	Consulted Consultation
	Handed    Handover
	NoCase    Done // that it is no criminal case, and why
}

// Done is who did something, when, and what they said of it. The zero Done is
// not done.
type Done struct {
	At    time.Time
	Name  string
	Words string
}

// Is reports whether it was done.
func (d Done) Is() bool { return !d.At.IsZero() }

// Asked is that others who used the place before and after were asked (H 7
// no. 3), and what they said.
type Asked struct {
	Done
	Who string
}

// Minors is whether minors are seen in the footage, and what was done with those
// who have custody of them (H 7 no. 6).
type Minors struct {
	Done      // who looked for that
	Seen bool // minors are seen
	// Told is when their guardians were told, before anything went out, and
	// how: its words.
	Told Done
	Talk Done // the talk that followed, or why there was none
}

// Consultation (samråd) is with the location's central leadership, before
// footage is handed over to the police (H 7 no. 7).
type Consultation struct {
	Done
	With string
	On   time.Time // the day
}

// Handover (overdragelse) is of footage to the police.
type Handover struct {
	Done
	Police string // the police's journal number
	To     string // who received it
	On     time.Time
	Medium string // what it lay on
}

// InOrder says whether footage may go out of the house: fault.Denied
// steps.minors until it is said whether minors are seen, steps.guardians until
// their guardians are told (H 7 no. 6).
func (i Incident) InOrder() error {
	m := i.Steps.Minors
	switch {
	case !m.Is():
		return i.denied("steps.minors")
	case m.Seen && !m.Told.Is():
		return i.denied("steps.guardians")
	}
	return nil
}

// MayHandOver says whether footage may be handed over to the police: as
// [Incident.InOrder], and fault.Denied steps.consult until the central leadership
// was consulted (H 7 no. 7), steps.no-case where it is on record that it is none.
func (i Incident) MayHandOver() error {
	if i.Steps.NoCase.Is() {
		return i.denied("steps.no-case")
	}
	if err := i.InOrder(); err != nil {
		return err
	}
	if !i.Steps.Consulted.Is() {
		return i.denied("steps.consult")
	}
	return nil
}

// MayClose says whether an incident can close: a criminal case not without the
// hand-over to the police or a record that it is none, nor one that nobody has
// assessed (H 5.3): fault.Denied steps.police; and none whose minors' guardians
// were not told, or with the talk that followed unwritten: steps.guardians,
// steps.talk.
func (i Incident) MayClose() error {
	s := i.Steps
	switch {
	case i.Crime != CrimeNone && !s.Handed.Is() && !s.NoCase.Is():
		return i.denied("steps.police")
	case s.Minors.Seen && !s.Minors.Told.Is():
		return i.denied("steps.guardians")
	case s.Minors.Seen && !s.Minors.Talk.Is():
		return i.denied("steps.talk")
	}
	return nil
}

// step records one step of an open incident.
func (r *Room) step(ctx context.Context, id string, who Who, kind string, f func(i Incident, done Done) (Steps, map[string]any, error)) (Incident, error) {
	return r.act(ctx, id, who, kind, r.stepping(ctx, who, f))
}

func (r *Room) stepping(ctx context.Context, who Who, f func(i Incident, done Done) (Steps, map[string]any, error)) func(*db.Tx, *Incident) (map[string]any, error) {
	return func(tx *db.Tx, i *Incident) (more map[string]any, err error) {
		if i.Steps, more, err = f(*i, Done{At: r.Clock.Now().UTC().Truncate(time.Microsecond), Name: who.Name}); err != nil {
			return nil, err
		}
		return more, putSteps(ctx, tx, *i)
	}
}

func putSteps(ctx context.Context, tx *db.Tx, i Incident) error {
	steps, err := json.Marshal(i.Steps)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `UPDATE incidents SET steps = ? WHERE id = ?`, string(steps), i.ID)
	return err
}

// said checks words that must be there, and names or numbers that must.
func said(words string, lines ...string) error {
	for _, l := range lines {
		if err := CheckText(l, 2, LongLine); err != nil {
			return fault.New(fault.Invalid, "steps.line", "%q", l)
		}
	}
	return CheckText(words, Shortest, Longest)
}

// past refuses a day of which nobody can know yet.
func (r *Room) past(day time.Time) error {
	if day.IsZero() || day.After(r.Clock.Now()) {
		return fault.New(fault.Invalid, "steps.day", "%s", day)
	}
	return nil
}

// AskOthers records who of those that used the place before and after were
// asked, and what they said.
func (r *Room) AskOthers(ctx context.Context, id, asked, answer string, who Who) (Incident, error) {
	asked, answer = tidy(asked), tidy(answer)
	return r.step(ctx, id, who, "incident.others", func(i Incident, d Done) (Steps, map[string]any, error) {
		if err := said(answer, asked); err != nil {
			return i.Steps, nil, err
		}
		d.Words = answer
		i.Steps.Others = Asked{Done: d, Who: asked}
		return i.Steps, nil, nil
	})
}

// SecureNothing records that none of the footage needs to be secured, and why.
func (r *Room) SecureNothing(ctx context.Context, id, why string, who Who) (Incident, error) {
	why = tidy(why)
	return r.step(ctx, id, who, "incident.secured", func(i Incident, d Done) (Steps, map[string]any, error) {
		if err := said(why); err != nil {
			return i.Steps, nil, err
		}
		d.Words = why
		i.Steps.Nothing = d
		return i.Steps, map[string]any{"words": why}, nil
	})
}

// SayMinors records whether minors are seen, and of their guardians when they
// were told and how; told empty: not yet, and nothing goes out until they are.
// The ledger hears that they were told, and nothing of whom.
func (r *Room) SayMinors(ctx context.Context, id string, seen bool, told time.Time, how string, who Who) (Incident, error) {
	how = tidy(how)
	return r.step(ctx, id, who, "incident.minors", func(i Incident, d Done) (Steps, map[string]any, error) {
		m := Minors{Done: d, Seen: seen, Talk: i.Steps.Minors.Talk}
		switch {
		case i.Steps.Handed.Is():
			return i.Steps, nil, fault.New(fault.Conflict, "steps.handed", "incident %s is handed over", i.Number)
		case seen && (!told.IsZero() || how != ""):
			if err := r.past(told); err != nil {
				return i.Steps, nil, err
			}
			if err := said(how); err != nil {
				return i.Steps, nil, err
			}
			m.Told = Done{At: told.UTC(), Name: who.Name, Words: how}
		case !seen:
			m.Talk = Done{}
		}
		i.Steps.Minors = m
		return i.Steps, map[string]any{"seen": seen, "told": m.Told.Is()}, nil
	})
}

// Talk records the talk with the guardians that followed, or why there was none.
func (r *Room) Talk(ctx context.Context, id, words string, who Who) (Incident, error) {
	words = tidy(words)
	return r.step(ctx, id, who, "incident.talk", func(i Incident, d Done) (Steps, map[string]any, error) {
		if !i.Steps.Minors.Told.Is() {
			return i.Steps, nil, i.denied("steps.guardians")
		}
		if err := said(words); err != nil {
			return i.Steps, nil, err
		}
		d.Words = words
		i.Steps.Minors.Talk = d
		return i.Steps, nil, nil
	})
}

// Consult records the consultation with the central leadership.
func (r *Room) Consult(ctx context.Context, id string, c Consultation, who Who) (Incident, error) {
	c.With, c.Words = tidy(c.With), tidy(c.Words)
	return r.step(ctx, id, who, "incident.consulted", func(i Incident, d Done) (Steps, map[string]any, error) {
		if err := r.past(c.On); err != nil {
			return i.Steps, nil, err
		}
		if err := said(c.Words, c.With); err != nil {
			return i.Steps, nil, err
		}
		d.Words = c.Words
		i.Steps.Consulted = Consultation{Done: d, With: c.With, On: c.On.UTC()}
		return i.Steps, map[string]any{"with": c.With, "words": c.Words}, nil
	})
}

// HandOver records that footage was handed over to the police, if it may be.
func (r *Room) HandOver(ctx context.Context, id string, h Handover, who Who) (i Incident, err error) {
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		i, err = r.HandOverIn(ctx, tx, id, h, who)
		return err
	})
	return i, err
}

// HandOverIn is [Room.HandOver] in a transaction of the caller.
func (r *Room) HandOverIn(ctx context.Context, tx *db.Tx, id string, h Handover, who Who) (Incident, error) {
	h.Police, h.To, h.Medium = tidy(h.Police), tidy(h.To), tidy(h.Medium)
	return r.actIn(ctx, tx, id, who, "incident.handed", r.stepping(ctx, who, func(i Incident, d Done) (Steps, map[string]any, error) {
		if err := i.MayHandOver(); err != nil {
			return i.Steps, nil, err
		}
		if err := r.past(h.On); err != nil {
			return i.Steps, nil, err
		}
		for _, l := range []string{h.Police, h.To, h.Medium} {
			if err := CheckText(l, 2, LongLine); err != nil {
				return i.Steps, nil, fault.New(fault.Invalid, "steps.line", "%q", l)
			}
		}
		h.Done, h.On = d, h.On.UTC()
		i.Steps.Handed = h
		return i.Steps, map[string]any{"police": h.Police, "to": h.To, "medium": h.Medium, "on": h.On}, nil
	}))
}

// SayNoCase records that it is no criminal case, and why.
func (r *Room) SayNoCase(ctx context.Context, id, why string, who Who) (Incident, error) {
	why = tidy(why)
	return r.step(ctx, id, who, "incident.no-case", func(i Incident, d Done) (Steps, map[string]any, error) {
		if i.Steps.Handed.Is() {
			return i.Steps, nil, fault.New(fault.Conflict, "steps.handed", "incident %s is handed over", i.Number)
		}
		if err := said(why); err != nil {
			return i.Steps, nil, err
		}
		d.Words = why
		i.Steps.NoCase = d
		return i.Steps, map[string]any{"words": why}, nil
	})
}
