package engine

import (
	"context"
	"io"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/export"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

type exportedBody struct {
	viewBody
	Report export.Report `json:"report"`
	Whole  bool          `json:"whole"`
}

// Export streams the interval of one camera as one MP4 under an export order.
// A masked camera's is made anew with the mask painted, unless a mask lift
// that was handed in before opens the original.
func (e *Engine) Export(ctx context.Context, q engineapi.ExportQuery, p engineapi.Pass, out *engineapi.Stream) error {
	v, err := e.open("export", p, q.Camera, q.From, q.To, permit.KindExport)
	if err != nil {
		return err
	}
	if v.body.Masked {
		if err := v.lift(); err != nil {
			v.refused(err)
			return err
		}
	}
	if err := v.log(ctx, nil); err != nil {
		return err
	}
	ctx, end := v.watch(ctx, out.Break)
	defer end()
	src := &exportSource{v: v, src: &footage{v: v}}
	defer src.src.close()
	var r export.Report
	if v.body.Masked {
		r, err = export.MP4(ctx, out, &paintedSource{v: v, src: src.src})
	} else {
		r, err = export.MP4(ctx, out, src)
	}
	if err == nil && !r.Changed.IsZero() {
		// One file cannot go on. Whoever gets it must not take it for whole.
		err = fault.New(fault.Conflict, "export.changed", "the camera's stream changed at %s: export up to there, and from there", r.Changed.Format(time.RFC3339))
	}
	v.cut(cause(ctx, err))
	b := exportedBody{v.body, r, err == nil}
	if err != nil {
		b.Reason = fault.Key(err)
	}
	if kept := e.record(context.WithoutCancel(ctx), "export.done", b); err == nil {
		err = kept
	}
	return cause(ctx, err)
}

// lift lets the original of a masked camera out, if the order names a lift
// that covers what is asked for and has not run out.
func (v *pass) lift() error {
	order := v.st.(*permit.Export)
	if order.MaskLift == "" {
		return nil
	}
	v.e.intake.Lock()
	l := v.e.lifts[order.MaskLift]
	v.e.intake.Unlock()
	now := v.e.clk.Now()
	switch {
	case l == nil || l.Controller != order.Controller:
		return fault.New(fault.Refused, "mask.lift", "mask lift %s is not known", order.MaskLift)
	case l.Camera != v.camera || v.from.Before(l.From) || v.to.After(l.To):
		return fault.New(fault.Refused, "mask.lift", "mask lift %s does not cover this", l.ID)
	case !now.Before(l.Expires):
		return fault.New(fault.Refused, "ticket.expired", "mask lift %s expired %s", l.ID, l.Expires)
	}
	v.body.Masked, v.body.Lifted = false, l.ID
	return nil
}

// exportSource gives stored pieces to the muxer, each asked for once more.
type exportSource struct {
	v   *pass
	src *footage
}

func (s *exportSource) Next(ctx context.Context) (*export.Piece, error) {
	p, err := s.src.next(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.v.mayPiece(p.start, p.end); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &export.Piece{Segment: p.part.id + p.base.String(), ID: p.part.id, Start: p.start, End: p.end, Init: p.part.init, Data: p.data}, nil
}

// paintedSource gives masked pieces, made anew run by run.
type paintedSource struct {
	v    *pass
	src  *footage
	c    chan *export.Piece
	done chan error
}

// Next is called by one goroutine; the other transcodes and waits for it.
func (s *paintedSource) Next(ctx context.Context) (*export.Piece, error) {
	if s.c == nil {
		s.c, s.done = make(chan *export.Piece), make(chan error, 1)
		go func() {
			to := &sender{v: s.v, src: s.src, last: s.v.from, h264: true, sink: &pieceSink{ctx: ctx, c: s.c}}
			s.done <- to.all(ctx)
		}()
	}
	select {
	case p := <-s.c:
		return p, nil
	case err := <-s.done:
		s.done <- err
		if err == nil {
			err = io.EOF
		}
		return nil, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// pieceSink turns frames back into pieces.
type pieceSink struct {
	ctx  context.Context
	c    chan<- *export.Piece
	n    int
	init *engineapi.Frame
}

func (s *pieceSink) Frame(f *engineapi.Frame) error {
	switch f.Kind {
	case engineapi.FrameInit:
		s.init = f
		s.n++
		return nil
	case engineapi.FrameFragment:
	default:
		return nil
	}
	p := &export.Piece{Segment: "painted " + time.Duration(s.n).String(), Start: f.Start, End: f.End, Init: s.init.Data, Data: append([]byte(nil), f.Data...)}
	select {
	case s.c <- p:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}
