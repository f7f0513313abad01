package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// watchEvery is how often a viewing that flows is looked at, beside every
// change of the book: what runs out by itself is cut within this.
const watchEvery = 250 * time.Millisecond

// pass is an opened right to look at one camera.
type pass struct {
	e        *Engine
	signed   *permit.Signed
	st       permit.Statement
	camera   string
	from, to time.Time
	kind     string // "viewing", "export", "still"
	body     viewBody
	masks    int // how many the camera had had when it was opened
	cutOnce  sync.Once
}

// viewBody is the ledger's entry of everything that shows pictures, or was
// refused to. References to people and cases are the portal's, as they came.
type viewBody struct {
	Camera    string    `json:"camera"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Statement permit.ID `json:"statement,omitempty"`
	Kind      string    `json:"kind,omitempty"`
	Person    string    `json:"person,omitempty"`
	Approver  string    `json:"approver,omitempty"`
	Purpose   string    `json:"purpose,omitempty"`
	Case      string    `json:"case,omitempty"`
	Recipient string    `json:"recipient,omitempty"`
	Whence    string    `json:"whence,omitempty"`
	Masked    bool      `json:"masked,omitempty"`
	Lifted    permit.ID `json:"lifted,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Detail    any       `json:"detail,omitempty"`
}

func (b *viewBody) fill(s permit.Statement) {
	b.Statement, b.Kind = s.Header().ID, string(s.Kind())
	switch s := s.(type) {
	case *permit.Ticket:
		b.Person, b.Purpose, b.Case = s.Person, s.Purpose, s.Case
	case *permit.Live:
		b.Person, b.Purpose, b.Case, b.Approver = s.Person, s.Purpose, s.Case, s.Approver
	case *permit.Still:
		b.Person, b.Purpose = s.Person, s.Purpose
	case *permit.Export:
		b.Person, b.Purpose, b.Case, b.Recipient = s.Person, s.Purpose, s.Case, s.Recipient
	}
}

// open checks a pass for one camera and interval. A refused try is in the
// ledger; a granted one is when [pass.log] returns.
func (e *Engine) open(what string, p engineapi.Pass, camera string, from, to time.Time, kinds ...permit.Kind) (_ *pass, err error) {
	v := &pass{e: e, camera: camera, from: from, to: to, kind: what,
		body: viewBody{Camera: clip(camera, 70), From: from, To: to, Whence: clip(p.Whence, 200)}}
	defer func() {
		if err != nil {
			v.refused(err)
		}
	}()
	if v.signed, err = permit.DecodeSigned(p.Statement); err != nil {
		return nil, err
	}
	if !slices.Contains(kinds, v.signed.Kind) {
		return nil, fault.New(fault.Refused, "statement.kind", "a %.20q does not open this", v.signed.Kind)
	}
	now := e.clk.Now()
	if v.st, err = e.ring.Open(v.signed, now); err != nil {
		return nil, err
	}
	v.body.fill(v.st)
	if err := e.book.May(v.st, camera, from, to, now); err != nil {
		return nil, err
	}
	v.masks = e.masks.count(camera)
	v.body.Masked = len(e.masks.areas(camera, from, to)) > 0
	return v, nil
}

// within is the same right to another interval, which is asked for in its turn.
func (v *pass) within(from, to time.Time) *pass {
	return &pass{e: v.e, signed: v.signed, st: v.st, camera: v.camera, from: from, to: to, kind: v.kind, body: v.body, masks: v.masks}
}

// may asks whether pictures between from and to, of an interval that was
// opened, may still be shown at now.
func (v *pass) may(from, to, now time.Time) error {
	if v.live() {
		// A live ticket reaches back LiveAge from the moment of opening: what
		// was young then grows old while it flows.
		from = latest(from, now.Add(-permit.LiveAge+time.Second))
		if !from.Before(to) {
			to = from.Add(time.Millisecond)
		}
	}
	return v.e.book.May(v.st, v.camera, from, to, now)
}

// log enters the opening in the ledger; only after it may a byte go out.
func (v *pass) log(ctx context.Context, detail any) error {
	b := v.body
	b.Detail = detail
	return v.e.record(ctx, v.kind+".opened", b)
}

func (v *pass) refused(err error) {
	b := v.body
	b.Reason, b.Detail = fault.Key(err), clip(err.Error(), 300)
	v.e.log.Warn("refused to show", "what", v.kind, "camera", b.Camera, "key", b.Reason)
	v.e.event(v.kind+".refused", b)
}

// watch ends what flows under the pass within a second of its right ending:
// a stop, an expiry, a revoked ticket, a retired key, another mask. cut is called once,
// with the context then cancelled.
func (v *pass) watch(ctx context.Context, cut func()) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			changed := v.e.changes.next()
			if err := v.still(); err != nil {
				cancel(err)
				cut()
				v.cut(err)
				return
			}
			t := v.e.clk.NewTimer(watchEvery)
			select {
			case <-changed:
			case <-t.C():
			case <-ctx.Done():
			}
			t.Stop()
			if ctx.Err() != nil {
				return
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-done
	}
}

// cut enters, once, that what flowed was ended because the right to it was.
func (v *pass) cut(err error) {
	if !fault.Is(err, fault.Refused) {
		return
	}
	v.cutOnce.Do(func() {
		b := v.body
		b.Reason = fault.Key(err)
		v.e.log.Warn("cut while flowing", "what", v.kind, "camera", b.Camera, "key", b.Reason)
		v.e.event(v.kind+".cut", b)
	})
}

// still checks again everything that can end a right that was there.
func (v *pass) still() error {
	now := v.e.clk.Now()
	if _, err := v.e.ring.Open(v.signed, now); err != nil {
		return err
	}
	if v.e.masks.count(v.camera) != v.masks {
		return fault.New(fault.Refused, "mask.changed", "the mask of %s changed", v.camera)
	}
	to := v.to
	if v.live() {
		to = now
	}
	return v.may(v.from, to, now)
}

// rest waits a little for more footage of a camera that is being recorded.
func (v *pass) rest(ctx context.Context) error {
	return clock.Sleep(ctx, v.e.clk, watchEvery)
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
