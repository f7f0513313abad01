package guideline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
)

type person = identity.Person

// Bodies that are asked by themselves: whoever answers for the risk and the
// rights of people, runs the platform, or has part in an approval (H 2.4).
var askedRoles = []string{"it", "coordinator", "dpo", "approver"}

// Asked reports whether a person is asked when a review begins by itself.
func Asked(p identity.Person) bool {
	return !p.Closed && slices.ContainsFunc(p.Roles, func(role string) bool { return slices.Contains(askedRoles, role) })
}

// LawTime is how long a review takes that the law began by itself.
const LawTime = Ahead

// itself is who begins reviews and sends reminders.
func itself(controller string) Who {
	return Who{Controller: controller, Person: "vidne", Name: "Vidne"}
}

// Tick begins the reviews that time or the law begins, and tells of those whose
// day comes or has passed.
func (r *Room) Tick(ctx context.Context) (err error) {
	all, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range all {
		err = errors.Join(err, r.tick(ctx, c.ID))
	}
	return err
}

func (r *Room) tick(ctx context.Context, controller string) error {
	now := r.c.Clock.Now()
	g, err := r.Of(ctx, controller)
	if err != nil {
		return err
	}
	if _, ok := g.InForce(now); !ok {
		return nil
	}
	changed, err := r.changed(ctx, controller)
	if err != nil {
		return err
	}
	open, running := g.Running()
	switch {
	case running && len(changed) > 0:
		return r.also(ctx, open, changed)
	case running:
		return r.remind(ctx, open)
	case len(changed) > 0:
		return r.beginItself(ctx, g, Review{Cause: Law, Rules: changed, Due: deadline.EndOf(now.Add(LawTime))})
	case !now.Before(g.Next().Add(-Ahead)):
		due := g.Next()
		if due.Before(now) { // it was late before anybody was asked
			due = deadline.EndOf(now.Add(Ahead / 2))
		}
		return r.beginItself(ctx, g, Review{Cause: Yearly, Due: due})
	}
	return nil
}

// beginItself begins a review with those who are always asked, and the bodies
// that were asked last time.
func (r *Room) beginItself(ctx context.Context, g Guideline, x Review) error {
	all, err := r.c.People.People(ctx, g.Controller)
	if err != nil {
		return err
	}
	var people, bodies []string
	for _, p := range all {
		if Asked(p) {
			people = append(people, p.ID)
		}
	}
	if last, ok := g.Last(); ok {
		for _, p := range last.Parties {
			if p.Person == "" {
				bodies = append(bodies, p.Name)
			}
		}
	}
	x.Controller = g.Controller
	if x.Parties, err = r.parties(ctx, g.Controller, people, bodies, micro(r.c.Clock.Now())); err != nil {
		return err
	}
	_, err = r.begin(ctx, x, itself(g.Controller))
	if k := fault.Key(err); k == "guideline.open" || k == "guideline.none" {
		return nil // somebody was faster
	}
	return err
}

// rules are those in force now: rule and the day from which it says what it
// says, and how it is cited.
func (r *Room) rules() map[string]string {
	out := map[string]string{}
	for _, x := range r.c.Law.At(r.c.Clock.Now()).All() {
		out[x.ID+"@"+x.From.Format(time.DateOnly)] = x.Cite
	}
	return out
}

