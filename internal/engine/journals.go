package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
)

// accepted is one statement that was taken in, as it lies in the journal.
type accepted struct {
	Seq    int64       `json:"n"`
	At     int64       `json:"at"` // microseconds
	ID     permit.ID   `json:"id"`
	Kind   permit.Kind `json:"kind"`
	Signed []byte      `json:"signed"`

	entry   statementBody
	entered chan struct{} // closed when the database has it; nil when replayed
}

// statementBody is the ledger's entry of a statement taken in.
type statementBody struct {
	ID         permit.ID `json:"id"`
	Controller string    `json:"controller"`
	By         string    `json:"by"`
	Issued     time.Time `json:"issued"`
	Cameras    []string  `json:"cameras,omitempty"`
	SHA256     string    `json:"sha256"` // of the signed statement
	Detail     any       `json:"detail,omitempty"`
}

// event is a ledger entry that waits for the database.
type event struct {
	At   int64           `json:"at"`
	Kind string          `json:"kind"`
	Body json.RawMessage `json:"body"`
}

// openJournals reads the statements that stand, from the journal and from the
// database where one has what the other lost, and replays them.
func (e *Engine) openJournals(ctx context.Context) (err error) {
	if e.statements, err = durable.OpenJournal(e.fs, filepath.Join(e.cfg.Dir, "statements.journal")); err != nil {
		return err
	}
	if e.events, err = durable.OpenJournal(e.fs, filepath.Join(e.cfg.Dir, "events.journal")); err != nil {
		return err
	}
	bySeq := map[int64]*accepted{}
	err = e.statements.Replay(func(rec []byte) error {
		a := new(accepted)
		if err := json.Unmarshal(rec, a); err != nil {
			return fault.As(fault.Corrupt, "statement.journal", err)
		}
		bySeq[a.Seq] = a
		return nil
	})
	if err != nil {
		return err
	}
	mine := len(bySeq)
	entered, err := e.loadStatements(ctx)
	if err != nil && !fault.Is(err, fault.Unavailable) {
		return err
	}
	for _, a := range entered {
		bySeq[a.Seq] = a
	}
	all := make([]*accepted, 0, len(bySeq))
	for _, a := range bySeq {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *accepted) int { return int(a.Seq - b.Seq) })
	if len(all) != mine { // the journal was lost or cut: make it whole again
		recs := make([][]byte, len(all))
		for i, a := range all {
			if recs[i], err = json.Marshal(a); err != nil {
				return fault.As(fault.Internal, "statement.journal", err)
			}
		}
		if err := e.statements.Replace(recs); err != nil {
			return err
		}
	}
	for _, a := range all {
		e.replay(a)
		if entered[a.Seq] == nil {
			e.queue = append(e.queue, a)
		}
	}
	e.away.Store(err != nil)
	return nil
}

// replay brings a stored statement back into force, as of its arrival.
func (e *Engine) replay(a *accepted) {
	e.seq = max(e.seq, a.Seq)
	e.known.Store(a.ID, a)
	s, effects, err := e.book.Receive(e.ring, a.Signed, db.Time(a.At))
	if err != nil {
		// Its key left the configuration, or this engine is older than the one
		// that took it in. What it said is not obeyed; a person must look.
		e.log.Error("a stored statement is not obeyed any more", "id", string(a.ID), "kind", string(a.Kind), "key", fault.Key(err), "error", err.Error())
		e.alarm("statement.stored", "", string(a.ID)+": "+fault.Key(err), true)
		if a.Kind == permit.KindMask {
			e.masks.unreadable(a.Signed, db.Time(a.At))
		}
		return
	}
	a.entry = entryOf(a, s, effects)
	switch s := s.(type) {
	case *permit.MaskLift:
		e.lifts[s.ID] = s
	case *permit.Mask:
		e.masks.add(s, db.Time(a.At))
	}
}

func (e *Engine) loadStatements(ctx context.Context) (map[int64]*accepted, error) {
	if err := e.migrate(ctx); err != nil {
		return nil, err
	}
	out := map[int64]*accepted{}
	err := e.db.Read(ctx, func(tx *db.Tx) error {
		clear(out)
		return db.Each(ctx, tx, "SELECT seq, at_us, id, kind, signed FROM engine_statement ORDER BY seq", nil, func(scan func(...any) error) error {
			a := new(accepted)
			if err := scan(&a.Seq, &a.At, &a.ID, &a.Kind, &a.Signed); err != nil {
				return err
			}
			out[a.Seq] = a
			return nil
		})
	})
	return out, err
}

func entryOf(a *accepted, s permit.Statement, effects []permit.Effect) statementBody {
	sum := sha256.Sum256(a.Signed)
	h := s.Header()
	b := statementBody{ID: h.ID, Controller: h.Controller, By: h.By, Issued: h.Issued, SHA256: hex.EncodeToString(sum[:]), Detail: detailOf(s)}
	for _, x := range effects {
		if x.Camera != "" && !slices.Contains(b.Cameras, x.Camera) {
			b.Cameras = append(b.Cameras, x.Camera)
		}
	}
	return b
}

