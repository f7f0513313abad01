// Package oversight is the controller's own control. Its first part is the
// review of the log (stikprøvekontrol, H 5.3): period by period, what is drawn
// of it, and what becomes of each use that was drawn.
//
// What it promises: every grave use and every use that a rule hits is reviewed,
// and of the rest a sample that nobody could foresee and anybody can draw again
// from the ledger ([Draw], docs/ref/log-review.md); nobody reviews what they
// did, approved or had done; whoever did it is asked before it is called
// unjustified; each step is an entry of the ledger in its own transaction; what
// is late is passed on; after twelve months only figures are left.
//
// What it refuses: to show footage. Who must look to review opens it as
// everybody does, under a grant, and is in the log for it. To leave a use out
// because somebody wants it left out: what is drawn is drawn.
package oversight

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/hex"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config is what the room stands on; all of it is needed but Mail and Log.
type Config struct {
	DB       *db.DB
	Ledger   *ledger.Log
	Uses     *accesslog.Log
	Clock    clock.Clock
	People   *identity.Directory
	Register *register.Register
	Rights   *authorisation.Room
	Issuer   *issuer.Issuer
	// Mail tells people what waits for them; nil tells nobody by mail.
	Mail *notify.Letters
	Log  *slog.Logger
}

// Room keeps the review. It is safe for concurrent use; one Tick at a time.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := db.Tables(ctx, c.DB, "oversight", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// The roles that the room gives work to, as internal/access names them.
const (
	roleCoordinator = "coordinator"
	roleDPO         = "dpo"
	roleIT          = "it"
	roleBreakGlass  = "break-glass"
	bodyManager     = "manager"
)

// Tick does what time does: opens and closes periods, draws, passes on what is
// late, forgets what has its age, and tells people what waits for them.
func (r *Room) Tick(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "oversight.Tick")
	controllers, err := r.c.Register.Controllers(ctx)
	if err != nil {
		return err
	}
	for _, c := range controllers {
		if err := r.tick(ctx, c.ID); err != nil {
			return err
		}
	}
	return nil
}

func (r *Room) tick(ctx context.Context, controller string) error {
	if err := r.turn(ctx, controller); err != nil {
		return err
	}
	if err := r.drawAll(ctx, controller); err != nil {
		return err
	}
	if err := r.escalate(ctx, controller); err != nil {
		return err
	}
	if err := r.age(ctx, controller); err != nil {
		return err
	}
	return r.tell(ctx, controller)
}

// enter writes an entry of the ledger. A step that nobody takes has no person.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind string, who Who, more map[string]any) (int64, error) {
	body := map[string]any{"controller": who.Controller}
	if who.Person != "" {
		body["person"], body["name"], body["address"] = who.Person, who.Name, who.Address
	}
	for k, v := range more {
		body[k] = v
	}
	return r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
}

func newID() string {
	var b [12]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// moment is a time as the tables hold it.
func moment(t time.Time) time.Time { return t.Truncate(time.Microsecond) }