func (r *Room) see(ctx context.Context, tx *db.Tx, controller string, rules map[string]string) error {
	body, err := json.Marshal(rules)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO guideline_law (controller, seen) VALUES (?, ?) ON CONFLICT (controller) DO UPDATE SET seen = excluded.seen`, controller, string(body))
	return err
}

// changed are the rules that begin, end or say something else than when the
// guideline was last held against the law, as they are cited.
func (r *Room) changed(ctx context.Context, controller string) (out []string, err error) {
	var body string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		body, err = db.One[string](ctx, tx, `SELECT seen FROM guideline_law WHERE controller = ?`, controller)
		return err
	})
	if fault.Is(err, fault.NotFound) { // a version that was not published here
		return nil, r.c.DB.Write(ctx, func(tx *db.Tx) error { return r.see(ctx, tx, controller, r.rules()) })
	}
	if err != nil {
		return nil, err
	}
	var seen map[string]string
	if err := json.Unmarshal([]byte(body), &seen); err != nil {
		return nil, fault.As(fault.Corrupt, "guideline.law", err)
	}
	now := r.rules()
	differ := func(a, b map[string]string) {
		for key, cite := range a {
			if _, ok := b[key]; !ok && !slices.Contains(out, cite) {
				out = append(out, cite)
			}
		}
	}
	differ(now, seen)
	differ(seen, now)
	slices.Sort(out)
	return out, nil
}

// also adds rules that changed while a review goes on to what it is about.
func (r *Room) also(ctx context.Context, x Review, rules []string) error {
	told, err := r.people(ctx, x)
	if err != nil {
		return err
	}
	who := itself(x.Controller)
	_, err = r.change(ctx, x.ID, who, func(tx *db.Tx, x *Review, now time.Time) error {
		x.Rules = slices.Compact(slices.Sorted(slices.Values(slices.Concat(x.Rules, rules))))
		if err := r.see(ctx, tx, x.Controller, r.rules()); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "guideline.law", *x, who, map[string]any{"rules": rules}); err != nil {
			return err
		}
		return r.tell(ctx, tx, "law", *x, "-"+now.Format("20060102150405"), told)
	})
	return err
}

// people are the accounts of a review's parties.
func (r *Room) people(ctx context.Context, x Review) ([]person, error) {
	all, err := r.c.People.People(ctx, x.Controller)
	return slices.DeleteFunc(all, func(p person) bool {
		return p.Closed || !slices.ContainsFunc(x.Parties, func(y Party) bool { return y.Person == p.ID })
	}), err
}

func (r *Room) tell(ctx context.Context, tx *db.Tx, say string, x Review, more string, to []person) error {
	return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "guideline-" + say + more + "-" + x.ID, Kind: "guideline." + say, Thread: x.Controller + "/guideline/" + x.ID,
		Room: "guideline", Say: say, Args: []any{x.Number}, Path: "/retningslinje/gennemgang/" + x.ID, Data: map[string]string{"review": x.ID, "controller": x.Controller}}, to...)
}

// reached is what is to be told of a review now, and was not.
func (x Review) reached(now time.Time) (deadline.Stage, bool) {
	s, ok := deadline.Reached(x.Due, x.Began, now)
	return s, ok && x.Open() && s.Key != x.Reminded
}

// remind tells those who have not answered, and whoever runs the platform, on
// whom the review rests (H 11: IT & Digitalisering er ansvarlig).
func (r *Room) remind(ctx context.Context, x Review) error {
	if _, ok := x.reached(r.c.Clock.Now()); !ok {
		return nil
	}
	all, err := r.c.People.People(ctx, x.Controller)
	if err != nil {
		return err
	}
	missing := x.Missing()
	told := slices.DeleteFunc(all, func(p person) bool {
		return p.Closed || !slices.Contains(p.Roles, "it") && !slices.ContainsFunc(missing, func(y Party) bool { return y.Person == p.ID })
	})
	who := itself(x.Controller)
	_, err = r.change(ctx, x.ID, who, func(tx *db.Tx, x *Review, now time.Time) error {
		s, ok := x.reached(now)
		if !ok {
			return nil // somebody was faster
		}
		x.Reminded = s.Key
		say := "due"
		if s.Late {
			say = "late"
		}
		if err := r.enter(ctx, tx, "guideline.reminded", *x, who, map[string]any{"what": "guideline." + say, "due": x.Due, "missing": strings.Join(names(missing), ", ")}); err != nil {
			return err
		}
		return r.tell(ctx, tx, say, *x, "-"+s.Key, told)
	})
	return err
}
