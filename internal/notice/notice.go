// Package notice tells people that they are recorded (oplysning): the public
// page of each location, the signs that lead to it, and what is reported of them
// (H 6, GDPR arts. 13 and 14).
//
// What it promises: a page says what the permits in force say, never more hours
// or fewer days, and follows them within a minute; what was published last is
// served from memory and lies as a file, whether the database is there or not;
// each version is an entry of the ledger; a page's code tells nothing of its
// neighbours; every text is there in every language ([Languages]); a sign that is
// not checked, missing or torn, or says something else than the page, is due until
// somebody has seen to it, and whoever answers for the place is told: seven days
// before, on the day and seven days after, each once.
//
// What it refuses: to be edited. Who wants another text changes what is
// approved, or the register.
package notice

import (
	"context"
	"crypto/rand"
	"embed"
	"sync/atomic"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/register"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Ledger is where changes are written, in the transaction that makes them.
type Ledger interface {
	Append(ctx context.Context, tx *db.Tx, at time.Time, kind string, body any) (int64, error)
}

// Config is what the room stands on; all of it is needed.
type Config struct {
	DB       *db.DB
	Ledger   Ledger
	Clock    clock.Clock
	Register *register.Register
	Issuer   *issuer.Issuer
	Law      *law.Book
	People   *identity.Directory
	// Mail writes to those who answer for the places; nil: nobody is written to.
	Mail *notify.Letters
	// Live is what a controller's process says of live view: a constant of
	// internal/casework.
	Live func(ctx context.Context, controller string) (string, error)
	// Dir is where published pages lie as files; empty: nowhere.
	Dir string
}

// Room keeps pages and signs. It is safe for concurrent use; one Tick at a time.
type Room struct {
	c     Config
	pages atomic.Pointer[map[string]*Page] // by code
}

// Who is the person who acts, and from where.
type Who struct{ Controller, Person, Name, Address string }

// Open makes the tables and reads what was published last.
func Open(ctx context.Context, c Config) (*Room, error) {
	r := &Room{c: c}
	if err := r.load(); err != nil {
		return nil, err
	}
	return r, db.Tables(ctx, c.DB, "notice", migrations)
}

// alphabet has no characters that are read for one another.
const alphabet = "23456789abcdefghjkmnpqrstuvwxyz"

// codeLength makes some 850 milliard codes.
const codeLength = 8

// newCode makes the code of a page: nothing follows from it, and none from
// another (INFO-1).
func newCode() string {
	var b [codeLength]byte
	for i := range b {
		for {
			var one [1]byte
			_, _ = rand.Read(one[:]) // never fails
			if n := int(one[0]); n < 256/len(alphabet)*len(alphabet) {
				b[i] = alphabet[n%len(alphabet)]
				break
			}
		}
	}
	return string(b[:])
}

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func bad(key string) error { return fault.New(fault.Invalid, key, "%s", key) }

// enter writes what was done in the ledger.
func (r *Room) enter(ctx context.Context, tx *db.Tx, kind, location string, who Who, more map[string]any) error {
	body := map[string]any{"controller": who.Controller, "location": location, "person": who.Person, "name": who.Name, "address": who.Address}
	for k, v := range more {
		body[k] = v
	}
	_, err := r.c.Ledger.Append(ctx, tx, r.c.Clock.Now(), kind, body)
	return err
}
