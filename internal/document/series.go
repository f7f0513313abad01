package document

import (
	"context"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Version is one version of a document in versions: the guideline, the
// installation concept, a template (CASE-8).
type Version struct {
	Controller string    `json:"controller"`
	Kind       string    `json:"kind"` // id of the process's document kind
	Version    int       `json:"version"`
	Title      string    `json:"title"`
	Note       string    `json:"note"`     // what is new
	Document   string    `json:"document"` // the file
	InForce    time.Time `json:"in_force"` // from here until the next is
	Added      time.Time `json:"added"`
	By         string    `json:"by"`
}

// Publish adds the next version of a kind, with a document that is kept
// already; it stays for good from now on. It takes force at v.InForce, which
// may lie ahead and not before that of the version before it: what was in
// force when a decision was made is never changed afterwards.
func (r *Room) Publish(ctx context.Context, v Version) (_ Version, err error) {
	err = r.db.Write(ctx, func(tx *db.Tx) error {
		v, err = r.PublishIn(ctx, tx, v)
		return err
	})
	return v, err
}

// PublishIn is [Room.Publish] in a transaction of the caller.
func (r *Room) PublishIn(ctx context.Context, tx *db.Tx, v Version) (_ Version, err error) {
	defer fault.Wrap(&err, "document.Publish(%s)", v.Kind)
	v.Title, v.Added = strings.TrimSpace(v.Title), r.clock.Now()
	if v.Kind == "" || v.Title == "" {
		return v, fault.New(fault.Invalid, "document.title", "a version needs a kind and a title")
	}
	if v.InForce.IsZero() {
		v.InForce = v.Added
	}
	if v.InForce.Before(v.Added) {
		return v, fault.New(fault.Invalid, "document.force", "a version takes force now or later, not at %s", v.InForce)
	}
	all, err := r.VersionsIn(ctx, tx, v.Controller, v.Kind)
	if err != nil {
		return v, err
	}
	v.Version = 1
	if len(all) > 0 {
		v.Version = all[0].Version + 1
		if v.InForce.Before(all[0].InForce) {
			return v, fault.New(fault.Invalid, "document.force", "version %d takes force at %s", all[0].Version, all[0].InForce)
		}
	}
	if err := r.Keep(ctx, tx, v.Controller, v.Document); err != nil {
		return v, err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO document_versions (controller, kind, version, title, note, document, in_force, added, by)
		VALUES (`+db.Marks(9)+`)`, v.Controller, v.Kind, v.Version, v.Title, v.Note, v.Document, v.InForce, v.Added, v.By); err != nil {
		return v, err
	}
	_, err = r.ledger.Append(ctx, tx, v.Added, "document.published", v)
	return v, err
}

// Versions lists all versions of a kind, the newest first.
func (r *Room) Versions(ctx context.Context, controller, kind string) (all []Version, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		all, err = r.VersionsIn(ctx, tx, controller, kind)
		return err
	})
	return all, err
}

// VersionsIn is [Room.Versions] in a transaction of the caller.
func (r *Room) VersionsIn(ctx context.Context, tx *db.Tx, controller, kind string) ([]Version, error) {
	return db.All[Version](ctx, tx, `SELECT * FROM document_versions WHERE controller = ? AND kind = ? ORDER BY version DESC`, controller, kind)
}

// InForceAt is the version of a kind that was in force at a moment; NotFound
// if none was.
func (r *Room) InForceAt(ctx context.Context, controller, kind string, at time.Time) (v Version, err error) {
	err = r.db.Read(ctx, func(tx *db.Tx) error {
		v, err = db.One[Version](ctx, tx, `SELECT * FROM document_versions WHERE controller = ? AND kind = ? AND in_force <= ?
			ORDER BY version DESC LIMIT 1`, controller, kind, at)
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.NotFound, "document.none", "no %s was in force at %s", kind, at)
		}
		return err
	})
	return v, err
}

// Newest is the version of a kind that is in force now.
func (r *Room) Newest(ctx context.Context, controller, kind string) (Version, error) {
	return r.InForceAt(ctx, controller, kind, r.clock.Now())
}

// InForceIn is the version of every kind of a controller in force at a moment,
// in a transaction of the caller: what a decision keeps.
func (r *Room) InForceIn(ctx context.Context, tx *db.Tx, controller string, at time.Time) (map[string]int, error) {
	type row struct {
		Kind    string
		Version int
	}
	rows, err := db.All[row](ctx, tx, `SELECT kind, MAX(version) AS version FROM document_versions WHERE controller = ? AND in_force <= ? GROUP BY kind`, controller, at)
	out := map[string]int{}
	for _, w := range rows {
		out[w.Kind] = w.Version
	}
	return out, err
}
