// Package document keeps the portal's documents and annexes: what a case
// rests on that is not a field.
//
// What it promises: a file is known by what is in it and not by what it is
// called; it lies encrypted on the disk under a key of its own, and a file that
// was changed, cut or exchanged for another is refused before one of its wrong
// bytes is given out; there is no row without its file; what a sent
// application or a decision rests on stays for good; of a document in
// versions it can be told which version was in force at any moment (CASE-8).
//
// What it refuses: what is not one of seven kinds, macros, passwords, files
// that are two things at once, archives and pictures that grow out of all
// proportion, and more than [MaxSize]. No file is ever held in memory whole.
package document

import (
	"context"
	"embed"
	"io"
	"log/slog"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// MaxSize is the largest file, in bytes.
const MaxSize = 50 << 20

// Document (dokument) is one file.
type Document struct {
	ID         string    `json:"id"`
	Controller string    `json:"controller"`
	Kind       string    `json:"kind"` // of annex or of document, an id of the process's data
	Type       Type      `json:"type"` // by its content
	Name       string    `json:"name"` // safe to save under
	Size       int64     `json:"size"`
	SHA256     string    `json:"sha256" db:"sha256"` // of the content, hex
	Placed     bool      `json:"placed"`             // a picture that tells where it was taken (EXIF)
	Kept       bool      `json:"kept"`               // something rests on it: it stays for good
	Added      time.Time `json:"added"`
	By         string    `json:"by"` // person
}

// Config is what a room of documents stands on.
type Config struct {
	DB     *db.DB
	Ledger *ledger.Log
	Clock  clock.Clock
	// Dir is the folder of the files, of this room alone.
	Dir string
	// Master wraps the key of each file.
	Master [32]byte
	// FS is the file system; nil is the machine's own.
	FS  durable.FS
	Log *slog.Logger
}

// Room is the room of documents. It is safe for concurrent use.
type Room struct {
	db     *db.DB
	ledger *ledger.Log
	clock  clock.Clock
	vault  vault
	log    *slog.Logger
}

// Open makes the tables and the folder, and clears away what a crash left:
// files that no row names. The folder belongs to one process at a time.
func Open(ctx context.Context, c Config) (_ *Room, err error) {
	defer fault.Wrap(&err, "document.Open(%s)", c.Dir)
	if c.FS == nil {
		c.FS = durable.OS()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := db.Tables(ctx, c.DB, "document", migrations); err != nil {
		return nil, err
	}
	if err := c.FS.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	r := &Room{db: c.DB, ledger: c.Ledger, clock: c.Clock, log: c.Log}
	if r.vault, err = newVault(c.FS, c.Dir, c.Master); err != nil {
		return nil, err
	}
	return r, nil
}

// New is a file that is to be kept.
type New struct {
	Controller string
	Kind       string
	Name       string // as the person's machine called it
	By         string
	Accept     []Type // empty: all
}

// Add keeps what r gives, until its end. What is refused is Invalid: "document.type"
// (none of those accepted), "document.size", "document.empty",
// "document.macro", "document.password", "document.active", "document.double"
// (two kinds at once), "document.bomb", "document.picture", "document.broken".
func (r *Room) Add(ctx context.Context, n New, from io.Reader) (d Document, err error) {
	defer fault.Wrap(&err, "document.Add(%s)", n.Kind)
	id := db.NewID()
	d = Document{ID: id, Controller: n.Controller, Kind: n.Kind, Added: r.clock.Now(), By: n.By}
	w, err := r.vault.write(ctx, id, from)
	if err != nil {
		return d, err
	}
	d.Size, d.SHA256 = w.size, w.sum
	kept := false
	defer func() {
		if !kept {
			if e := r.vault.drop(w.path); e != nil {
				r.log.Warn("a file that was not taken is left behind", slog.Any("error", e))
			}
		}
	}()
	c, err := r.vault.open(id, w.path, d.Size)
	if err != nil {
		return d, err
	}
	found, err := Sniff(c, d.Size)
	if e := c.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = found.Type.among(n.Accept)
	}
	if err != nil {
		return d, err
	}
	d.Type, d.Placed, d.Name = found.Type, found.Placed, SafeName(n.Name, found.Type)
	if err := r.vault.publish(w.path, id); err != nil {
		return d, err
	}
	kept = true
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO documents (id, controller, kind, type, name, size, sha256, placed, kept, added, by)
			VALUES (`+db.Marks(11)+`)`, d.ID, d.Controller, d.Kind, string(d.Type), d.Name, d.Size, d.SHA256, d.Placed, false, d.Added, d.By); err != nil {
			return err
		}
		_, err := r.ledger.Append(ctx, tx, d.Added, "document.added", d)
		return err
	})
	// A database that went away may have taken the row all the same: the file
	// then stays, and Sweep finds out.
	if err != nil && !fault.Is(err, fault.Unavailable) {
		if e := r.vault.remove(id); e != nil {
			r.log.Warn("a file without a row is left behind", slog.Any("error", e))
		}
	}
	return d, err
}

// Get finds a document of a controller.
func (r *Room) Get(ctx context.Context, controller, id string) (d Document, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		d, err = r.GetIn(ctx, tx, controller, id)
		return err
	})
	return d, err
}

// GetIn is [Room.Get] in a transaction of the caller.
func (r *Room) GetIn(ctx context.Context, tx *db.Tx, controller, id string) (Document, error) {
	d, err := db.One[Document](ctx, tx, `SELECT * FROM documents WHERE id = ? AND controller = ?`, id, controller)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "document.unknown", "no document %.40q", id)
	}
	return d, err
}

// Read opens what a document says. A file that is not what was kept is
// Corrupt "document.corrupt", at once or at the place where it differs.
func (r *Room) Read(ctx context.Context, controller, id string) (d Document, c *Content, err error) {
	defer fault.Wrap(&err, "document.Read(%s)", id)
	if d, err = r.Get(ctx, controller, id); err != nil {
		return d, nil, err
	}
	c, err = r.vault.open(id, r.vault.path(id), d.Size)
	return d, c, err
}

// Keep says that something rests on documents of a controller: they cannot be
// removed any more. It is done in the caller's transaction, whose ledger entry
// says what rests on them.
func (r *Room) Keep(ctx context.Context, tx *db.Tx, controller string, ids ...string) error {
	for _, id := range ids {
		n, err := tx.Exec(ctx, `UPDATE documents SET kept = 1 WHERE id = ? AND controller = ?`, id, controller)
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.NotFound, "document.unknown", "no document %.40q", id)
		}
	}
	return nil
}

// Remove takes a document away for good, file and row. One that something
// rests on is Conflict "document.kept".
func (r *Room) Remove(ctx context.Context, controller, id, by string) (err error) {
	defer fault.Wrap(&err, "document.Remove(%s)", id)
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		d, err := r.GetIn(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if d.Kept {
			return fault.New(fault.Conflict, "document.kept", "something rests on document %s", id)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM documents WHERE id = ?`, id); err != nil {
			return err
		}
		_, err = r.ledger.Append(ctx, tx, r.clock.Now(), "document.removed", map[string]string{
			"document": id, "controller": controller, "kind": d.Kind, "name": d.Name, "sha256": d.SHA256, "by": by,
		})
		return err
	})
	if err != nil {
		return err
	}
	return r.vault.remove(id)
}

// sweepAfter is how old a file without a row is when it is swept: one that is
// being added has its row within seconds.
const sweepAfter = time.Hour

// Sweep removes files that no row names, which a crash can leave behind, and
// says how many. A row whose file is not there is an error, Corrupt
// "document.missing"; the rest is swept all the same.
func (r *Room) Sweep(ctx context.Context) (n int, err error) {
	defer fault.Wrap(&err, "document.Sweep")
	files, err := r.vault.list()
	if err != nil {
		return 0, err
	}
	type row struct{ ID string }
	known := map[string]bool{}
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, `SELECT id FROM documents`)
		for _, w := range rows {
			known[w.ID] = true
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	before := r.clock.Now().Add(-sweepAfter)
	for _, f := range files {
		if f.id != "" && known[f.id] {
			delete(known, f.id)
			continue
		}
		if f.changed.After(before) {
			continue
		}
		if err := r.vault.drop(f.path); err != nil {
			return n, err
		}
		n++
	}
	for id := range known {
		if _, e := r.vault.fs.Stat(r.vault.path(id)); e != nil {
			err = fault.New(fault.Corrupt, "document.missing", "the file of document %s is not there", id)
		}
	}
	return n, err
}
