package archive

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"sync"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// identityFile says which archive a directory is, and which keys open it.
const identityFile = "archive.json"

type identity struct {
	V    int    `json:"v"`
	ID   string `json:"id"`
	Made int64  `json:"made"`
	Keys string `json:"keys"` // number of the key store
}

func foreign(format string, args ...any) error {
	return fault.New(fault.Conflict, "archive.foreign", format, args...)
}

// identify reads who the directory is, or makes it somebody: only if it holds
// no footage, and the database knows no archive that ought to be here.
func (a *Archive) identify(ctx context.Context) (fresh bool, err error) {
	b, err := durable.ReadFile(a.cfg.FS, a.path(identityFile))
	if err == nil {
		var id identity
		if err := json.Unmarshal(b, &id); err != nil || id.V != 1 || !segment.IsID(id.ID) {
			return false, fault.New(fault.Corrupt, "archive.identity", "%s cannot be read", identityFile)
		}
		if id.Keys != a.cfg.Keys.ID() {
			return false, foreign("the keys are those of another archive")
		}
		a.id = id.ID
		return false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	cameras, err := a.cameras()
	if err != nil {
		return false, err
	}
	for _, c := range cameras {
		if days, err := a.days(c); err != nil || len(days) > 0 {
			return false, foreign("%s is missing and there is footage of %s", identityFile, c)
		}
	}
	known, err := a.knownArchive(ctx)
	if err != nil && !fault.Is(err, fault.Unavailable) {
		return false, err
	}
	if known != "" {
		return false, foreign("the database belongs to archive %s, which is not in this directory: is its disk mounted?", known)
	}
	id := identity{1, db.NewID(), a.now(), a.cfg.Keys.ID()}
	b, err = json.Marshal(id)
	if err != nil {
		return false, err
	}
	a.id = id.ID
	return true, durable.WriteFile(a.cfg.FS, a.path(identityFile), b, 0o600)
}

// knownArchive is the archive that the database belongs to, "" for none.
func (a *Archive) knownArchive(ctx context.Context) (id string, err error) {
	if err := db.Tables(ctx, a.cfg.DB, "archive", migrations); err != nil {
		return "", err
	}
	err = a.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		id, err = db.One[string](ctx, tx, "SELECT id FROM archive_identity WHERE one = 1")
		if fault.Is(err, fault.NotFound) {
			id, err = "", nil
		}
		return err
	})
	return id, err
}

func (a *Archive) attach(ctx context.Context, rec *Recovery) error {
	a.ruling.Lock()
	defer a.ruling.Unlock()
	return a.attachLocked(ctx, rec)
}

// attachLocked ties the database to the directory and brings it up to what
// the directory says: the journal's deletions, the holds, and the files that
// have no row. ruling is held.
func (a *Archive) attachLocked(ctx context.Context, rec *Recovery) error {
	if err := a.cfg.Ledger.Ready(ctx); err != nil {
		return err
	}
	known, err := a.knownArchive(ctx)
	if err != nil {
		return err
	}
	switch known {
	case a.id:
	case "":
		if err := a.cfg.DB.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO archive_identity (one, id, attached_us, journal_seq) VALUES (1, ?, ?, 0)", a.id, a.now()); err != nil {
				return err
			}
			_, err := a.cfg.Ledger.Append(ctx, tx, a.cfg.Clock.Now(), "archive.attached", map[string]string{"archive": a.id})
			return err
		}); err != nil {
			return err
		}
	default:
		return foreign("the database belongs to archive %s, the directory is %s", known, a.id)
	}
	var seq int64
	if err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		seq, err = db.One[int64](ctx, tx, "SELECT journal_seq FROM archive_identity WHERE one = 1")
		return err
	}); err != nil {
		return err
	}
	if err := a.journal.load(seq); err != nil {
		return err
	}
	if err := a.enterHolds(ctx); err != nil {
		return err
	}
	if err := a.enterJournal(ctx, rec); err != nil {
		return err
	}
	if err := a.enterClosed(ctx); err != nil {
		return err
	}
	paths, err := a.findUnindexed(ctx)
	if err != nil {
		return err
	}
	a.mu.Lock()
	a.adopt = paths
	a.mu.Unlock()
	// A few at once, so that an ordinary restart is over when it returns.
	for more := len(paths) > 0; more && rec.Adopted < adoptAtOnce; rec.Adopted = len(paths) - a.adoptLeft() {
		if more, err = a.adoptSome(ctx); err != nil {
			return err
		}
	}
	rec.Adopting = a.adoptLeft()
	a.setThere()
	if rec.Adopting > 0 && a.index != nil {
		a.index.poke()
	}
	return nil
}

// adoptAtOnce is how many files without a row are taken in before attaching
// returns, adoptEach how many in one transaction.
const (
	adoptAtOnce = 256
	adoptEach   = 16
)

func (a *Archive) adoptLeft() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.adopt)
}

