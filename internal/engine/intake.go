package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// enterWithin is how long an answer waits for the ledger. The journal has the
// statement by then; a database that is slow gets it later.
const enterWithin = time.Second

// Statement takes in one signed statement: verifies it, brings it into force
// at once, and returns when it survives a power cut. What is refused is in
// the ledger with its reason. The same bytes again are accepted again.
func (e *Engine) Statement(ctx context.Context, signed []byte) (engineapi.Accepted, error) {
	a, _, err := e.take(ctx, signed, nil)
	if err != nil {
		return engineapi.Accepted{}, err
	}
	return engineapi.Accepted{ID: a.ID, InForce: db.Time(a.At)}, nil
}

// take is Statement for one of the kinds, or of any that stands when kinds is
// empty. Statements that are used once are never accepted twice.
func (e *Engine) take(ctx context.Context, signed []byte, once []permit.Kind) (*accepted, permit.Statement, error) {
	a, s, err := e.apply(signed, once)
	if err != nil {
		e.refused(signed, err)
		return nil, nil, err
	}
	e.generation.Add(1)
	e.changes.tell()
	e.look(s)
	e.alarm("lease.silent", "", "", false)
	e.alarm("statement.newer", "", "", false)
	// The journal has it: the database may take its time, the answer not.
	e.poke()
	if !e.away.Load() {
		t := e.clk.NewTimer(enterWithin)
		defer t.Stop()
		select {
		case <-a.entered:
		case <-t.C():
		case <-ctx.Done():
		}
	}
	return a, s, nil
}

func (e *Engine) apply(signed []byte, once []permit.Kind) (*accepted, permit.Statement, error) {
	e.intake.Lock()
	defer e.intake.Unlock()
	now := e.clk.Now()
	d, err := permit.DecodeSigned(signed)
	if err != nil {
		return nil, nil, err
	}
	if err := fits(d.Kind, once); err != nil {
		return nil, nil, err
	}
	if len(once) == 0 {
		if a, err := e.again(d, signed); a != nil || err != nil {
			return a, nil, err
		}
	}
	s, effects, err := e.book.Receive(e.ring, signed, now)
	if err != nil {
		return nil, nil, err
	}
	a := &accepted{Seq: e.seq + 1, At: now.UnixMicro(), ID: s.Header().ID, Kind: d.Kind, Signed: bytes.Clone(signed), entered: make(chan struct{})}
	a.entry = entryOf(a, s, effects)
	if m, ok := s.(*permit.Mask); ok {
		e.masks.add(m, now)
		e.motion.forget(m.Camera)
	}
	// From here on it is in force. A stop must not wait for a disk.
	e.generation.Add(1)
	e.changes.tell()
	if err := e.keep(d, s); err != nil {
		return nil, nil, final(err)
	}
	rec, err := json.Marshal(a)
	if err != nil {
		return nil, nil, fault.As(fault.Internal, "statement.journal", err)
	}
	if err := e.statements.Append(rec); err != nil {
		// It stands until the engine ends; the portal sends it again and is
		// answered when the disk takes it.
		e.known.Store(a.ID, &accepted{Signed: a.Signed, entry: a.entry, Kind: a.Kind, ID: a.ID, At: a.At})
		return nil, nil, err
	}
	e.seq = a.Seq
	e.known.Store(a.ID, a)
	e.queue = append(e.queue, a)
	return a, s, nil
}

// fits refuses a kind at the wrong door: tickets are shown, never handed in;
// probes and stills are handed in where they are used.
func fits(k permit.Kind, once []permit.Kind) error {
	for _, o := range once {
		if k == o {
			return nil
		}
	}
	if len(once) > 0 || !permit.Kept(k) || k == permit.KindProbe || k == permit.KindStill {
		return fault.New(fault.Refused, "statement.kind", "a statement of kind %.20q does not belong here", k)
	}
	return nil
}

