package safeguards

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/oversight"
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
	DB        *db.DB
	Ledger    Ledger
	Clock     clock.Clock
	Register  *register.Register
	Issuer    *issuer.Issuer
	Rights    *authorisation.Room
	Review    *oversight.Room
	Uses      *accesslog.Log
	Documents *document.Room
	Setup     Setup
}

// Room writes and keeps descriptions. It is safe for concurrent use.
type Room struct{ c Config }

// Open makes the tables.
func Open(ctx context.Context, c Config) (*Room, error) {
	if err := db.Tables(ctx, c.DB, "safeguards", migrations); err != nil {
		return nil, err
	}
	return &Room{c}, nil
}

// Texts are what a controller has decided, by part.
func (r *Room) Texts(ctx context.Context, controller string) (map[Part]Text, error) {
	var rows []Text
	err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All[Text](ctx, tx, `SELECT part, words, person, name, at FROM safeguards_texts WHERE controller = ?`, controller)
		return err
	})
	out := map[Part]Text{}
	for _, t := range rows {
		out[t.Part] = t
	}
	return out, err
}

// Decide keeps what the controller has decided of a part; empty words take it
// back. fault.NotFound safeguards.part, fault.Invalid safeguards.long.
func (r *Room) Decide(ctx context.Context, part Part, words string, who Who) error {
	if !slices.Contains(Parts(), part) {
		return errUnknown(part)
	}
	words = strings.TrimSpace(words)
	if len(words) > LongestText {
		return fault.New(fault.Invalid, "safeguards.long", "%d bytes", len(words))
	}
	now := r.c.Clock.Now()
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO safeguards_texts (controller, part, words, person, name, at) VALUES (`+db.Marks(6)+`)
			ON CONFLICT (controller, part) DO UPDATE SET words = excluded.words, person = excluded.person, name = excluded.name, at = excluded.at`,
			who.Controller, part, words, who.Person, who.Name, now); err != nil {
			return err
		}
		_, err := r.c.Ledger.Append(ctx, tx, now, "safeguards.decided", map[string]any{"controller": who.Controller, "person": who.Person, "name": who.Name, "address": who.Address,
			"part": part, "words": words})
		return err
	})
}

// Issue makes the next version: what d says, in the file document. What was
// shown is what is issued: seal is [Description.Seal] of that, else
// fault.Conflict safeguards.changed.
func (r *Room) Issue(ctx context.Context, d Description, seal, title, note, file string, who Who) (v Version, err error) {
	if seal != d.Seal() {
		return v, fault.New(fault.Conflict, "safeguards.changed", "what is so has changed since")
	}
	says, err := json.Marshal(d)
	if err != nil {
		return v, fault.As(fault.Internal, "", err)
	}
	now := r.c.Clock.Now()
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		doc, err := r.c.Documents.PublishIn(ctx, tx, document.Version{Controller: who.Controller, Kind: Kind, Title: title, Note: note, Document: file, By: who.Person})
		if err != nil {
			return err
		}
		v = Version{doc, who.Name, d}
		if _, err := tx.Exec(ctx, `INSERT INTO safeguards_versions (controller, version, name, says) VALUES (`+db.Marks(4)+`)`, who.Controller, doc.Version, who.Name, string(says)); err != nil {
			return err
		}
		_, err = r.c.Ledger.Append(ctx, tx, now, "safeguards.issued", map[string]any{"controller": who.Controller, "person": who.Person, "name": who.Name, "address": who.Address,
			"version": doc.Version, "document": file, "lacks": d.Lacks(), "note": note})
		return err
	})
	return v, err
}

// Seal is a fingerprint of what is said, the moment apart.
func (d Description) Seal() string {
	d.Made = time.Time{}
	b, err := json.Marshal(d)
	if err != nil {
		return "" // of strings, numbers and times it always can
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Of lists a controller's versions, the newest first.
func (r *Room) Of(ctx context.Context, controller string) (out []Version, err error) {
	type row struct {
		Version    int
		Name, Says string
	}
	var rows []row
	var docs []document.Version
	err = r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if docs, err = r.c.Documents.VersionsIn(ctx, tx, controller, Kind); err != nil {
			return err
		}
		rows, err = db.All[row](ctx, tx, `SELECT version, name, says FROM safeguards_versions WHERE controller = ?`, controller)
		return err
	})
	for _, d := range docs {
		v := Version{Version: d}
		for _, x := range rows {
			if x.Version != d.Version {
				continue
			}
			v.Name = x.Name
			if no := json.Unmarshal([]byte(x.Says), &v.Says); no != nil {
				return nil, fault.As(fault.Corrupt, "safeguards.says", no)
			}
		}
		out = append(out, v)
	}
	return out, err
}
