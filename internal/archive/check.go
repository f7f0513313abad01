package archive

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// Depth of a check. Each does what the one before does.
type Depth int

const (
	DepthIndex  Depth = iota // every file has its row and every row its file
	DepthHeader              // sizes, headers and footers are what the index says
	DepthHash                // every byte: tags, hashes, and the ledger's entry
)

// Report is what a check found.
type Report struct {
	Files, Rows int
	Bytes       int64 // read
	Adopted     int
	Findings    []Finding
}

// Check compares index, files, keys and ledger, and tells say in words what it
// finds, in Danish, as it goes. With repair it takes files without a row into
// the index, and nothing else: it deletes nothing and changes no file. It can
// run while the archive records.
func (a *Archive) Check(ctx context.Context, depth Depth, repair bool, say func(string)) (rep Report, err error) {
	defer fault.Wrap(&err, "archive.Check")
	if say == nil {
		say = func(string) {}
	}
	if err := a.Settle(ctx); err != nil {
		return rep, err
	}
	c := &checker{a: a, ctx: ctx, depth: depth, say: say, now: a.now()}
	cameras, err := a.cameras()
	if err != nil {
		return rep, err
	}
	indexed, err := c.camerasOfIndex()
	if err != nil {
		return rep, err
	}
	for _, camera := range slices.Compact(slices.Sorted(slices.Values(append(cameras, indexed...)))) {
		if err := c.camera(camera); err != nil {
			return c.rep, err
		}
	}
	if repair && len(c.adopt) > 0 {
		if err := a.takeIn(ctx, c.adopt); err != nil {
			return c.rep, err
		}
		c.rep.Adopted = len(c.adopt)
		c.find(Finding{Key: FoundAdopted, Detail: plural(len(c.adopt), "file", "")})
	}
	return c.rep, nil
}

// takeIn indexes files that a check found.
func (a *Archive) takeIn(ctx context.Context, paths []string) error {
	a.ruling.Lock()
	defer a.ruling.Unlock()
	return a.withDatabase(ctx, func(ctx context.Context) error {
		a.mu.Lock()
		for _, p := range paths {
			if !slices.Contains(a.adopt, p) {
				a.adopt = append(a.adopt, p)
			}
		}
		a.mu.Unlock()
		for {
			if more, err := a.adoptSome(ctx); err != nil || !more {
				return err
			}
		}
	})
}

type checker struct {
	a     *Archive
	ctx   context.Context
	depth Depth
	say   func(string)
	now   int64
	rep   Report
	adopt []string
}

func (c *checker) find(f Finding) {
	c.rep.Findings = append(c.rep.Findings, f)
	c.say(f.Text("da"))
}

func (c *checker) camerasOfIndex() (out []string, err error) {
	err = c.a.cfg.DB.Read(c.ctx, func(tx *db.Tx) error {
		out, err = db.All[string](c.ctx, tx, "SELECT DISTINCT camera FROM segment")
		return err
	})
	return out, err
}

