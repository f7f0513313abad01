package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/export"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/permit"
)

// exportedBody is the ledger's entry of an export that ended.
type exportedBody struct {
	viewBody
	As     string        `json:"as"` // "original" or "viewing"
	Report export.Report `json:"report"`
	Whole  bool          `json:"whole"`
}

// Original streams a camera's stored pictures as they were received, in one
// MP4, and the list of them beside it, under an export order. A masked camera
// has none, unless the order names a mask lift that was handed in before and
// covers what is asked for: fault.Refused "mask.original".
func (e *Engine) Original(ctx context.Context, q engineapi.ExportQuery, p engineapi.Pass, out engineapi.ExportOut) (d engineapi.Exported, err error) {
	v, err := e.open("export", p, q.Camera, q.From, q.To, permit.KindExport)
	if err != nil {
		return d, err
	}
	if err := v.lift(); err != nil {
		v.refused(err)
		return d, err
	}
	var o export.Original
	err = v.export(ctx, "original", out, func(ctx context.Context, src *exportSource) (export.Report, error) {
		about := export.About{Unit: "Vidne " + e.cfg.ID, Operator: textOf(v.st), At: e.clk.Now(), Source: q.Camera}
		if c := e.book.Camera(q.Camera); c != nil {
			about.Source = c.Name
		}
		var err error
		o, err = export.WithList(ctx, out.Film(), out.List(), about, src)
		return o.Report, err
	})
	if err != nil {
		return d, err
	}
	d = engineapi.Exported{From: o.From, To: o.To, Pictures: o.Pictures, Codec: o.Codec, Width: o.Width, Height: o.Height,
		Segments: o.Segments, Gaps: make([]engineapi.Stretch, len(o.Gaps)), Changed: o.Changed}
	for i, g := range o.Gaps {
		d.Gaps[i] = engineapi.Stretch{From: g.From, To: g.To, Kind: "gap", Cause: engineapi.CauseUnknown}
	}
	return d, nil
}

// ViewingCopy streams H.264 of a camera's footage with camera and time beneath
// the picture, under an export order. Masks are painted, also where they are
// lifted: that is for the original.
func (e *Engine) ViewingCopy(ctx context.Context, q engineapi.ExportQuery, p engineapi.Pass, out engineapi.ExportOut) (c engineapi.Copied, err error) {
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return c, fault.New(fault.Invalid, "export.zone", "no zone is called %.40q", q.Zone)
	}
	v, err := e.open("export", p, q.Camera, q.From, q.To, permit.KindExport)
	if err != nil {
		return c, err
	}
	c.Tool, c.Version = "ffmpeg", e.fence.Version(ctx)
	err = v.export(ctx, "viewing", out, func(ctx context.Context, src *exportSource) (export.Report, error) {
		first, err := src.Next(ctx)
		if err != nil {
			return export.Report{}, nothing(err)
		}
		holes, before, err := v.holes(ctx)
		if err != nil {
			return export.Report{}, err
		}
		o := fence.CopyOptions{Mask: v.mask(), Camera: v.label(), Begin: first.Start, End: v.to, Zone: zone, Holes: holes}
		var r export.Report
		r, c.Arguments, err = v.copy(ctx, out, &resumed{first, src}, o)
		c.Changed = r.Changed
		if err == nil && r.Pictures < before.Pictures {
			err = fault.New(fault.Conflict, "export.less", "%d pictures were there, %d are in the copy", before.Pictures, r.Pictures)
		}
		return r, err
	})
	return c, err
}

// holes reads the footage once before it is copied: a picture that says what is
// missing after it must be known when it is drawn.
func (v *pass) holes(ctx context.Context) ([]fence.Hole, export.Report, error) {
	src := &exportSource{v: v, src: &footage{v: v}}
	defer src.src.close()
	found, r, err := export.Holes(ctx, src)
	holes := make([]fence.Hole, len(found))
	for i, h := range found {
		holes[i] = fence.Hole(h)
	}
	return holes, r, err
}

// copy feeds what src gives to the fence.
func (v *pass) copy(ctx context.Context, out engineapi.ExportOut, src export.Source, o fence.CopyOptions) (r export.Report, args []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, feed := io.Pipe()
	fed := make(chan error, 1)
	go func() {
		var err error
		r, err = export.MP4(ctx, feed, src)
		fed <- feed.CloseWithError(err)
	}()
	var last feedError
	args, err = v.e.fence.Copy(ctx, &watched{in, &last}, out.Film(), o)
	cancel()
	_ = in.Close()
	<-fed
	if last.err != nil {
		err = last.err // ffmpeg's complaint is its consequence
	}
	return r, args, err
}

// feedError is why the footage ended, if not because it was all there.
type feedError struct{ err error }

// watched remembers what reading gave.
type watched struct {
	*io.PipeReader
	last *feedError
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.PipeReader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		w.last.err = err
	}
	return n, err
}

// resumed gives a piece that was taken already, and then the rest.
type resumed struct {
	first *export.Piece
	src   export.Source
}

func (s *resumed) Next(ctx context.Context) (*export.Piece, error) {
	if p := s.first; p != nil {
		s.first = nil
		return p, nil
	}
	return s.src.Next(ctx)
}

func nothing(err error) error {
	if errors.Is(err, io.EOF) {
		return fault.New(fault.NotFound, "media.none", "no pictures in the interval")
	}
	return err
}

// label is the camera's name and place beneath a copy.
func (v *pass) label() fence.Overlay {
	text := v.camera
	if c := v.e.book.Camera(v.camera); c != nil {
		text = c.Name
		if c.Place != "" {
			text += ", " + c.Place
		}
	}
	return fence.Overlay{Clock: v.e.clk, Say: func() string { return text }}
}

// export lets f take footage out, with what comes before and after it in the
// ledger.
func (v *pass) export(ctx context.Context, as string, out engineapi.ExportOut, f func(context.Context, *exportSource) (export.Report, error)) error {
	if err := v.log(ctx, as); err != nil {
		return err
	}
	ctx, end := v.watch(ctx, out.Break)
	defer end()
	src := &exportSource{v: v, src: &footage{v: v}}
	defer src.src.close()
	r, err := f(ctx, src)
	v.cut(cause(ctx, err))
	b := exportedBody{v.body, as, r, err == nil}
	if err != nil {
		b.Reason = fault.Key(err)
	}
	if kept := v.e.record(context.WithoutCancel(ctx), "export.done", b); err == nil {
		err = kept
	}
	return cause(ctx, err)
}

// lift lets the original of a masked camera out, if the order names a lift
// that covers what is asked for and has not run out.
func (v *pass) lift() error {
	if !v.body.Masked {
		return nil
	}
	order := v.st.(*permit.Export)
	if order.MaskLift == "" {
		return fault.New(fault.Refused, "mask.original", "camera %s is masked: there is no original", v.camera)
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
