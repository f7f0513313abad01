package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"vidne.dk/vidne/internal/anonymise"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/media"
)

// anonIndex is where the pictures of a copy lie in the archive. A piece of the
// footage is what one segment has of it.
type anonIndex struct {
	Rate   float64     `json:"rate"` // pictures a second, on average
	Pieces []anonPiece `json:"pieces"`
}

type anonPiece struct {
	Segment string    `json:"segment"`
	Base    time.Time `json:"base"`  // of decode time zero
	Start   int64     `json:"start"` // the same in ticks of anonymise.Clock after the first piece's
	Keys    []anonKey `json:"keys"`
	Count   int       `json:"count"` // pictures
	zero    int64     // decode time of the first picture, in the segment's own time
	last    int64     // decode time of the last picture, in ticks after Start
}

// anonKey is where decoding can begin.
type anonKey struct {
	At time.Time `json:"at"` // start of its fragment
	Of int       `json:"of"` // which of the segment's fragments it is
	N  int       `json:"n"`  // pictures of the piece that were sent before
	T  int64     `json:"t"`  // when it is shown, in ticks of anonymise.Clock after the piece's time zero
}

// anonRecorded is the footage of a copy, piece by piece, as recorded.
type anonRecorded struct {
	v     *pass
	index anonIndex
}

// anonFootage reads where a copy's pictures lie, finding it out the first time.
func (e *Engine) anonFootage(ctx context.Context, v *pass, c *anonCopy) (*anonRecorded, error) {
	r := &anonRecorded{v: v}
	b, err := c.off.Get(fileIndex)
	switch {
	case err == nil:
		if err := json.Unmarshal(b, &r.index); err != nil {
			return nil, fault.As(fault.Corrupt, "anonymised.form", err)
		}
		return r, nil
	case !fault.Is(err, fault.NotFound):
		return nil, err
	}
	if err := r.scan(ctx); err != nil {
		return nil, err
	}
	if b, err = json.Marshal(r.index); err != nil {
		return nil, fault.As(fault.Internal, "anonymised.form", err)
	}
	return r, c.off.Put(fileIndex, b)
}

// scan reads the footage once. Footage whose picture changes its size cannot
// be one copy.
func (r *anonRecorded) scan(ctx context.Context) error {
	src := &footage{v: r.v}
	defer src.close()
	var at *anonPiece
	var size [2]int
	count := 0
	for {
		p, err := src.next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		video := p.part.video
		if at == nil || at.Segment != p.part.id {
			if size == [2]int{} {
				size = [2]int{video.Width, video.Height}
			}
			if size != [2]int{video.Width, video.Height} {
				return fault.New(fault.Invalid, "anonymised.size", "the picture is %d × %d from %s on", video.Width, video.Height, p.start)
			}
			if !p.key {
				continue // nothing before it to begin with
			}
			r.index.Pieces = append(r.index.Pieces, anonPiece{Segment: p.part.id})
			at = &r.index.Pieces[len(r.index.Pieces)-1]
		}
		count += at.take(p)
	}
	if count == 0 {
		return fault.New(fault.NotFound, "media.none", "nothing is recorded of %s from %s to %s", r.v.camera, r.v.from, r.v.to)
	}
	if count > anonymise.MaxFrames {
		return fault.New(fault.Invalid, "anonymised.long", "%d pictures", count)
	}
	first := r.index.Pieces[0].Base
	for i := range r.index.Pieces {
		p := &r.index.Pieces[i]
		p.Start = int64(p.Base.Sub(first).Seconds() * anonymise.Clock)
		if i > 0 { // arrival jitters; order does not
			before := r.index.Pieces[i-1]
			p.Start = max(p.Start, before.Start+before.last+anonymise.Clock/60)
		}
	}
	last := r.index.Pieces[len(r.index.Pieces)-1]
	r.index.Rate = float64(count) / max(1, float64(last.Start+last.last)/anonymise.Clock)
	return nil
}

// take counts a fragment's pictures.
func (a *anonPiece) take(p *piece) (count int) {
	scale := int64(p.part.video.Timescale)
	for _, s := range p.samples {
		if s.Track != p.part.video.ID {
			continue
		}
		if a.Base.IsZero() {
			a.Base, a.zero = p.start, s.DTS
		}
		if count == 0 && p.key {
			a.Keys = append(a.Keys, anonKey{p.start, p.n, a.Count, (s.PTS - a.zero) * anonymise.Clock / scale})
		}
		a.last = max(a.last, (s.DTS-a.zero)*anonymise.Clock/scale)
		count++
	}
	a.Count += count
	return count
}

// Pieces is how many there are.
func (r *anonRecorded) Pieces() int { return len(r.index.Pieces) }

// Open gives a piece whole.
func (r *anonRecorded) Open(ctx context.Context, n int) (io.ReadCloser, int64, error) {
	if n < 0 || n >= len(r.index.Pieces) {
		return nil, 0, fault.New(fault.Invalid, "anonymised.piece", "no piece %d", n)
	}
	p := &r.index.Pieces[n]
	return r.from(ctx, p, 0), p.Start, nil
}

