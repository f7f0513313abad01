package archive

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
)

// Offspring is whatever is made of footage and lies on the disk: a copy, an
// export that is kept, a still, a picture made anew, a temporary file of any of
// them. Whoever makes such a file asks [Archive.Beget] for a place to put it,
// and gets what KEEP-6 asks for without doing anything more:
//
//   - It is registered with its parents, the segments of one camera that
//     overlap an interval, before its first byte is written.
//   - It is sealed by a key that only the keys of all its parents open. When
//     one of them is erased, no copy of the offspring can be read anywhere.
//   - It is refused as soon as one parent is past its time and not held, and
//     the next [Archive.Sweep] removes it, after a crash too, and tells it by
//     [Swept].Bereft, for the ledger.
//
// Offspring is safe for concurrent use; one file in it is for one writer.
type Offspring struct {
	Origin
	a       *Archive
	key     keys.Key
	parents []parent
}

// Origin says what was made of which footage, for whom.
type Origin struct {
	ID         string    `json:"id"`   // 1 to 64 of a-z, 0-9 and the hyphen, unique in the archive
	Kind       string    `json:"kind"` // what it is: "anonymised"
	Controller string    `json:"controller"`
	Camera     string    `json:"camera"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
}

// Bereft is offspring that a sweep removed because a parent went.
type Bereft struct {
	Origin
	Parent string `json:"parent"` // the segment whose time was up, or that was not there
	Files  int    `json:"files"`
	Bytes  int64  `json:"bytes"` // as they lay on the disk
}

// parent is a segment as its offspring remembers it.
type parent struct {
	ID          string `json:"id"`
	Start       int64  `json:"start"`
	End         int64  `json:"end"`
	DeleteAfter int64  `json:"delete_after"`
	HoldLimit   int64  `json:"hold_limit"`
}

func (p *parent) name(camera string) segment.Name {
	return segment.Name{Camera: camera, Start: p.Start, DeleteAfter: p.DeleteAfter, ID: p.ID, Suffix: segment.Closed}
}

// register is the file that is written before any other.
type register struct {
	V int `json:"v"`
	Origin
	Parents []parent `json:"parents"`
	Wrapped []byte   `json:"wrapped"`
}

const (
	offspringDir = "offspring"
	registerFile = "parents.json"
)

// Beget makes the place for what is to be made of a camera's footage between
// two moments. It is NotFound "media.none" where none is, Unavailable
// "offspring.fresh" while some of it is being written, and Conflict
// "offspring.there" where the number is taken.
func (a *Archive) Beget(ctx context.Context, o Origin) (_ *Offspring, err error) {
	defer fault.Wrap(&err, "archive.Beget(%.70s)", o.ID)
	if !segment.IsCamera(o.ID) || !segment.IsCamera(o.Camera) || !o.From.Before(o.To) {
		return nil, fault.New(fault.Invalid, "offspring.origin", "%.70q of camera %.70q", o.ID, o.Camera)
	}
	var rows []segmentRow
	if err := a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = segmentRows(ctx, tx, o.Camera, o.From.UnixMicro(), o.To.UnixMicro(), true)
		return err
	}); err != nil {
		return nil, err
	}
	// What is not indexed yet would go unregistered.
	if len(a.freshSources(o.Camera, o.From.Add(-longest).UnixMicro(), o.To.UnixMicro())) > 0 {
		return nil, fault.New(fault.Unavailable, "offspring.fresh", "footage of %s is not closed yet", o.Camera)
	}
	r := register{V: 1, Origin: o}
	for i := range rows {
		p := parent{rows[i].ID, rows[i].StartUS, rows[i].EndUS, rows[i].DueUS, rows[i].HoldLimitUS}
		if a.lives(o.Camera, &p, a.now()) == nil {
			r.Parents = append(r.Parents, p)
		}
	}
	if len(r.Parents) == 0 {
		return nil, fault.New(fault.NotFound, "media.none", "nothing is recorded of %s from %s to %s", o.Camera, o.From, o.To)
	}
	kek, err := a.parentsKey(&r)
	if err != nil {
		return nil, err
	}
	dek := keys.NewKey()
	r.Wrapped = keys.Wrap(kek, dek, r.aad())
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fault.As(fault.Internal, "offspring.form", err)
	}
	a.making.Lock()
	defer a.making.Unlock()
	if _, err := a.cfg.FS.Stat(a.path(offspringDir, o.ID, registerFile)); err == nil {
		return nil, fault.New(fault.Conflict, "offspring.there", "%s is there already", o.ID)
	}
	if err := a.cfg.FS.MkdirAll(a.path(offspringDir, o.ID), 0o700); err != nil {
		return nil, err
	}
	if err := durable.WriteFile(a.cfg.FS, a.path(offspringDir, o.ID, registerFile), b, 0o600); err != nil {
		return nil, err
	}
	return &Offspring{o, a, dek, r.Parents}, nil
}

// OffspringOf opens what was begotten before: NotFound "offspring.none" when
// it is not there or no longer, Refused "offspring.due" when a parent is past
// its time, NotFound "key.erased" when a parent's key is erased.
func (a *Archive) OffspringOf(id string) (*Offspring, error) {
	r, err := a.readRegister(id)
	if err != nil {
		return nil, err
	}
	o := &Offspring{Origin: r.Origin, a: a, parents: r.Parents}
	if err := o.Lives(); err != nil {
		return nil, err
	}
	kek, err := a.parentsKey(r)
	if err != nil {
		return nil, err
	}
	o.key, err = keys.Unwrap(kek, r.Wrapped, r.aad())
	return o, err
}

// Offsprings lists what lies there of a kind, by number.
func (a *Archive) Offsprings(kind string) (out []Origin, err error) {
	ids, err := a.offspringIDs()
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if r, err := a.readRegister(id); err == nil && r.Kind == kind {
			out = append(out, r.Origin)
		}
	}
	return out, nil
}

// Lives is nil as long as every parent may be read.
func (o *Offspring) Lives() error {
	now := o.a.now()
	for i := range o.parents {
		if err := o.a.lives(o.Camera, &o.parents[i], now); err != nil {
			return err
		}
	}
	return nil
}

// Until is when it goes, as holds are now: with the first of its parents.
func (o *Offspring) Until() (end time.Time) {
	holds := o.a.currentHolds()
	for i := range o.parents {
		p := &o.parents[i]
		due := p.DeleteAfter
		for _, h := range holds {
			if h.ended == 0 && h.over(o.Camera, p.Start, p.End) {
				due = max(due, h.keeps(p.HoldLimit))
			}
		}
		if at := segment.Time(due); end.IsZero() || at.Before(end) {
			end = at
		}
	}
	return end
}

// lives says whether a parent is there, and in time or held.
func (a *Archive) lives(camera string, p *parent, now int64) error {
	if _, err := a.cfg.FS.Stat(a.path(p.name(camera).Path())); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Refused, "offspring.due", "segment %s is gone", p.ID)
		}
		return err
	}
	if p.DeleteAfter > now || slices.ContainsFunc(a.currentHolds(), func(h holding) bool {
		return h.ended == 0 && h.over(camera, p.Start, p.End) && h.keeps(p.HoldLimit) > now
	}) {
		return nil
	}
	return fault.New(fault.Refused, "offspring.due", "segment %s is past its time", p.ID)
}

// parentsKey is the key that all the parents' keys make together.
func (a *Archive) parentsKey(r *register) (keys.Key, error) {
	var all []byte
	for i := range r.Parents {
		name := r.Parents[i].name(r.Camera)
		h, _, _, err := a.about(name)
		if err != nil {
			return keys.Key{}, err
		}
		k, err := a.segmentKey(h, name)
		if err != nil {
			return keys.Key{}, err
		}
		all = append(all, k[:]...)
	}
	b, err := hkdf.Key(sha256.New, all, nil, "vidne offspring v1 "+r.ID, len(keys.Key{}))
	if err != nil {
		return keys.Key{}, fault.As(fault.Internal, "offspring.key", err)
	}
	return keys.Key(b), nil
}

// aad binds the key to what the register says.
func (r *register) aad() []byte {
	c := *r
	c.Wrapped = nil
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of strings, numbers and times
	}
	return b
}

func (a *Archive) readRegister(id string) (*register, error) {
	if !segment.IsCamera(id) {
		return nil, fault.New(fault.NotFound, "offspring.none", "no offspring %.70q", id)
	}
	b, err := durable.ReadFile(a.cfg.FS, a.path(offspringDir, id, registerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "offspring.none", "no offspring %s", id)
	}
	if err != nil {
		return nil, err
	}
	var r register
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || r.V != 1 || r.ID != id || !segment.IsCamera(r.Camera) {
		return nil, fault.New(fault.Corrupt, "offspring.form", "the register of %s: %v", id, err)
	}
	return &r, nil
}

func (a *Archive) offspringIDs() (out []string, err error) {
	entries, err := a.cfg.FS.ReadDir(a.path(offspringDir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if e.IsDir() && segment.IsCamera(e.Name()) {
			out = append(out, e.Name())
		}
	}
	return out, err
}

// sweepOffspring removes what has lost a parent, and what a crash left without
// a register. What is told of it is durable with whoever is told before the
// register goes, so that a crash between the two tells it twice, never not.
func (a *Archive) sweepOffspring() (gone []Bereft, err error) {
	a.making.Lock()
	defer a.making.Unlock()
	ids, err := a.offspringIDs()
	errs := []error{err}
	now := a.now()
	for _, id := range ids {
		b := Bereft{Origin: Origin{ID: id}}
		r, err := a.readRegister(id)
		switch {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Corrupt):
			// Nobody can open it any more, nor say how long it may stay.
		case err != nil:
			errs = append(errs, err)
			continue
		default:
			b.Origin = r.Origin
			for i := range r.Parents {
				if err := a.lives(r.Camera, &r.Parents[i], now); fault.Is(err, fault.Refused) {
					b.Parent = r.Parents[i].ID
					break
				}
			}
			if b.Parent == "" {
				continue
			}
		}
		if err := a.disown(&b); err != nil {
			errs = append(errs, err)
			continue
		}
		gone = append(gone, b)
	}
	return gone, errors.Join(errs...)
}

// Disown removes offspring before its time and says how much there was. One
// that is not there is no error: it is gone.
func (a *Archive) Disown(id string) (Bereft, error) {
	a.making.Lock()
	defer a.making.Unlock()
	r, err := a.readRegister(id)
	if fault.Is(err, fault.NotFound) {
		return Bereft{Origin: Origin{ID: id}}, nil
	}
	if err != nil {
		return Bereft{}, err
	}
	b := Bereft{Origin: r.Origin}
	return b, a.disown(&b)
}

// disown removes the files, then tells, then removes the register.
func (a *Archive) disown(b *Bereft) error {
	dir := a.path(offspringDir, b.ID)
	entries, err := a.cfg.FS.ReadDir(dir)
	if err != nil {
		return err
	}
	// The register goes last: what it stands for is then gone.
	slices.SortFunc(entries, func(x, y fs.DirEntry) int {
		return cmp.Compare(order(x.Name()), order(y.Name()))
	})
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() != registerFile {
			b.Files, b.Bytes = b.Files+1, b.Bytes+info.Size()
		}
		if e.Name() == registerFile {
			if err := a.cfg.FS.SyncDir(dir); err != nil {
				return err
			}
			if a.cfg.Bereft != nil {
				if err := a.cfg.Bereft(*b); err != nil {
					return err
				}
			}
		}
		if err := a.cfg.FS.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	if err := a.cfg.FS.Remove(dir); err != nil {
		return err
	}
	return a.cfg.FS.SyncDir(a.path(offspringDir))
}

func order(name string) int {
	if name == registerFile {
		return 1
	}
	return 0
}

// tidyOffspring removes what a crash left half-written.
func (a *Archive) tidyOffspring() error {
	ids, err := a.offspringIDs()
	errs := []error{err}
	for _, id := range ids {
		entries, err := a.cfg.FS.ReadDir(a.path(offspringDir, id))
		errs = append(errs, err)
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), durable.TempSuffix) {
				errs = append(errs, a.cfg.FS.Remove(a.path(offspringDir, id, e.Name())))
			}
		}
	}
	return errors.Join(errs...)
}
