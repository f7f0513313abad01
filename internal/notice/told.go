package notice

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/second"
)

// stage is how long before or after its day a thing is told of, and the kind of
// letter that says so, by which webhooks choose.
type stage struct {
	days int
	kind string
}

const (
	tellSoon = "sign.soon"
	tellDue  = "sign.due"
	tellLate = "sign.late"
)

// stages are in the order in which they come.
var stages = []stage{{-7, tellSoon}, {0, tellDue}, {7, tellLate}}

// stage is the last that has come; false: none has.
func (d Due) stage(now time.Time) (last stage, ok bool) {
	for _, s := range stages {
		if !now.Before(d.At.AddDate(0, 0, s.days)) {
			last, ok = s, true
		}
	}
	return last, ok
}

// key names a stage of a thing, for good.
func (d Due) key(s stage) string {
	return strings.Join([]string{d.Kind, d.Location, d.Thing, d.Words[:min(len(d.Words), 20)], strconv.FormatInt(d.At.Unix(), 10), strconv.Itoa(s.days)}, "/")
}

// news is what is to be told of one place at once.
type news struct {
	location string
	kind     string
	keys     []string
}

// remind tells of what falls due at a controller's places: each thing once at
// each stage, what comes up at one place together in one letter. What cannot be
// told of one place does not keep the others from it.
func (r *Room) remind(ctx context.Context, controller string) error {
	all, err := r.Due(ctx, controller)
	if err != nil {
		return err
	}
	told, err := r.told(ctx, controller)
	if err != nil {
		return err
	}
	var list []*news
	for _, d := range all {
		s, ok := d.stage(r.c.Clock.Now())
		if !ok || told[d.key(s)] {
			continue
		}
		i := slices.IndexFunc(list, func(n *news) bool { return n.location == d.Location })
		if i < 0 {
			i, list = len(list), append(list, &news{location: d.Location, kind: s.kind})
		}
		n := list[i]
		n.keys = append(n.keys, d.key(s))
		if order := func(kind string) int { return slices.IndexFunc(stages, func(x stage) bool { return x.kind == kind }) }; order(s.kind) > order(n.kind) {
			n.kind = s.kind
		}
	}
	var wrong []error
	for _, n := range list {
		wrong = append(wrong, r.tell(ctx, controller, n))
	}
	if len(list) > 0 {
		r.c.Mail.Wake()
	}
	return errors.Join(wrong...)
}

func (r *Room) tell(ctx context.Context, controller string, n *news) error {
	to, err := r.answers(ctx, controller, n)
	if err != nil {
		return err
	}
	id := sha256.Sum256([]byte(controller + " " + strings.Join(n.keys, " ")))
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		for _, k := range n.keys {
			if _, err := tx.Exec(ctx, `INSERT INTO notice_told (controller, what, at) VALUES (?, ?, ?)`, controller, k, r.c.Clock.Now()); err != nil {
				return err // where two tell at once, one of them stays silent
			}
		}
		if err := r.enter(ctx, tx, "sign.reminded", n.location, Who{Controller: controller, Person: "vidne", Name: "Vidne"}, map[string]any{"what": n.kind, "things": len(n.keys)}); err != nil {
			return err
		}
		return notify.Tell(ctx, tx, r.c.Mail, notify.Letter{ID: "notice-" + hex.EncodeToString(id[:12]), Kind: n.kind, Thread: controller + "/signs/" + n.location,
			Room: "signs", Say: strings.TrimPrefix(n.kind, "sign."), Path: "/steder/" + n.location + "/skilte", Data: map[string]string{"location": n.location, "controller": controller}}, to...)
	})
}

// answers are those who answer for a place; where nobody does, and for what is
// late, the coordinators too.
func (r *Room) answers(ctx context.Context, controller string, n *news) ([]identity.Person, error) {
	a, err := second.Finder{People: r.c.People, Register: r.c.Register, Clock: r.c.Clock}.Around(ctx, second.Asked{Controller: controller, Location: n.location})
	if err != nil || n.kind == tellLate {
		return a.Can, err
	}
	managers := slices.DeleteFunc(slices.Clone(a.Can), func(p identity.Person) bool {
		return !slices.ContainsFunc(a.Told, func(o identity.Person) bool { return o.ID == p.ID })
	})
	if len(managers) == 0 {
		return a.Can, nil
	}
	return managers, nil
}

// told is what was told already.
func (r *Room) told(ctx context.Context, controller string) (map[string]bool, error) {
	out := map[string]bool{}
	err := r.c.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := db.All[string](ctx, tx, `SELECT what FROM notice_told WHERE controller = ?`, controller)
		for _, k := range all {
			out[k] = true
		}
		return err
	})
	return out, err
}
