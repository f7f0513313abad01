package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/keys"
	"vidne.dk/vidne/internal/media"
	"vidne.dk/vidne/internal/permit"
)

// page is how many segments a reader asks the index for at a time.
const page = 64

// Fragment is a group of pictures, or a part of one, as it is played.
type Fragment struct {
	Segment    string
	N          int       // which of the segment's it is; several may have arrived at once
	Start, End time.Time // arrival
	Init, Data []byte    // plaintext: ftyp and moov; moof and mdat
	NewInit    bool      // Init differs from the fragment before, or is the first
	Key        bool      // decoding can begin here
	Codec      media.Codec
	Sealed     bool // of a closed segment
	Permit     permit.ID
	Due        time.Time
}

// source is a segment to read.
type source struct {
	name  segment.Name
	start int64
	open  *writing // nil: closed
	key   *keys.Key
}

// Reader gives a camera's fragments of an interval, in order. It is not safe
// for concurrent use. Data is valid until the next call of Next.
type Reader struct {
	a        *Archive
	camera   string
	from, to int64
	next     int64 // start of the first segment not asked for yet
	queue    []source
	before   []source // those that end before from, should decoding have to begin there
	done     bool
	first    bool
	seen     map[string]bool // segments given from memory
	cur      *opened
	init     []byte
	buf      []byte
}

// opened is the segment being read.
type opened struct {
	src   source
	file  durable.File
	head  *segment.Header
	open  *segment.Opener
	table []segment.Entry
	at    int
	init  []byte
	codec media.Codec
}

// Reader reads a camera's footage that overlaps [from, to). It begins at the
// fragment with the key frame at or before from, so that what is asked for
// can be decoded; what is not closed yet is read up to its last flush. What
// is past its time and not held is not there.
func (a *Archive) Reader(ctx context.Context, camera string, from, to time.Time) (*Reader, error) {
	if !segment.IsCamera(camera) || !from.Before(to) {
		return nil, fault.New(fault.Invalid, "archive.interval", "camera %.70q from %v to %v", camera, from, to)
	}
	r := &Reader{a: a, camera: camera, from: from.UnixMicro(), to: to.UnixMicro(), seen: map[string]bool{}, first: true}
	r.next = r.from - 2*longest.Microseconds()
	return r, r.more(ctx)
}

// Close lets go of the file. A Reader that gave io.EOF or an error is closed.
func (r *Reader) Close() error {
	if r.cur == nil {
		return nil
	}
	err := r.cur.file.Close()
	r.cur = nil
	return err
}

// more asks the index for the next page, and memory for what it does not have.
func (r *Reader) more(ctx context.Context) error {
	var rows []segmentRow
	fresh := r.a.freshSources(r.camera, r.next, r.to)
	now := r.a.now()
	err := r.a.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All[segmentRow](ctx, tx, "SELECT "+segmentColumns+` FROM segment
			WHERE camera = ? AND start_us >= ? AND start_us < ? AND state = 0 AND (due_us > ? OR EXISTS (
				SELECT 1 FROM held_segment JOIN hold ON hold.id = held_segment.hold
				WHERE held_segment.segment = segment.id AND hold.ended_us = 0 AND held_segment.until_us > ?))
			ORDER BY start_us LIMIT ?`, r.camera, r.next, r.to, now, now, page)
		return err
	})
	if err != nil {
		return err
	}
	r.done = len(rows) < page
	last := int64(1<<63 - 1)
	if !r.done {
		last = rows[len(rows)-1].StartUS
		r.next = last + 1
	}
	r.queue = r.queue[:0]
	for _, row := range rows {
		switch src := (source{name: row.name(), start: row.StartUS}); {
		case r.seen[row.ID]:
		case row.EndUS > r.from:
			r.queue = append(r.queue, src)
		case r.first:
			r.before = append(r.before, src)
		}
	}
	for _, s := range fresh {
		if s.start <= last && !r.seen[s.name.ID] && !slices.ContainsFunc(r.queue, func(q source) bool { return q.name.ID == s.name.ID }) && s.name.DeleteAfter > now {
			r.queue = append(r.queue, s)
		}
	}
	slices.SortFunc(r.queue, func(x, y source) int { return cmp.Compare(x.start, y.start) })
	for _, s := range r.queue {
		r.seen[s.name.ID] = true
	}
	return nil
}