// from gives a piece from one of its key frames on, as a film of its own.
func (r *anonRecorded) from(ctx context.Context, a *anonPiece, key int) io.ReadCloser {
	out, in := io.Pipe()
	go func() { _ = in.CloseWithError(r.write(ctx, a, key, in)) }() // of a pipe, never fails
	return out
}

// write gives as many pictures as the scan counted. Where the interval ends in
// a piece depends on where reading began, since pictures arrive unevenly: so
// the end is not left to it.
func (r *anonRecorded) write(ctx context.Context, a *anonPiece, key int, w io.Writer) error {
	begin, left := a.Keys[key], a.Count-a.Keys[key].N
	at := begin.At.Add(-time.Microsecond) // several may have arrived at once
	v := &pass{e: r.v.e, signed: r.v.signed, st: r.v.st, camera: r.v.camera, from: at, to: r.v.to.Add(time.Minute), kind: r.v.kind, body: r.v.body}
	src := &footage{v: v}
	defer src.close()
	var frag media.Fragmenter
	begun := false
	for left > 0 {
		p, err := src.next(ctx)
		if errors.Is(err, io.EOF) || err == nil && begun && p.part.id != a.Segment {
			return fault.New(fault.NotFound, "media.none", "segment %s is not there as it was", a.Segment)
		}
		if err != nil {
			return err
		}
		if !begun && (p.part.id != a.Segment || p.n != begin.Of) {
			continue
		}
		if err := r.v.mayPiece(p.start, p.end); err != nil {
			return err
		}
		if !begun {
			begun = true
			tracks := []media.Track{*p.part.video}
			b, err := media.Init(tracks)
			if err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			frag.Begin(tracks)
		}
		frag.Reset()
		for _, s := range p.samples {
			if s.Track != p.part.video.ID || left == 0 {
				continue
			}
			left--
			if err := frag.Add(&s); err != nil {
				return err
			}
		}
		if _, err := w.Write(frag.Bytes(1)); err != nil {
			return err
		}
	}
	return nil
}

// AnonymisedPictures gives pictures of the footage, for whoever judges and
// corrects: as recorded, with the camera's masks painted.
func (e *Engine) AnonymisedPictures(ctx context.Context, id string, q engineapi.PicturesQuery, p engineapi.Pass, out *engineapi.Stream) error {
	v, c, err := e.anonPass(ctx, id, p)
	if err != nil {
		return err
	}
	pr, err := e.project(v, c)
	if err != nil {
		return err
	}
	if q.First < 0 || q.Count < 1 || q.Count > 600 || q.First >= pr.Findings.Frames() {
		return fault.New(fault.Invalid, "anonymised.pictures", "pictures %d+%d", q.First, q.Count)
	}
	src, err := e.anonFootage(ctx, v, c)
	if err != nil {
		return err
	}
	if len(src.index.Pieces) != len(pr.Findings.Chunks) {
		return fault.New(fault.Corrupt, "anonymised.form", "%d pieces and %d chunks", len(src.index.Pieces), len(pr.Findings.Chunks))
	}
	ctx, end := v.watch(ctx, out.Break)
	defer end()
	first, left := q.First, q.Count
	for i := range pr.Findings.Chunks {
		n := len(pr.Findings.Chunks[i].Times)
		if first >= n {
			first -= n
			continue
		}
		some := min(left, n-first)
		if err := e.strip(ctx, v, src, pr.Findings, i, first, some, q.Width, out); err != nil {
			err = cause(ctx, err)
			v.cut(err)
			return err
		}
		if left -= some; left == 0 {
			break
		}
		first = 0
	}
	return nil
}

// strip gives pictures of one piece.
func (e *Engine) strip(ctx context.Context, v *pass, src *anonRecorded, found *anonymise.Findings, n, first, count, width int, out *engineapi.Stream) error {
	a, times := &src.index.Pieces[n], found.Chunks[n].Times
	// Both are counted from the first picture shown: how far that lies from time
	// zero is the decoder's affair.
	k, exact := slices.BinarySearchFunc(a.Keys, times[first]-times[0], func(k anonKey, t int64) int { return int(k.T - a.Keys[0].T - t) })
	if !exact {
		k--
	}
	k = max(k, 0)
	key, _ := slices.BinarySearch(times, times[0]+a.Keys[k].T-a.Keys[0].T)
	i := first
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	in := src.from(ctx, a, k)
	return e.fence.Strip(ctx, in, fence.StripOptions{First: first - key, Count: count, Mask: v.mask(), MaxWidth: width}, func(b []byte) error {
		when := a.Base.Add(time.Duration(times[min(i, len(times)-1)]) * time.Second / anonymise.Clock)
		i++
		return out.Frame(&engineapi.Frame{FragmentHeader: engineapi.FragmentHeader{Kind: engineapi.FramePicture, Start: when, End: when}, Data: b})
	})
}
