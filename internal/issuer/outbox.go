package issuer

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

const (
	// poll is how often Run looks for what another process issued.
	poll = time.Second
	// patience is how long one delivery may take.
	patience = 10 * time.Second
	// longestPause is the end of the back-off towards an engine that is away.
	longestPause = 30 * time.Second
	// leaseCheck is how often Run looks for leases to renew.
	leaseCheck = 10 * time.Minute
)

// line is the way to one engine.
type line struct {
	busy  bool
	fails int
	due   time.Duration // monotonic: not before
}

// Run delivers and renews leases until ctx ends. One Run per installation is
// enough; two do no harm, since an engine takes a statement once.
func (i *Issuer) Run(ctx context.Context) {
	done := make(chan struct{}, 1)
	renewed := time.Duration(-1)
	running := 0
	defer func() {
		for ; running > 0; running-- {
			<-done
		}
	}()
	for ctx.Err() == nil {
		if now := i.clock.Mono(); renewed < 0 || now-renewed >= leaseCheck {
			if err := i.Renew(ctx); err != nil {
				i.log.WarnContext(ctx, "leases are not renewed", "err", err)
			} else {
				renewed = now
			}
		}
		engines, err := i.waiting(ctx)
		if err != nil && ctx.Err() == nil {
			i.log.WarnContext(ctx, "outbox cannot be read", "err", err)
		}
		for _, e := range engines {
			if i.take(e) {
				running++
				go func() {
					i.drain(ctx, e)
					done <- struct{}{}
				}()
			}
		}
		timer := i.clock.NewTimer(poll)
		select {
		case <-ctx.Done():
		case <-timer.C():
		case <-done:
			running--
		case <-i.wake:
			i.hurry(ctx)
		}
		timer.Stop()
	}
}

// hurry follows a wake: whoever issued within a transaction of his own has not
// committed yet, and a write waits for its turn behind it.
func (i *Issuer) hurry(ctx context.Context) {
	if err := i.db.Write(ctx, func(*db.Tx) error { return nil }); err != nil {
		return // the database is away: polling will see it back
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, l := range i.engines {
		l.due = 0
	}
}

func (i *Issuer) waiting(ctx context.Context) (engines []string, err error) {
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		engines, err = db.All[string](ctx, tx, "SELECT DISTINCT engine FROM issuer_statement WHERE state = ?", Waiting)
		return err
	})
	return engines, err
}

// take claims the way to an engine, if it is free and due.
func (i *Issuer) take(engine string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	l := i.engines[engine]
	if l == nil {
		l = &line{}
		i.engines[engine] = l
	}
	if l.busy || i.clock.Mono() < l.due {
		return false
	}
	l.busy = true
	return true
}

// drain delivers what waits for one engine until nothing does or the engine is
// away.
func (i *Issuer) drain(ctx context.Context, engine string) {
	sent, more, err := 0, true, error(nil)
	for more && err == nil && ctx.Err() == nil {
		if more, err = i.next(ctx, engine); more && err == nil {
			sent++
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	l := i.engines[engine]
	l.busy = false
	if err == nil {
		l.fails = 0
		return
	}
	if sent > 0 {
		l.fails = 0
	}
	l.due = i.clock.Mono() + min(longestPause, time.Second<<min(l.fails, 10))
	l.fails++
}

// next delivers one statement. The error is that of a delivery to be tried
// again.
func (i *Issuer) next(ctx context.Context, engine string) (more bool, err error) {
	var r Record
	err = i.db.Read(ctx, func(tx *db.Tx) error {
		// A stop and a revocation wait for nobody: whatever comes later is
		// refused or stopped by them.
		r, err = db.One[Record](ctx, tx, `SELECT `+columns+` FROM issuer_statement WHERE state = ? AND engine = ?
			ORDER BY CASE kind WHEN 'stop' THEN 0 WHEN 'revocation' THEN 0 ELSE 1 END, seq LIMIT 1`, Waiting, engine)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sent, cancel := limit(ctx, i.clock, patience)
	answer := i.deliver(sent, engine, r.Signed)
	cancel()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	return true, i.answered(ctx, r, answer)
}

// answered records what an engine said.
func (i *Issuer) answered(ctx context.Context, r Record, answer error) error {
	r.Answered, r.Tries = i.clock.Now(), r.Tries+1
	switch {
	case answer == nil || fault.Key(answer) == "statement.replay":
		r.State, r.Why, r.Detail = Accepted, "", ""
	case !final(answer):
		r.Why, r.Detail = fault.Key(answer), shorten(answer.Error())
	default:
		r.State, r.Why, r.Detail = Refused, fault.Key(answer), shorten(answer.Error())
	}
	err := i.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, "UPDATE issuer_statement SET state = ?, tries = ?, answered = ?, why = ?, detail = ? WHERE seq = ? AND state IN (?, ?)",
			r.State, r.Tries, r.Answered, r.Why, r.Detail, r.Seq, Waiting, Superseded)
		if err != nil || n == 0 || r.State != Refused {
			return err
		}
		return i.refusedIn(ctx, tx, r)
	})
	switch {
	case err != nil:
		return err
	case r.State == Waiting:
		i.log.WarnContext(ctx, "statement not delivered", "engine", r.Engine, "kind", r.Kind, "id", r.ID, "err", answer)
		return answer
	case r.State == Refused:
		i.log.ErrorContext(ctx, "engine refuses statement", "engine", r.Engine, "kind", r.Kind, "id", r.ID, "err", answer)
		i.refused(r)
	}
	return nil
}

// final says that an answer is about the statement, not about the way to it. An
// engine whose clock is behind will take it when its clock is right.
func final(err error) bool {
	if fault.Key(err) == "statement.future" {
		return false
	}
	k := fault.Of(err)
	return k == fault.Refused || k == fault.Invalid || k == fault.Conflict
}

// refusedIn enters a refusal in the ledger; a permit that was refused does not
// stand, and the one that it was to replace still does.
func (i *Issuer) refusedIn(ctx context.Context, tx *db.Tx, r Record) error {
	if r.Kind == permit.KindPermit {
		if _, err := tx.Exec(ctx, "UPDATE issuer_permit SET refused = 1 WHERE id = ?", string(r.ID)); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "UPDATE issuer_permit SET replaced_by = '' WHERE replaced_by = ?", string(r.ID)); err != nil {
			return err
		}
	}
	_, err := i.ledger.Append(ctx, tx, r.Answered, "statement.refused", map[string]string{
		"statement": string(r.ID), "kind": string(r.Kind), "engine": r.Engine, "controller": r.Controller, "why": r.Why, "detail": r.Detail,
	})
	return err
}

// shorten keeps the engine's words to a size that a list can show.
func shorten(s string) string {
	const most = 500
	if len(s) <= most {
		return s
	}
	for i := range s {
		if i > most {
			return s[:i] + "..."
		}
	}
	return s
}

// limit ends a context after d of the clock's time.
func limit(ctx context.Context, c clock.Clock, d time.Duration) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := c.NewTimer(d)
	over := make(chan struct{})
	go func() {
		select {
		case <-t.C():
			cancel(fault.New(fault.Unavailable, "engine.away", "no answer within %s", d))
		case <-over:
		}
	}()
	return ctx, func() {
		close(over)
		t.Stop()
		cancel(nil)
	}
}
