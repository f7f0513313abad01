package breach

import (
	"context"
	"embed"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/second"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Engine says whether a camera is stopped already.
type Engine interface {
	Permit(ctx context.Context, camera string) (engineapi.InForce, error)
}

// Reports are what passers-by say is wrong: see [notice.Room.Reports].
type Reports interface {
	Reports(ctx context.Context, controller, location string) ([]notice.Report, error)
}

// Config is what the room stands on; all of it is needed but Mail.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Issuer   *issuer.Issuer
	Register *register.Register
	People   *identity.Directory
	Engine   Engine
	EngineID string // that statements are for
	Reports  Reports
	// Withdraw ends what is shared with others of cameras' footage from since on, in
	// the transaction that stops or bars them; nil: nothing is shared.
	Withdraw func(ctx context.Context, tx *db.Tx, cameras []string, since time.Time, why string, who Who) error
	Mail     *notify.Letters // tells people; nil tells nobody
}

// Room keeps breaches. It is safe for concurrent use.
type Room struct {
	c     Config
	found second.Finder
}

// Open makes the tables, and takes the issuer's guard: see [Room.Guard].
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "breach", migrations); err != nil {
		return nil, err
	}
	r := &Room{c, second.Finder{People: c.People, Register: c.Register, Clock: c.Clock}}
	c.Issuer.Watch(r.Guard)
	return r, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Owns reports whether a person answers for the cameras of a place.
func (r *Room) Owns(ctx context.Context, controller, location, person string) (bool, error) {
	return r.found.Manages(ctx, controller, location, person)
}

// Report writes down what was found, stops the cameras where that is asked for,
// and tells IT and the data protection officer, all in one transaction: see
// [Call.check]. A camera that is stopped already is not stopped twice.
func (r *Room) Report(ctx context.Context, in Call, who Who) (b Breach, err error) {
	now := micro(r.c.Clock.Now())
	in = in.tidy(now)
	if err := in.check(now); err != nil {
		return b, err
	}
	if in.Cameras, err = r.cameras(ctx, who.Controller, in); err != nil {
		return b, err
	}
	b = Breach{ID: db.NewID(), Controller: who.Controller, Call: in, Person: who.Person, By: who.Name, Opened: now}
	told, err := r.told(ctx, b.Controller)
	if err != nil {
		return b, err
	}
	var halt []string
	if in.Stop {
		halt = r.running(ctx, in.Cameras)
	}
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if b.Number, err = db.Number(ctx, tx, "breaches", b.Controller, "B", now.In(clock.Denmark()).Year()); err != nil {
			return err
		}
		body, err := json.Marshal(b)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		if _, err := tx.Exec(ctx, `INSERT INTO breaches (id, controller, number, known, closed, over, body) VALUES (?, ?, ?, ?, 0, 0, ?)`,
			b.ID, b.Controller, b.Number, b.Known, string(body)); err != nil {
			return err
		}
		if err := r.enter(ctx, tx, "breach.opened", b, who, map[string]any{"of": b.Kind, "finder": b.Finder, "known": b.Known, "limit": b.Limit().UTC(), "source": b.Source, "source_id": b.SourceID}); err != nil {
			return err
		}
		if err := r.touch(ctx, tx, b); err != nil {
			return err
		}
		if b.Kind == Unlawful {
			if err := r.withdraw(ctx, tx, b, b.Since, who); err != nil {
				return err
			}
		}
		if in.Stop {
			if err := r.halt(ctx, tx, &b, halt, who, now); err != nil {
				return err
			}
		}
		r.contacted(&b, told, now)
		say := tellBreach
		if b.Finder == Owner {
			say = tellCall
		}
		if err := r.tell(ctx, tx, say, b, "", told.all()...); err != nil {
			return err
		}
		return put(ctx, tx, b)
	})
	if err == nil {
		r.wake()
	}
	return b, err
}

// cameras are those that a call is about: those it names, of its place, or all.
func (r *Room) cameras(ctx context.Context, controller string, in Call) ([]string, error) {
	if in.Location == "" {
		if len(in.Cameras) > 0 || in.Kind == Unlawful {
			return nil, bad("breach.location")
		}
		return nil, nil
	}
	if _, err := r.c.Register.Location(ctx, controller, in.Location); err != nil {
		return nil, err
	}
	here, _, err := r.c.Register.Cameras(ctx, register.Query{Controller: controller, Locations: []string{in.Location}, Removed: true, Brief: true})
	if err != nil {
		return nil, err
	}
	var all []string
	for _, c := range here {
		all = append(all, c.ID)
	}
	slices.Sort(all)
	if slices.ContainsFunc(in.Cameras, func(c string) bool { return !slices.Contains(all, c) }) {
		return nil, bad("breach.camera")
	}
	if len(in.Cameras) == 0 && in.Kind == Unlawful {
		return all, nil
	}
	return in.Cameras, nil
}

// askFor is how long an engine is asked what is stopped: the stop waits for it.
const askFor = time.Second

// running are those of some cameras that are not stopped already. An engine that
// does not answer is told to stop them all.
func (r *Room) running(ctx context.Context, cameras []string) (out []string) {
	ctx, done := context.WithTimeout(ctx, askFor)
	defer done()
	for _, c := range cameras {
		if in, err := r.c.Engine.Permit(ctx, c); err != nil || in.Stop == "" {
			out = append(out, c)
		}
	}
	return out
}

