package engine

import (
	"context"
	"io"
	"slices"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// besideClock is how long before and after the pictures the camera's clock is
// told of.
const besideClock = time.Hour

// ExportFacts is what stands beside a camera's pictures as evidence, under the
// export order that opens them.
func (a api) ExportFacts(ctx context.Context, q engineapi.ExportQuery, p engineapi.Pass) (f engineapi.ExportFacts, err error) {
	v, err := a.open("export", p, q.Camera, q.From, q.To, permit.KindExport)
	if err != nil {
		return f, err
	}
	f.Masked = v.body.Masked
	if v.st.(*permit.Export).MaskLift != "" && f.Masked {
		if err := v.lift(); err != nil {
			v.refused(err)
			return f, err
		}
		f.Lift = v.body.Lifted
	}
	segments, err := a.archive.Entered(ctx, q.Camera, q.From, q.To)
	if err != nil {
		return f, err
	}
	f.Camera, f.Version, f.Permits, f.Segments = q.Camera, a.cfg.Version, []permit.ID{}, make([]engineapi.SegmentFact, len(segments))
	for i, s := range segments {
		f.Segments[i] = engineapi.SegmentFact{ID: s.ID, Index: s.Leaf, SHA256: s.SHA256, From: s.From, To: s.To, Pictures: s.Pictures}
		if s.To.After(q.From) && !slices.Contains(f.Permits, s.Permit) {
			f.Permits = append(f.Permits, s.Permit)
		}
	}
	c, err := a.Coverages(ctx, []string{q.Camera}, q.From, q.To)
	if err != nil {
		return f, err
	}
	f.Stretches = c[0].Stretches
	if f.Clock, err = a.Clock(ctx, q.Camera, q.From.Add(-besideClock), q.To.Add(besideClock)); err != nil {
		return f, err
	}
	held, since, synced := a.clk.State()
	f.Time = engineapi.TimeState{Now: a.clk.Now(), Wall: a.cfg.Clock.Now(), Held: held, Since: since, Synced: synced}
	f.Log = a.ledger.Origin()
	_, f.LogKey = a.ledger.Public()
	return f, nil
}

// ExportLog writes an extract of the ledger that shows the entries of the
// interval's segments, and of all others that they are there.
func (a api) ExportLog(ctx context.Context, q engineapi.ExportQuery, p engineapi.Pass, w io.Writer) error {
	if _, err := a.open("export", p, q.Camera, q.From, q.To, permit.KindExport); err != nil {
		return err
	}
	segments, err := a.archive.Entered(ctx, q.Camera, q.From, q.To)
	if err != nil {
		return err
	}
	var from, to int64
	shown := map[int64]bool{}
	for i, s := range segments {
		if i == 0 || s.Leaf < from {
			from = s.Leaf
		}
		to = max(to, s.Leaf+1)
		shown[s.Leaf] = true
	}
	return a.ledger.ExtractSome(ctx, from, to, w, func(e *ledger.Entry) bool { return shown[e.Index] })
}
