package authorisation

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Instruction (instruks) is one version of what a controller instructs those
// who may look (D 3.5.3, 3.5.6). A version is never changed.
type Instruction struct {
	Controller string
	Version    int64
	Viewing    string // when recordings may be viewed
	Passing    string // when they may be passed on or shown to others
	Deletion   string // the routine of deletion
	Passwords  string // never shared, never left about
	More       string // what else; may be empty

	PublishedBy, PublishedName string
	PublishedAt                time.Time
	DueAt                      time.Time // from here rights rest whose person has not read it
}

// LongestInstruction bounds each part, in bytes.
const LongestInstruction = 6000

// Publish makes a new version of the instruction. Those who look have the
// process's days to read it; the first is due at once. The coordinator, the
// data protection officer and whoever approves forms may publish.
func (r *Room) Publish(ctx context.Context, in Instruction, who Who) (version int64, err error) {
	t, err := r.Terms(ctx, in.Controller)
	if err != nil {
		return 0, err
	}
	for _, p := range []*string{&in.Viewing, &in.Passing, &in.Deletion, &in.Passwords, &in.More} {
		*p = strings.TrimSpace(*p)
		if len(*p) > LongestInstruction || p != &in.More && len(*p) < ShortestReason {
			return 0, fault.New(fault.Invalid, "instruction.part", "a part of %d bytes", len(*p))
		}
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		now := r.c.Clock.Now()
		a, err := r.actor(ctx, tx, in.Controller, who, t.Approve)
		if err != nil {
			return err
		}
		if !a.oversees && len(a.manages) == 0 {
			return fault.New(fault.Denied, "access.role", "%s does not instruct", a.person)
		}
		was, err := newestInstruction(ctx, tx, in.Controller)
		if err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
		in.Version, in.PublishedBy, in.PublishedName, in.PublishedAt, in.DueAt = was.Version+1, a.person, a.name, now, now
		if was.Version > 0 {
			in.DueAt = now.AddDate(0, 0, t.InstructionDays)
		}
		version = in.Version
		if _, err := tx.Exec(ctx, `INSERT INTO authorisation_instructions (controller, version, viewing, passing, deletion, passwords, more, published_by, published_name, published_at, due_at)
			VALUES (`+db.Marks(11)+`)`, in.Controller, in.Version, in.Viewing, in.Passing, in.Deletion, in.Passwords, in.More, in.PublishedBy, in.PublishedName, in.PublishedAt, in.DueAt); err != nil {
			return err
		}
		_, err = r.c.Ledger.Append(ctx, tx, now, "instruction.published", map[string]any{"controller": in.Controller, "person": a.person, "name": a.name, "address": who.Address,
			"version": in.Version, "viewing": in.Viewing, "passing": in.Passing, "deletion": in.Deletion, "passwords": in.Passwords, "more": in.More, "due": in.DueAt})
		return err
	})
	return version, err
}

// MayPublish says whether a person may publish an instruction.
func (r *Room) MayPublish(ctx context.Context, controller, person string) (yes bool, err error) {
	t, err := r.c.Terms(ctx, controller)
	if err != nil || !t.Given() {
		return false, err
	}
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		a, err := r.actor(ctx, tx, controller, Who{Person: person}, t.Approve)
		yes = a.oversees || len(a.manages) > 0
		return err
	})
	return yes, err
}

// Instructions lists a controller's versions, the newest first.
func (r *Room) Instructions(ctx context.Context, controller string) (out []Instruction, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Instruction](ctx, tx, `SELECT * FROM authorisation_instructions WHERE controller = ? ORDER BY version DESC`, controller)
		return err
	})
	return out, err
}

// newestInstruction is the version to read; none is Conflict
// "rights.instruction": nothing takes effect without one.
func newestInstruction(ctx context.Context, tx *db.Tx, controller string) (Instruction, error) {
	in, err := db.One[Instruction](ctx, tx, `SELECT * FROM authorisation_instructions WHERE controller = ? ORDER BY version DESC LIMIT 1`, controller)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Conflict, "rights.instruction", "%s has no instruction", controller)
	}
	return in, err
}

// standingInstruction is the lowest version that counts as read at now.
func standingInstruction(ctx context.Context, tx *db.Tx, controller string, now time.Time) (int64, error) {
	return db.One[int64](ctx, tx, `SELECT COALESCE(MAX(version), 1) FROM authorisation_instructions WHERE controller = ? AND due_at <= ?`, controller, now)
}

// Reading is what waits for a person to read.
type Reading struct {
	Instruction Instruction
	Forms       []Standing
}

// ToRead finds the forms for which a person has the newest instruction to read.
func (r *Room) ToRead(ctx context.Context, controller, person string) (out Reading, err error) {
	all, err := r.Instructions(ctx, controller)
	if err != nil || len(all) == 0 {
		return out, err
	}
	out.Instruction = all[0]
	forms, err := r.List(ctx, Query{Controller: controller, Person: person, Live: r.c.Clock.Now()})
	for _, f := range forms {
		if slices.Contains([]State{Granted, Resting, InForce, Coming}, f.State) && f.Instruction < all[0].Version {
			out.Forms = append(out.Forms, f)
		}
	}
	return out, err
}