// detailOf is the statement itself for the ledger, credentials left out.
func detailOf(s permit.Statement) any {
	switch s := s.(type) {
	case *permit.Camera:
		c := *s
		c.Sealed = nil
		return &c
	case *permit.Probe:
		p := *s
		p.Sealed = nil
		return &p
	}
	return s
}

// event enters something in the ledger: in the database, or in the journal
// until it is back. When it returns nil the entry survives a power cut.
func (e *Engine) record(ctx context.Context, kind string, body any) error {
	at := e.clk.Now()
	if !e.away.Load() {
		err := e.write(ctx, func(tx *db.Tx) error {
			_, err := e.ledger.Append(ctx, tx, at, kind, body)
			return err
		})
		if err == nil || !fault.Is(err, fault.Unavailable) || ctx.Err() != nil {
			return err
		}
		e.away.Store(true)
	}
	b, err := json.Marshal(body)
	if err != nil {
		return fault.As(fault.Internal, "ledger.body", err)
	}
	rec, err := json.Marshal(event{at.UnixMicro(), kind, b})
	if err != nil {
		return fault.As(fault.Internal, "ledger.body", err)
	}
	return e.events.Append(rec)
}

// event is record for what nobody waits for. That it could not be kept at all
// is an alarm.
func (e *Engine) event(kind string, body any) {
	err := e.record(context.Background(), kind, body)
	if err != nil {
		e.log.Error("ledger entry lost", "kind", kind, "error", err.Error())
	}
	e.alarm("ledger.lost", "", kind, err != nil)
}

// write is a transaction that first makes sure of the tables.
func (e *Engine) write(ctx context.Context, f func(*db.Tx) error) error {
	if err := e.migrate(ctx); err != nil {
		return err
	}
	return e.db.Write(ctx, f)
}

// poke asks for the journals to be entered soon.
func (e *Engine) poke() {
	select {
	case e.enterNow <- struct{}{}:
	default:
	}
}

// enter brings what waits in the journals into the database, each statement
// in one transaction with its ledger entry. False: the database is away.
func (e *Engine) enter(ctx context.Context) bool {
	e.entering.Lock()
	defer e.entering.Unlock()
	err := e.enterStatements(ctx)
	if err == nil {
		err = e.enterEvents(ctx)
	}
	if err == nil {
		err = e.alarms.save(ctx, e)
	}
	away := fault.Is(err, fault.Unavailable) || errors.Is(err, context.DeadlineExceeded)
	e.away.Store(away)
	if err != nil && !away {
		e.log.Error("journals are not entered", "error", err.Error())
	}
	return err == nil
}

func (e *Engine) enterStatements(ctx context.Context) error {
	e.intake.Lock()
	queue := slices.Clone(e.queue)
	e.intake.Unlock()
	for _, a := range queue {
		err := e.write(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM engine_statement WHERE seq = ?", a.Seq)
			if err != nil || n > 0 { // an answer of the database may have been lost
				return err
			}
			leaf, err := e.ledger.Append(ctx, tx, db.Time(a.At), "statement."+string(a.Kind), a.entry)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, "INSERT INTO engine_statement (seq, id, kind, at_us, signed, leaf) VALUES (?, ?, ?, ?, ?, ?)",
				a.Seq, string(a.ID), string(a.Kind), a.At, a.Signed, leaf)
			return err
		})
		if err != nil {
			return err
		}
		e.intake.Lock()
		e.queue = slices.DeleteFunc(e.queue, func(q *accepted) bool { return q == a })
		e.intake.Unlock()
		if a.entered != nil {
			close(a.entered)
		}
	}
	return nil
}

// enterEvents enters them all in one transaction and empties the journal. A
// crash between the two enters them again: twice in the ledger is a fault of
// form, never is one of substance.
func (e *Engine) enterEvents(ctx context.Context) error {
	if e.events.Len() == 0 {
		return nil
	}
	var entries []ledger.New
	err := e.events.Replay(func(rec []byte) error {
		var v event
		if err := json.Unmarshal(rec, &v); err != nil {
			return fault.As(fault.Corrupt, "statement.journal", err)
		}
		entries = append(entries, ledger.New{At: db.Time(v.At), Kind: v.Kind, Body: v.Body})
		return nil
	})
	if err != nil {
		return err
	}
	err = e.write(ctx, func(tx *db.Tx) error {
		_, err := e.ledger.AppendAll(ctx, tx, entries)
		return err
	})
	if err != nil {
		return err
	}
	if e.events.Len() != len(entries) { // more came meanwhile: keep those
		return e.dropEvents(len(entries))
	}
	return e.events.Reset()
}

func (e *Engine) dropEvents(n int) error {
	var rest [][]byte
	i := 0
	err := e.events.Replay(func(rec []byte) error {
		if i++; i > n {
			rest = append(rest, slices.Clone(rec))
		}
		return nil
	})
	if err != nil {
		return err
	}
	return e.events.Replace(rest)
}