// freshSources are the segments of a camera that have no row yet.
func (a *Archive) freshSources(camera string, from, to int64) (out []source) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.closed {
		if d.head.Camera == camera && d.head.Start >= from && d.head.Start < to {
			out = append(out, source{name: d.head.Name(segment.Closed), start: d.head.Start})
		}
	}
	for _, w := range a.open {
		if w.head.Camera == camera && w.head.Start >= from && w.head.Start < to && len(w.snapshot()) > 0 {
			out = append(out, source{name: w.name, start: w.head.Start, open: w, key: &w.key})
		}
	}
	return out
}

// Next returns the next fragment, io.EOF after the last. Damaged bytes are
// fault.Corrupt, raised as an alarm, and never served; the call after goes on
// behind the damage.
func (r *Reader) Next(ctx context.Context) (*Fragment, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if r.cur == nil {
			if len(r.queue) == 0 {
				if r.done {
					return nil, io.EOF
				}
				if err := r.more(ctx); err != nil {
					return nil, err
				}
				continue
			}
			src := r.queue[0]
			r.queue = r.queue[1:]
			cur, err := r.a.openSource(src)
			if err != nil {
				if gone, err := r.passOver(src, err); !gone {
					return nil, err
				}
				continue
			}
			r.cur = cur
			r.skip()
			r.back()
		}
		if r.cur.at >= len(r.cur.table) || r.cur.table[r.cur.at].Arrival >= r.to || r.past(r.cur) {
			if err := r.Close(); err != nil {
				return nil, err
			}
			continue
		}
		return r.give()
	}
}

// past reports whether a segment's time has come since the index was asked:
// somebody who looks slowly sees no more of it than anybody else.
func (r *Reader) past(c *opened) bool {
	now := r.a.now()
	if c.head.DeleteAfter > now {
		return false
	}
	end := c.head.Start
	if n := len(c.table); n > 0 {
		end = c.table[n-1].End()
	}
	holds := r.a.currentHolds()
	return !slices.ContainsFunc(holds, func(h holding) bool {
		return h.ended == 0 && h.over(c.head.Camera, c.head.Start, end) && h.keeps(c.head.HoldLimit) > now
	})
}

// passOver decides what a segment that cannot be opened means: gone because it
// was deleted meanwhile, or damage.
func (r *Reader) passOver(src source, err error) (gone bool, _ error) {
	missing := errors.Is(err, fs.ErrNotExist) || fault.Key(err) == "key.erased"
	if missing {
		due := src.name.DeleteAfter <= r.a.now()
		if !due && src.open == nil {
			r.a.alarm(AlarmCorrupt, r.camera, src.name.Path(), true)
			return false, fault.New(fault.Corrupt, "segment.corrupt", "%s is missing", src.name.Path())
		}
		return true, nil
	}
	if fault.Is(err, fault.Corrupt) {
		r.a.alarm(AlarmCorrupt, r.camera, src.name.Path(), true)
	}
	return false, err
}

// skip goes to the last fragment with a key frame at or before from.
func (r *Reader) skip() {
	c := r.cur
	c.at = 1
	for i := 1; i < len(c.table); i++ {
		e := &c.table[i]
		if e.Key() && e.Arrival <= r.from {
			c.at = i
		}
		if e.Arrival > r.from {
			break
		}
	}
	if r.first && c.at < len(c.table) {
		// A segment of which only the time before the interval is recorded.
		last := &c.table[len(c.table)-1]
		if last.End() <= r.from {
			c.at = len(c.table)
		}
	}
}

