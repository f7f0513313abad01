// Package issuer is the portal's hand: it signs what was decided and sees to it
// that the engines hear it.
//
// What it promises: a statement is signed, kept and entered in the ledger in
// the caller's transaction, so that none is sent that was not decided and
// none decided that is not sent; the engines get them in their order, at once
// when they can be reached and as soon as they can when not, a stop or a
// revocation before everything else; a lease goes out each day for the permits
// whose term runs; every version of every permit stays readable for good, with
// who made it (CASE-16). What an engine refuses is kept with the reason until
// somebody has taken note of it.
//
// What it refuses: a second permit for a stream that does not name the one that
// stands, a revocation of what was never issued, and to sign with a key that
// nobody was told of.
package issuer

import (
	"context"
	"embed"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

//go:embed migrations/*.sql
var migrations embed.FS

// System is who stands as the decider, and the controller, of what the issuer
// does by itself: leases and key rolls.
const System = "vidne"

// RenewAfter is how old a permit's lease is when it is renewed: a day, so that
// an engine that was silent for less than six never runs dry.
const RenewAfter = 24 * time.Hour

// Deliver hands one signed statement to an engine. The error's kind says what
// to do: Refused, Invalid and Conflict are the engine's answer to the
// statement, everything else is tried again.
type Deliver func(ctx context.Context, engine string, signed []byte) error

// Issuer signs and delivers. It is safe for concurrent use.
type Issuer struct {
	db      *db.DB
	ledger  *ledger.Log
	key     permit.Signer
	clock   clock.Clock
	deliver Deliver
	log     *slog.Logger
	refused func(Record)
	wake    chan struct{}
	guard   atomic.Pointer[Guard]

	mu      sync.Mutex
	engines map[string]*line // by engine
}

// Guard has the last word before a statement is signed, in the transaction that
// decides it: an error is the refusal. cameras are those that it is about.
type Guard func(ctx context.Context, tx *db.Tx, s permit.Statement, cameras []string) error

// Watch sets the guard that every statement from now on must pass, whoever asks
// for it.
func (i *Issuer) Watch(g Guard) { i.guard.Store(&g) }

func (i *Issuer) pass(ctx context.Context, tx *db.Tx, s permit.Statement, cameras []string) error {
	if g := i.guard.Load(); g != nil {
		return (*g)(ctx, tx, s, cameras)
	}
	return nil
}

// Option changes how an issuer is opened.
type Option func(*options)

type options struct {
	old     *permit.Signer
	log     *slog.Logger
	refused func(Record)
}

// Rolling says that the key takes over from old: every engine is told, by the
// old key, and then told by the new one that the old is retired.
func Rolling(old permit.Signer) Option { return func(o *options) { o.old = &old } }

// Log says where to log.
func Log(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// OnRefused is called for each statement that an engine refuses, once it is
// recorded. It must not block.
func OnRefused(f func(Record)) Option { return func(o *options) { o.refused = f } }

// Open makes the tables and returns the issuer that signs with key. A key that
// is not the one that signed before needs [Rolling]; without it, Open refuses
// ("issuer.key"): the engines would refuse all that it signs.
func Open(ctx context.Context, d *db.DB, l *ledger.Log, key permit.Signer, clk clock.Clock, deliver Deliver, opts ...Option) (_ *Issuer, err error) {
	defer fault.Wrap(&err, "issuer.Open")
	o := options{log: slog.New(slog.DiscardHandler), refused: func(Record) {}}
	for _, f := range opts {
		f(&o)
	}
	if err := db.Tables(ctx, d, "issuer", migrations); err != nil {
		return nil, err
	}
	i := &Issuer{
		db: d, ledger: l, key: key, clock: clk, deliver: deliver, log: o.log, refused: o.refused,
		wake: make(chan struct{}, 1), engines: map[string]*line{},
	}
	if err := i.takeKey(ctx, o.old); err != nil {
		return nil, err
	}
	return i, nil
}

// Keys is every key that ever signed here, the one that signs now last, as an
// engine must trust them: the first counts from the first, and those that were
// taken over from have their end.
func (i *Issuer) Keys(ctx context.Context) (out []permit.PublicKey, err error) {
	type row struct {
		Public       []byte
		Since, Until time.Time
	}
	var rows []row
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[row](ctx, tx, "SELECT public, since, until FROM issuer_key ORDER BY CASE until WHEN 0 THEN 1 ELSE 0 END, until")
		return err
	})
	for n, r := range rows {
		k := permit.PublicKey{ID: permit.KeyID(r.Public), Key: r.Public, From: r.Since, Until: r.Until}
		if n == 0 {
			k.From = time.Unix(0, 0).UTC()
		}
		out = append(out, k)
	}
	return out, err
}

// takeKey makes sure that the key is the one known here, or takes over.
func (i *Issuer) takeKey(ctx context.Context, old *permit.Signer) error {
	return i.db.Write(ctx, func(tx *db.Tx) error {
		now := i.clock.Now()
		last, err := db.One[string](ctx, tx, "SELECT id FROM issuer_key WHERE until = 0")
		switch {
		case fault.Is(err, fault.NotFound):
			return i.addKey(ctx, tx, now)
		case err != nil:
			return err
		case last == i.key.ID():
			return nil
		case old == nil || old.ID() != last:
			return fault.New(fault.Refused, "issuer.key", "key %s signed until now, not %s: roll from it", last, i.key.ID())
		}
		if n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM issuer_key WHERE id = ?", i.key.ID()); err != nil || n > 0 {
			if err == nil {
				err = fault.New(fault.Refused, "issuer.key", "key %s was retired", i.key.ID())
			}
			return err
		}
		engines, err := db.All[string](ctx, tx, "SELECT DISTINCT engine FROM issuer_statement ORDER BY engine")
		if err != nil {
			return err
		}
		for _, e := range engines {
			add := &permit.KeyRoll{Head: system(e), Add: []permit.PublicKey{i.key.Public(now)}}
			if _, err := i.issue(ctx, tx, add, *old); err != nil {
				return err
			}
		}
		end := i.clock.Now().Add(time.Microsecond) // after its last words
		if _, err := tx.Exec(ctx, "UPDATE issuer_key SET until = ? WHERE id = ?", end, last); err != nil {
			return err
		}
		if err := i.addKey(ctx, tx, now); err != nil {
			return err
		}
		for _, e := range engines {
			// Delivered after all that the old key signed.
			if _, err := i.issue(ctx, tx, &permit.KeyRoll{Head: system(e), Retire: []string{last}}, i.key); err != nil {
				return err
			}
		}
		_, err = i.ledger.Append(ctx, tx, now, "issuer.key", map[string]string{"old": last, "new": i.key.ID()})
		return err
	})
}

// mayUse refuses a key that another process has taken over from meanwhile: the
// engines would refuse what it signs.
func (i *Issuer) mayUse(ctx context.Context, tx *db.Tx, key permit.Signer) error {
	n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM issuer_key WHERE id = ? AND until = 0", key.ID())
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "issuer.key", "key %s does not sign any more", key.ID())
	}
	return err
}

func (i *Issuer) addKey(ctx context.Context, tx *db.Tx, now time.Time) error {
	p := i.key.Public(now)
	_, err := tx.Exec(ctx, "INSERT INTO issuer_key (id, public, since, until) VALUES (?, ?, ?, 0)", p.ID, p.Key, now)
	return err
}

func system(engine string) permit.Head {
	return permit.Head{Engine: engine, Controller: System, By: System}
}

// Wake makes [Issuer.Run] look for what waits, now.
func (i *Issuer) Wake() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}
