package sharing

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
)

// Assesses reports whether somebody is one of the system's assessors and not who
// asked: fault.Denied sharing.assessor, sharing.own.
func (r *Room) Assesses(ctx context.Context, s Share, who Who) error {
	system, err := r.System(ctx, s.Controller, s.System)
	if err != nil {
		return err
	}
	if s.same(who) {
		return denied("sharing.own")
	}
	if _, ok := system.Assessor(who.Person); !ok {
		return denied("sharing.assessor")
	}
	return nil
}

// Decide is the assessor's answer to exactly what seal is of. With a yes, those
// on the closed list can see it and are told.
func (r *Room) Decide(ctx context.Context, id string, yes bool, answer, seal string, who Who) (Share, error) {
	answer = strings.TrimSpace(answer)
	s, err := r.Get(ctx, who.Controller, id)
	if err != nil {
		return s, err
	}
	if err := r.Assesses(ctx, s, who); err != nil {
		return s, r.refused(ctx, "answer", s, who, err)
	}
	system, err := r.System(ctx, s.Controller, s.System)
	if err != nil {
		return s, err
	}
	i, err := r.c.Incidents.Get(ctx, s.Controller, s.Incident)
	if err != nil {
		return s, err
	}
	if yes { // since it was asked, the law, the system or the permission may be another
		if err := r.lawful(ctx, s, i, system); err != nil {
			return s, r.refused(ctx, "answer", s, who, err)
		}
	}
	var members []identity.Person
	for _, m := range system.Members {
		p, err := r.c.People.Person(ctx, m.Person)
		if err != nil {
			return s, err
		}
		members = append(members, p)
	}
	asker, err := r.c.People.Person(ctx, s.Person)
	if err != nil {
		return s, err
	}
	return r.change(ctx, "answer", id, who, func(tx *db.Tx, s *Share, now time.Time) error {
		if err := s.in(Asked, now); err != nil {
			return err
		}
		switch {
		case seal != s.Seal():
			return fault.New(fault.Conflict, "sharing.changed", "share %s is not what was read", s.Number)
		case incident.CheckText(answer, incident.Shortest, incident.Longest) != nil: // the assessment is said, yes or no
			return bad("sharing.answer")
		}
		a, _ := system.Assessor(who.Person)
		s.Decided, s.Approved, s.Decider, s.DeciderName, s.Qualification, s.Answer = now, yes, who.Person, who.Name, a.Qualification, answer
		kind := "sharing.declined"
		if yes {
			kind = "sharing.approved"
			for _, m := range system.Members {
				if _, err := tx.Exec(ctx, `INSERT INTO share_members (share, person) VALUES (?, ?) ON CONFLICT (share, person) DO NOTHING`, s.ID, m.Person); err != nil {
					return err
				}
			}
			if err := r.tell(ctx, tx, tellMembers, *s, "/delt/", members); err != nil {
				return err
			}
		}
		if err := r.enter(ctx, tx, kind, *s, s.Controller, who, map[string]any{"answer": s.Answer, "seal": seal, "of": s.Person, "members": system.Members}); err != nil {
			return err
		}
		return r.tell(ctx, tx, tellAnswer, *s, "/deling/", []identity.Person{asker})
	})
}

// Stop ends a share at once, for a reason.
func (r *Room) Stop(ctx context.Context, id, why string, who Who) (Share, error) {
	why = strings.TrimSpace(why)
	return r.change(ctx, "stop", id, who, func(tx *db.Tx, s *Share, now time.Time) error {
		if st := s.State(now); st != Asked && st != Standing {
			return s.in(Standing, now)
		}
		if !says(why, incident.Longest) {
			return bad("sharing.why")
		}
		s.Stopped, s.StopName, s.StopWhy = now, who.Name, why
		return r.enter(ctx, tx, "sharing.stopped", *s, s.Controller, who, map[string]any{"reason": why})
	})
}