// back goes to an earlier segment when the first fragment to give cannot be
// decoded by itself: a group of pictures longer than a segment. It looks two
// minutes back; what cannot be opened there ends the search.
func (r *Reader) back() {
	c := r.cur
	if !r.first || c.at >= len(c.table) || c.table[c.at].Key() {
		return
	}
	again := []source{c.src}
	for i := len(r.before) - 1; i >= 0; i-- {
		prev, err := r.a.openSource(r.before[i])
		if err != nil {
			return
		}
		for at := len(prev.table) - 1; at > 0; at-- {
			if prev.table[at].Key() {
				prev.at = at
				_ = c.file.Close() // only read, and opened again in its turn
				r.cur, r.queue = prev, append(again, r.queue...)
				return
			}
		}
		_ = prev.file.Close() // only read
		again = append([]source{r.before[i]}, again...)
	}
}

func (r *Reader) give() (*Fragment, error) {
	c := r.cur
	e := c.table[c.at]
	c.at++
	data, err := c.open.Read(c.file, e, r.buf)
	if err != nil {
		if fault.Is(err, fault.Corrupt) {
			r.a.alarm(AlarmCorrupt, r.camera, c.src.name.Path(), true)
		}
		return nil, err
	}
	r.buf = data[:0:cap(data)]
	f := &Fragment{
		Segment: c.head.ID, N: c.at, Start: segment.Time(e.Arrival), End: segment.Time(e.End()), Init: c.init, Data: data,
		NewInit: r.first || !bytes.Equal(r.init, c.init), Key: e.Key(), Codec: c.codec, Sealed: c.src.open == nil,
		Permit: c.head.Permit, Due: segment.Time(c.head.DeleteAfter),
	}
	r.first, r.init = false, c.init
	return f, nil
}

// openSource opens a segment's file, finds its key and reads its table.
func (a *Archive) openSource(src source) (_ *opened, err error) {
	name := src.name
	file, err := a.cfg.FS.OpenFile(a.path(name.Path()), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) && src.open != nil {
		file, err = a.cfg.FS.OpenFile(a.path(name.With(segment.Closed).Path()), os.O_RDONLY, 0) // closed meanwhile
	}
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = file.Close() // only read
		}
	}()
	c := &opened{src: src, file: file}
	if c.head, err = segment.ReadHeader(file); err != nil {
		return nil, err
	}
	if c.head.ID != name.ID || c.head.Archive != a.id {
		return nil, fault.New(fault.Corrupt, "segment.corrupt", "%s says that it is %s", name.Path(), c.head.ID)
	}
	key := src.key
	if key == nil {
		k, err := a.segmentKey(c.head, name)
		if err != nil {
			return nil, err
		}
		key = &k
	}
	if c.open, err = segment.NewOpener(c.head, *key); err != nil {
		return nil, err
	}
	if src.open != nil {
		c.table = src.open.snapshot()
	} else {
		info, err := file.Stat()
		if err != nil {
			return nil, err
		}
		foot, err := segment.ReadFooter(file, info.Size(), c.head)
		if errors.Is(err, segment.ErrOpen) {
			return nil, fault.New(fault.Corrupt, "segment.corrupt", "%s has lost its end", name.Path())
		}
		if err != nil {
			return nil, err
		}
		if err := c.open.Footer(foot); err != nil {
			return nil, err
		}
		c.table = foot.Table
	}
	if len(c.table) == 0 {
		return c, nil
	}
	if c.init, err = c.open.Read(file, c.table[0], nil); err != nil {
		return nil, err
	}
	tracks, err := media.ParseInit(c.init)
	if err != nil {
		return nil, fault.As(fault.Corrupt, "segment.corrupt", err)
	}
	if i := slices.IndexFunc(tracks, func(t media.Track) bool { return !t.Codec.Sound() }); i >= 0 {
		c.codec = tracks[i].Codec
	}
	return c, nil
}