// again answers a statement that was accepted before, so that a portal whose
// answer was lost can send it again.
func (e *Engine) again(d *permit.Signed, signed []byte) (*accepted, error) {
	var head struct {
		ID permit.ID `json:"id"`
	}
	if json.Unmarshal(d.Body, &head) != nil {
		return nil, nil //nolint:nilerr // the strict decoder says why
	}
	a := e.knows(head.ID, signed)
	if a == nil {
		return nil, nil
	}
	if a.Seq > 0 {
		return a, nil
	}
	// In force, but the disk would not take it then.
	kept := *a
	kept.Seq, kept.entered = e.seq+1, make(chan struct{})
	rec, err := json.Marshal(&kept)
	if err != nil {
		return nil, fault.As(fault.Internal, "statement.journal", err)
	}
	if err := e.statements.Append(rec); err != nil {
		return nil, err
	}
	e.seq = kept.Seq
	e.known.Store(kept.ID, &kept)
	e.queue = append(e.queue, &kept)
	return &kept, nil
}

// keep does what a statement asks of the archive and the clock.
func (e *Engine) keep(d *permit.Signed, s permit.Statement) error {
	ctx := context.Background() // a hold is carried through whoever hangs up
	switch s := s.(type) {
	case *permit.Hold:
		return e.archive.Hold(ctx, d, s)
	case *permit.Notice:
		return e.archive.Notice(ctx, d, s)
	case *permit.Release:
		return e.archive.Release(ctx, d, s)
	case *permit.TimeCheck:
		return e.clk.Confirm(s.Wall)
	case *permit.MaskLift:
		e.lifts[s.ID] = s
	}
	return nil
}

// final makes a refusal of what the archive or the clock will say again
// however often it is asked: the portal must not send it for ever.
func final(err error) error {
	switch fault.Of(err) {
	case fault.NotFound, fault.Denied, fault.Invalid, fault.Conflict:
		return fault.As(fault.Refused, fault.Key(err), err)
	}
	return err
}

// look starts looking after cameras that a statement named first.
func (e *Engine) look(s permit.Statement) {
	if s == nil {
		return
	}
	e.mu.Lock()
	running := e.running != nil
	e.mu.Unlock()
	if !running {
		return
	}
	for _, c := range e.book.Cameras() {
		e.unit(c)
	}
	switch s.(type) {
	case *permit.Release, *permit.TimeCheck:
		e.late.poke()
	}
}

type refusedBody struct {
	Key        string `json:"key"`
	Detail     string `json:"detail"`
	Kind       string `json:"kind,omitempty"`
	ID         string `json:"id,omitempty"`
	Controller string `json:"controller,omitempty"` // whose it says to be
	Signer     string `json:"signer,omitempty"`
}

// refused enters a refusal in the ledger, and raises the alarm that a portal
// newer than the engine deserves.
func (e *Engine) refused(signed []byte, err error) {
	if !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Invalid) {
		e.log.Error("a statement could not be taken in", "error", err.Error())
		return
	}
	b := refusedBody{Key: fault.Key(err), Detail: clip(err.Error(), 300)}
	if d, err := permit.DecodeSigned(signed); err == nil {
		b.Kind, b.Signer = clip(string(d.Kind), 20), clip(d.Key, 16)
		var head struct {
			ID         string `json:"id"`
			Controller string `json:"controller"`
		}
		if json.Unmarshal(d.Body, &head) == nil {
			b.ID, b.Controller = clip(head.ID, 32), clip(head.Controller, 80)
		}
	}
	e.log.Warn("statement refused", "key", b.Key, "kind", b.Kind, "id", b.ID, "detail", b.Detail)
	e.event("statement.refused", b)
	switch b.Key {
	case "statement.version", "statement.unknown":
		e.alarm("statement.newer", "", b.Kind+": "+b.Detail, true)
	}
}

// clip shortens a text that somebody else wrote.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xc0 == 0x80 { // not in the middle of a letter
		n--
	}
	return s[:n] + "…"
}

// knows returns the accepted statement of this number and these bytes, or nil.
func (e *Engine) knows(id permit.ID, signed []byte) *accepted {
	v, ok := e.known.Load(id)
	if !ok || !bytes.Equal(v.(*accepted).Signed, signed) {
		return nil
	}
	return v.(*accepted)
}

// verifyStored checks a statement read back from beside the segments. One
// that was accepted when its key counted stands, whatever became of the key.
func (e *Engine) verifyStored(s *permit.Signed) error {
	var head struct {
		ID permit.ID `json:"id"`
	}
	if json.Unmarshal(s.Body, &head) == nil && e.knows(head.ID, s.Encode()) != nil {
		return nil
	}
	_, err := e.ring.Inspect(s, e.clk.Now())
	return err
}