// halt stops cameras, and keeps all of the breach's from going on.
func (r *Room) halt(ctx context.Context, tx *db.Tx, b *Breach, cameras []string, who Who, now time.Time) error {
	if len(b.Cameras) == 0 {
		return bad("breach.no-camera")
	}
	b.Stopped = now
	if err := r.withdraw(ctx, tx, *b, time.Time{}, who); err != nil {
		return err
	}
	if len(cameras) > 0 {
		s := &permit.Stop{Head: permit.Head{Controller: b.Controller, Engine: r.c.EngineID, By: who.Person}, Cameras: cameras, Reason: b.Number}
		if _, err := r.c.Issuer.Issue(ctx, tx, s); err != nil {
			return err
		}
		b.Halt = s.ID
	}
	if _, err := tx.Exec(ctx, `UPDATE breach_cameras SET held = 1 WHERE breach = ?`, b.ID); err != nil {
		return err
	}
	return r.enter(ctx, tx, "breach.stopped", *b, who, map[string]any{"statement": b.Halt})
}

// withdraw takes back what others see of the breach's cameras.
func (r *Room) withdraw(ctx context.Context, tx *db.Tx, b Breach, since time.Time, who Who) error {
	if r.c.Withdraw == nil || len(b.Cameras) == 0 {
		return nil
	}
	return r.c.Withdraw(ctx, tx, b.Cameras, since, b.Number, who)
}

// touch says which cameras a breach is about, and bars what they recorded where
// that is what is wrong.
func (r *Room) touch(ctx context.Context, tx *db.Tx, b Breach) error {
	var since int64
	if !b.Since.IsZero() {
		since = b.Since.UnixMicro()
	}
	for _, c := range b.Cameras {
		if _, err := tx.Exec(ctx, `INSERT INTO breach_cameras (breach, controller, camera, held, barred, since, until) VALUES (?, ?, ?, 0, ?, ?, ?)`,
			b.ID, b.Controller, c, b.Kind == Unlawful, since, always); err != nil {
			return err
		}
	}
	return nil
}

// always is an end that does not come.
const always = int64(1) << 62

// change does one step of a breach of the person's controller; another's is
// fault.NotFound "breach.unknown". A refusal is entered.
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, *Breach, time.Time) error) (b Breach, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if b, err = r.one(ctx, tx, who.Controller, id); err != nil {
			return err
		}
		if err := step(tx, &b, micro(r.c.Clock.Now())); err != nil {
			return err
		}
		return put(ctx, tx, b)
	})
	if err != nil && b.ID != "" {
		return b, ledger.Refused(ctx, r.c.DB, err, func(tx *db.Tx) error {
			return r.enter(ctx, tx, "breach.denied", b, who, map[string]any{"why": fault.Key(err)})
		})
	}
	if err == nil {
		r.wake()
	}
	return b, err
}

// open does a step of one that is not closed: fault.Conflict "breach.over".
func (r *Room) open(ctx context.Context, id string, who Who, step func(*db.Tx, *Breach, time.Time) error) (Breach, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, b *Breach, now time.Time) error {
		if !b.Open() {
			return fault.New(fault.Conflict, "breach.over", "breach %s", b.Number)
		}
		return step(tx, b, now)
	})
}

func (r *Room) wake() {
	r.c.Issuer.Wake()
	r.c.Mail.Wake()
}

func put(ctx context.Context, tx *db.Tx, b Breach) error {
	body, err := json.Marshal(b)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	var closed int64
	if !b.Closed.IsZero() {
		closed = b.Closed.UnixMicro()
	}
	_, err = tx.Exec(ctx, `UPDATE breaches SET over = ?, closed = ?, body = ? WHERE id = ?`, !b.Open(), closed, string(body), b.ID)
	return err
}

// enter writes what was done in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, b Breach, who Who, more map[string]any) error {
	body := map[string]any{"controller": b.Controller, "breach": b.ID, "number": b.Number, "location": b.Location, "cameras": b.Cameras,
		"person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}

func (r *Room) one(ctx context.Context, tx *db.Tx, controller, id string) (b Breach, err error) {
	body, err := db.One[string](ctx, tx, `SELECT body FROM breaches WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		return b, fault.New(fault.NotFound, "breach.unknown", "no breach %.40q", id)
	}
	if err != nil {
		return b, err
	}
	return read(body)
}

func read(body string) (b Breach, err error) {
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		return b, fault.As(fault.Corrupt, "breach.body", err)
	}
	return b, nil
}

// Get is a breach of a controller; another's is fault.NotFound "breach.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (b Breach, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		b, err = r.one(ctx, tx, controller, id)
		return err
	})
	return b, err
}

// most is how many breaches are listed: many years of them.
const most = 2000

// List lists a controller's breaches, the newest first.
func (r *Room) List(ctx context.Context, controller string) ([]Breach, error) {
	return r.find(ctx, `controller = ?`, controller)
}

// Open lists those of a controller that are not closed, the newest first: each
// with its limit ([Breach.Limit]) and whether it counts ([Breach.Counting]).
func (r *Room) Open(ctx context.Context, controller string) ([]Breach, error) {
	return r.find(ctx, `controller = ? AND over = 0`, controller)
}

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Breach, err error) {
	var bodies []string
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		bodies, err = db.All[string](ctx, tx, `SELECT body FROM breaches WHERE `+where+` ORDER BY known DESC, id LIMIT ?`, append(args, most)...)
		return err
	})
	for _, body := range bodies {
		b, err := read(body)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, err
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}