// camera compares one camera's files with its rows.
func (c *checker) camera(camera string) error {
	// Files first: what is closed meanwhile has no row yet and is in memory;
	// what is deleted meanwhile is looked at again.
	files := map[string]segment.Name{}
	var held []segment.Name
	days, err := c.a.days(camera)
	if err != nil {
		return err
	}
	for _, d := range days {
		names, err := c.a.files(camera, d, func(base string) {
			c.find(Finding{Key: FoundOther, Camera: camera, Path: camera + "/" + d + "/" + base})
		})
		if err != nil {
			return err
		}
		for _, n := range names {
			switch n.Suffix {
			case segment.Held:
				held = append(held, n)
			case segment.Open:
				if !c.a.inUse(n.ID) && c.stillThere(n) {
					c.find(Finding{Key: FoundOpen, Camera: camera, Segment: n.ID, Path: n.Path()})
				}
			default:
				files[n.ID] = n
			}
		}
	}
	rows := map[string]segmentRow{}
	if err := c.a.cfg.DB.Read(c.ctx, func(tx *db.Tx) error {
		all, err := db.All[segmentRow](c.ctx, tx, "SELECT "+segmentColumns+" FROM segment WHERE camera = ?", camera)
		for _, r := range all {
			rows[r.ID] = r
		}
		return err
	}); err != nil {
		return err
	}
	c.rep.Files += len(files)
	c.rep.Rows += len(rows)
	for id, n := range files {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		r, ok := rows[id]
		if !ok {
			if c.stillThere(n) && !c.a.waits(id) {
				c.orphan(n)
			}
			continue
		}
		if r.name() != n {
			c.find(Finding{Key: FoundName, Camera: camera, Segment: id, Path: n.Path()})
		}
		if c.depth >= DepthHeader {
			if err := c.file(n, r); err != nil {
				return err
			}
		}
	}
	for id, r := range rows {
		if _, ok := files[id]; !ok && r.State == 0 {
			if _, err := c.a.cfg.FS.Stat(c.a.path(r.name().Path())); errors.Is(err, fs.ErrNotExist) && c.stillRow(id) {
				c.find(Finding{Key: FoundMissing, Camera: camera, Segment: id, Path: r.name().Path()})
			}
		}
	}
	if err := c.runs(camera); err != nil {
		return err
	}
	for _, n := range held {
		if _, ok := files[n.ID]; !ok && c.stillThere(n) {
			c.find(Finding{Key: FoundSidecar, Camera: camera, Segment: n.ID, Path: n.Path()})
		}
	}
	return nil
}

// orphan is a closed file without a row.
func (c *checker) orphan(n segment.Name) {
	f := Finding{Key: FoundNoRow, Camera: n.Camera, Segment: n.ID, Path: n.Path()}
	h, _, _, err := c.a.about(n)
	switch {
	case err != nil:
		f.Key, f.Detail = FoundDamaged, err.Error()
	case h.Archive != c.a.id:
		f.Key = FoundForeign
	default:
		c.adopt = append(c.adopt, n.Path())
	}
	c.find(f)
}