// Withdraw stops every share, asked for or standing, of some cameras' footage from
// since on, in the transaction of whatever makes it wrong that others see it; why
// is kept as the reason. What somebody is looking at breaks off when it is asked
// next whether they may, which is each second.
func (r *Room) Withdraw(ctx context.Context, tx *db.Tx, cameras []string, since time.Time, why string, who Who) error {
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	bodies, err := db.All[string](ctx, tx, `SELECT body FROM shares WHERE controller = ? AND asked > ? ORDER BY id`, who.Controller, now.Add(-Longest-AnswerWithin))
	if err != nil {
		return err
	}
	for _, b := range bodies {
		s, err := read[Share](b)
		if err != nil {
			return err
		}
		st := s.State(now)
		if st != Asked && st != Standing || !s.To.After(since) || !slices.ContainsFunc(s.Cameras, func(c string) bool { return slices.Contains(cameras, c) }) {
			continue
		}
		s.Stopped, s.StopName, s.StopWhy = now, who.Name, why
		if err := r.put(ctx, tx, s); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "sharing.stopped", s, s.Controller, who, map[string]any{"reason": why}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Room) put(ctx context.Context, tx *db.Tx, s Share) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `UPDATE shares SET body = ? WHERE id = ?`, string(body), s.ID)
	return err
}

// in refuses what needs another state: fault.Conflict sharing.state.<state>.
func (s Share) in(want State, now time.Time) error {
	if st := s.State(now); st != want {
		return fault.New(fault.Conflict, "sharing.state."+string(st), "share %s", s.Number)
	}
	return nil
}

// change does one step of a share of the person's business; another's is
// fault.NotFound "sharing.unknown". What is refused is entered.
func (r *Room) change(ctx context.Context, act, id string, who Who, step func(*db.Tx, *Share, time.Time) error) (s Share, err error) {
	var was Share
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if was, err = r.one(ctx, tx, `id = ? AND controller = ?`, id, who.Controller); err != nil {
			return err
		}
		s = was
		if err := step(tx, &s, r.c.Clock.Now().Truncate(time.Microsecond)); err != nil {
			return err
		}
		return r.put(ctx, tx, s)
	})
	if err != nil {
		return was, r.refused(ctx, act, was, who, err)
	}
	r.c.Mail.Wake()
	return s, nil
}

// MayLook says whether somebody may see a share now: it stands, its system is
// open, and they are on its list as it is now; or it waits, and they are to
// assess it: fault.NotFound "sharing.unknown"
// for who never was, fault.Denied sharing.state.<state>, sharing.closed,
// sharing.permission-expired, sharing.member.
func (r *Room) MayLook(ctx context.Context, id string, who Who) (Share, error) {
	now := r.c.Clock.Now()
	if s, err := r.Get(ctx, who.Controller, id); err == nil && s.State(now) == Asked && r.Assesses(ctx, s, who) == nil {
		return s, nil
	}
	s, system, err := r.shown(ctx, id, who.Person)
	if err != nil {
		return s, err
	}
	switch {
	case s.State(now) != Standing:
		return s, denied("sharing.state." + string(s.State(now)))
	case !system.Member(who.Person):
		return s, denied("sharing.member")
	}
	return s, system.Open(now)
}

// Look opens one look: an entry for the business that shares and one for that of
// who looks, and a ticket that never leaves the servers, in one transaction.
func (r *Room) Look(ctx context.Context, id string, who Who) (l Look, err error) {
	s, err := r.MayLook(ctx, id, who)
	if err != nil {
		return l, r.refused(ctx, "look", s, who, err)
	}
	now := r.c.Clock.Now().Truncate(time.Microsecond)
	l = Look{ID: db.NewID(), Share: s.ID, Person: who.Person, Name: who.Name, Controller: who.Controller, Opened: now, Expires: now.Add(LookFor)}
	if l.Expires.After(s.Until) {
		l.Expires = s.Until
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		t := &permit.Ticket{Head: permit.Head{Controller: s.Controller, Engine: r.c.Engine, By: who.Person}, Person: who.Person, Purpose: "§ 4 c, stk. 2: " + s.Number, Case: s.Number, Cameras: s.Cameras,
			From: s.From, To: s.To, Expires: l.Expires, Text: who.Name}
		signed, err := r.c.Issuer.Ticket(ctx, tx, t)
		if err != nil {
			return err
		}
		l.Ticket = signed.Encode()
		if _, err := tx.Exec(ctx, `INSERT INTO share_looks (id, share, person, name, controller, opened, expires, ticket) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			l.ID, l.Share, l.Person, l.Name, l.Controller, l.Opened, l.Expires, l.Ticket); err != nil {
			return err
		}
		more := map[string]any{"look": l.ID, "from": s.From, "to": s.To, "by_controller": who.Controller, "purpose": t.Purpose}
		if err := r.enter(ctx, tx, "sharing.looked", s, s.Controller, who, more); err != nil || who.Controller == s.Controller {
			return err
		}
		return r.enter(ctx, tx, "sharing.looked", s, who.Controller, who, more)
	})
	return l, err
}