// findUnindexed lists closed files that have no row: newer than the index's
// newest of the camera, since rows are entered in order. Check finds others.
func (a *Archive) findUnindexed(ctx context.Context) (out []string, err error) {
	cameras, err := a.cameras()
	if err != nil {
		return nil, err
	}
	skip := map[string]bool{}
	a.mu.Lock()
	for id := range a.open {
		skip[id] = true
	}
	for _, d := range a.closed {
		skip[d.head.ID] = true
	}
	a.mu.Unlock()
	for _, c := range cameras {
		var have []string
		var since int64
		if err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
			since, err = db.One[int64](ctx, tx, "SELECT COALESCE(MAX(start_us), 0) FROM segment WHERE camera = ?", c)
			if err != nil {
				return err
			}
			since -= 2 * hourUS
			have, err = db.All[string](ctx, tx, "SELECT id FROM segment WHERE camera = ? AND start_us >= ?", c, since)
			return err
		}); err != nil {
			return nil, err
		}
		known := make(map[string]bool, len(have))
		for _, id := range have {
			known[id] = true
		}
		days, err := a.days(c)
		if err != nil {
			return nil, err
		}
		for _, d := range days {
			if since > 0 && d < segment.Day(since) {
				continue
			}
			names, err := a.files(c, d, nil)
			if err != nil {
				return nil, err
			}
			for _, n := range names {
				if n.Suffix == segment.Closed && n.Start >= since && !known[n.ID] && !skip[n.ID] {
					out = append(out, n.Path())
				}
			}
		}
	}
	return out, nil
}

// adoptSome indexes some of the files that wait for it. ruling is held.
func (a *Archive) adoptSome(ctx context.Context) (more bool, err error) {
	a.mu.Lock()
	paths := a.adopt[:min(len(a.adopt), adoptEach)]
	a.mu.Unlock()
	if len(paths) == 0 {
		return false, nil
	}
	var found []*done
	for _, p := range paths {
		camera, _, _ := strings.Cut(p, "/")
		name, ok := segment.ParseName(camera, path.Base(p))
		if !ok {
			continue
		}
		d, err := a.readClosed(name, nil)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			a.log.Error("a file cannot be taken into the index", slog.String("path", p), slog.Any("err", err))
			a.alarm(AlarmCorrupt, camera, p, true)
			a.mu.Lock()
			a.stray = true
			a.mu.Unlock()
		case d.head.Archive != a.id || d.head.ID != name.ID:
			a.log.Error("a file belongs to another archive", slog.String("path", p))
		default:
			d.found = true
			found = append(found, d)
		}
	}
	if len(found) > 0 {
		if err := a.commit(ctx, found, nil); err != nil {
			return true, err
		}
	}
	a.mu.Lock()
	a.adopt = a.adopt[len(paths):]
	left := len(a.adopt)
	a.mu.Unlock()
	a.alarm(AlarmAdopting, "", plural(left, "file", "to be indexed"), left > 0)
	return left > 0, nil
}

// recoverFiles closes what a crash left open and removes temporary files, in
// each camera's newest days.
func (a *Archive) recoverFiles(ctx context.Context, rec *Recovery) error {
	cameras, err := a.cameras()
	if err != nil {
		return err
	}
	var open []segment.Name
	for _, c := range cameras {
		days, err := a.days(c)
		if err != nil {
			return err
		}
		for _, d := range days[max(0, len(days)-3):] {
			names, err := a.files(c, d, func(base string) {
				if strings.HasSuffix(base, durable.TempSuffix) {
					if err := a.cfg.FS.Remove(a.path(c, d, base)); err != nil {
						a.log.Warn("a temporary file stays", slog.String("file", base), slog.Any("err", err))
					}
				}
			})
			if err != nil {
				return err
			}
			for _, n := range names {
				if n.Suffix == segment.Open {
					open = append(open, n)
				}
			}
		}
	}
	// Several at once: closing means reading each whole, and waiting for its sync.
	results := make([]*done, len(open))
	errs := make([]error, len(open))
	var group sync.WaitGroup
	slots := make(chan struct{}, 4)
	for i, n := range open {
		if err := ctx.Err(); err != nil {
			return err
		}
		group.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; group.Done() }()
			results[i], errs[i] = a.mendFile(n, nil, false)
		}()
	}
	group.Wait()
	for i, n := range open {
		switch err := errs[i]; {
		case err == nil:
			rec.Mended++
			a.closed = append(a.closed, results[i])
		case errors.Is(err, errEmpty):
			rec.Dropped++
		default:
			rec.Remaining = append(rec.Remaining, n.Path())
			a.log.Warn("a segment cannot be closed", slog.String("path", n.Path()), slog.Any("err", err))
			a.stray = true
			if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Exhausted) {
				a.sealer.broken = append(a.sealer.broken, &writing{a: a, name: n, left: true})
			} else {
				a.alarm(AlarmCorrupt, n.Camera, n.Path(), true)
			}
		}
	}
	return nil
}