// file compares one file with its row, and at DepthHash with the ledger.
func (c *checker) file(n segment.Name, r segmentRow) error {
	damaged := func(err error) error {
		if errors.Is(err, fs.ErrNotExist) && !c.stillRow(n.ID) {
			return nil // deleted meanwhile
		}
		if fault.Is(err, fault.Corrupt) || fault.Is(err, fault.Refused) || errors.Is(err, segment.ErrOpen) || errors.Is(err, fs.ErrNotExist) {
			c.find(Finding{Key: FoundDamaged, Camera: n.Camera, Segment: n.ID, Path: n.Path(), Detail: err.Error()})
			c.a.alarm(AlarmCorrupt, n.Camera, n.Path(), true)
			return nil
		}
		return err
	}
	file, err := c.a.cfg.FS.OpenFile(c.a.path(n.Path()), os.O_RDONLY, 0)
	if err != nil {
		return damaged(err)
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	if err != nil {
		return damaged(err)
	}
	h, err := segment.ReadHeader(file)
	if err != nil {
		return damaged(err)
	}
	f, err := segment.ReadFooter(file, info.Size(), h)
	if err != nil {
		return damaged(err)
	}
	if want := r.rules(); h.ID != r.ID || h.Camera != want.Camera || h.Stream != want.Stream || h.Permit != want.Permit || h.Class != want.Class ||
		h.Start != want.Start || h.DeleteAfter != want.DeleteAfter || h.HoldLimit != want.HoldLimit || h.Hour != want.Hour || f.End != r.EndUS || info.Size() != r.Size {
		c.find(Finding{Key: FoundDiffers, Camera: n.Camera, Segment: n.ID, Path: n.Path()})
	}
	k, err := c.a.segmentKey(h, n)
	keyless := fault.Is(err, fault.NotFound)
	switch {
	case keyless && h.DeleteAfter > c.now:
		c.find(Finding{Key: FoundNoKey, Camera: n.Camera, Segment: n.ID, Path: n.Path()})
	case err != nil && !keyless:
		return damaged(err)
	}
	if c.depth < DepthHash {
		return nil
	}
	opener := func(h *segment.Header) (*segment.Opener, error) { return segment.NewOpener(h, k) }
	if keyless {
		opener = nil
	}
	c.rep.Bytes += info.Size()
	got, err := segment.Check(file, info.Size(), opener)
	if err != nil {
		return damaged(err)
	}
	if !bytes.Equal(got.SHA256[:], r.SHA256) {
		c.find(Finding{Key: FoundHash, Camera: n.Camera, Segment: n.ID, Path: n.Path()})
	}
	return c.leaf(n, r, hex.EncodeToString(got.SHA256[:]))
}

// leaf compares the ledger's entry. One whose body expired says nothing.
func (c *checker) leaf(n segment.Name, r segmentRow, sum string) error {
	entries, err := c.a.cfg.Ledger.Entries(c.ctx, r.Leaf, 1)
	if err != nil {
		return err
	}
	var body sealedBody
	ok := len(entries) == 1 && entries[0].Index == r.Leaf && (entries[0].Expired || sealedKind(entries[0]) &&
		json.Unmarshal(entries[0].Body, &body) == nil && body.Segment == r.ID && body.SHA256 == sum && body.DeleteAfter == r.DueUS)
	if !ok {
		c.find(Finding{Key: FoundLedger, Camera: n.Camera, Segment: n.ID, Path: n.Path()})
	}
	return nil
}

func sealedKind(e ledger.Entry) bool {
	return e.Kind == "segment.sealed" || e.Kind == "segment.adopted"
}

func (c *checker) stillThere(n segment.Name) bool {
	_, err := c.a.cfg.FS.Stat(c.a.path(n.Path()))
	return err == nil
}

// stillRow asks again about a row whose file was not found: a sweep may have
// come between.
func (c *checker) stillRow(id string) bool {
	state := int64(1)
	err := c.a.cfg.DB.Read(c.ctx, func(tx *db.Tx) (err error) {
		state, err = db.One[int64](c.ctx, tx, "SELECT state FROM segment WHERE id = ?", id)
		return err
	})
	return err == nil && state == 0
}

// waits reports whether a closed segment is on its way into the index.
func (a *Archive) waits(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.closed, func(d *done) bool { return d.head.ID == id })
}

// runs compares a camera's summary with the rows it sums up.
func (c *checker) runs(camera string) error {
	return c.a.cfg.DB.Read(c.ctx, func(tx *db.Tx) error {
		have, err := db.All[span](c.ctx, tx, "SELECT "+runColumns+" FROM run WHERE camera = ?", camera)
		if err != nil {
			return err
		}
		want, err := db.All[span](c.ctx, tx, "SELECT camera, stream, permit, class, start_us, end_us, due_us - start_us AS keep_us FROM segment WHERE camera = ? AND state = 0", camera)
		if err != nil {
			return err
		}
		have, want = joinAll(have), join(want)
		i := 0
		for _, w := range want {
			for i < len(have) && (have[i].Stream < w.Stream || have[i].Stream == w.Stream && have[i].EndUS < w.EndUS) {
				i++
			}
			if i == len(have) || have[i].Stream != w.Stream || have[i].StartUS > w.StartUS {
				c.find(Finding{Key: FoundRun, Camera: w.Camera, Detail: segment.Time(w.StartUS).Format("2006-01-02 15:04:05Z")})
			}
		}
		return nil
	})
}

// joinAll joins stretches whatever their rules.
func joinAll(spans []span) []span {
	for i := range spans {
		spans[i].Permit, spans[i].Class, spans[i].KeepUS = "", "", 0
	}
	return join(spans)
}
