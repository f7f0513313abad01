package issuer_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signer(t testing.TB, n byte) permit.Signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = n
	s, err := permit.NewSigner(ed25519.NewKeyFromSeed(seed))
	must(t, err)
	return s
}

// engine is the receiving end: the real keyring and book, which can be away or
// lose an answer.
type engine struct {
	mu    sync.Mutex
	clk   clock.Clock
	ring  *permit.Keyring
	book  *permit.Book
	got   []permit.Kind
	tried []time.Duration // when, by the clock
	away  bool
	loses int // so many answers are lost after the statement was taken
	came  chan struct{}
}

func newEngine(t testing.TB, clk clock.Clock, keys ...permit.PublicKey) *engine {
	t.Helper()
	ring, err := permit.NewKeyring("engine-1", keys...)
	must(t, err)
	return &engine{clk: clk, ring: ring, book: new(permit.Book), came: make(chan struct{}, 1000)}
}

func (e *engine) deliver(_ context.Context, name string, signed []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer func() { e.came <- struct{}{} }()
	e.tried = append(e.tried, e.clk.Mono())
	if name != "engine-1" {
		return fault.New(fault.Unavailable, "engine.away", "no engine %s", name)
	}
	if e.away {
		return fault.New(fault.Unavailable, "engine.away", "away")
	}
	s, _, err := e.book.Receive(e.ring, signed, e.clk.Now())
	if err != nil {
		return err
	}
	e.got = append(e.got, s.Kind())
	if e.loses > 0 {
		e.loses--
		return fault.New(fault.Unavailable, "engine.away", "the answer is lost")
	}
	return nil
}

func (e *engine) set(away bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.away = away
}

func (e *engine) kinds() []permit.Kind {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]permit.Kind(nil), e.got...)
}

// await waits for n deliveries, tried or done.
func (e *engine) await(t testing.TB, n int) {
	t.Helper()
	late := time.After(20 * time.Second)
	for range n {
		select {
		case <-e.came:
		case <-late:
			t.Fatal("nothing is delivered")
		}
	}
}

type bench struct {
	db     *db.DB
	ledger *ledger.Log
	clk    *clock.Fake
	engine *engine
	issuer *issuer.Issuer
}

func set(t *testing.T, d *db.DB, opts ...issuer.Option) *bench {
	t.Helper()
	b := &bench{db: d, clk: clock.NewFake(start)}
	var err error
	b.ledger, err = ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	b.engine = newEngine(t, b.clk, signer(t, 1).Public(start))
	b.issuer, err = issuer.Open(t.Context(), d, b.ledger, signer(t, 1), b.clk, b.engine.deliver, opts...)
	must(t, err)
	return b
}

// run runs the issuer until the test ends.
func (b *bench) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.issuer.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
}

// settle waits until statements have a state, moving the clock on a little each time.
func (b *bench) settle(t *testing.T, id permit.ID, state string) issuer.Record {
	t.Helper()
	limit := time.Now().Add(20 * time.Second)
	for {
		r, err := b.issuer.Get(t.Context(), id)
		must(t, err)
		if r.State == state {
			return r
		}
		if time.Now().After(limit) {
			t.Fatalf("%s %s is %s (%s), not %s", r.Kind, r.ID, r.State, r.Detail, state)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		_ = b.clk.Waiters(ctx, 1)
		cancel()
		b.clk.Advance(100 * time.Millisecond)
	}
}

func head() permit.Head {
	return permit.Head{Controller: "herning", Engine: "engine-1", By: "person-1"}
}

func allowed(camera string, from time.Time) *permit.Permit {
	h := permit.Hours{Zone: "Europe/Copenhagen"}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: "00:00", To: "24:00"}}
	}
	return &permit.Permit{Head: head(), Camera: camera, Stream: "main", Hours: h, RetentionHours: 14 * 24, Class: permit.ClassCrime,
		Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-117", ValidFrom: from, ValidTo: from.AddDate(1, 0, 0)}
}

func (b *bench) issue(t *testing.T, s permit.Statement) {
	t.Helper()
	_, err := b.issuer.Issue(t.Context(), nil, s)
	must(t, err)
}

func TestIssueSignsKeepsLogsAndDelivers(t *testing.T) {
	req.Shows(t, "CASE-16", "REC-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		p := allowed("cam-1", start)
		signed, err := b.issuer.Issue(t.Context(), nil, p)
		must(t, err)
		if p.ID == "" || p.V != 1 || !p.Issued.Equal(start) || p.Serial != 1 || !p.LeaseUntil.Equal(start.Add(permit.LongestLease)) {
			t.Errorf("filled %+v", p)
		}
		// Kept, as signed, with who and when.
		r, err := b.issuer.Get(t.Context(), p.ID)
		must(t, err)
		if string(r.Signed) != string(signed.Encode()) || r.By != "person-1" || !r.Issued.Equal(start) || r.State != issuer.Waiting || r.Kind != permit.KindPermit {
			t.Errorf("record %+v", r)
		}
		s, err := r.Statement()
		must(t, err)
		if got := s.(*permit.Permit); got.Camera != "cam-1" || got.RetentionHours != 336 {
			t.Errorf("read back %+v", got)
		}
		// In the ledger, by its hash and its words.
		es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"permit.issued"}})
		must(t, err)
		var e struct{ Statement, SHA256, By string }
		must(t, json.Unmarshal(es[0].Body, &e))
		hash := sha256.Sum256(signed.Encode())
		if len(es) != 1 || es[0].Index != r.Entry || e.Statement != string(p.ID) || e.SHA256 != hex.EncodeToString(hash[:]) || e.By != "person-1" {
			t.Errorf("ledger %+v", es)
		}
		// Delivered.
		b.run(t)
		b.settle(t, p.ID, issuer.Accepted)
		if v := b.engine.book.Covers("cam-1", "main", b.clk.Now()); !v.OK || v.Permit.ID != p.ID {
			t.Errorf("the engine says %+v", v)
		}
	})
}

// Nothing is sent that was not decided: an act that fails takes its statement
// back, and one in the caller's transaction goes out at its commit, at once.
func TestIssueWithTheAct(t *testing.T) {
	req.Shows(t, "REC-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		b.run(t)
		failed := errors.New("the decision was not made")
		lost := allowed("cam-1", start)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := b.issuer.Issue(t.Context(), tx, lost); err != nil {
				return err
			}
			return failed
		})
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if _, err := b.issuer.Get(t.Context(), lost.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("kept what was not decided: %v", err)
		}
		// The clock stands still: only the wake can bring it out.
		made := allowed("cam-1", start)
		begun := time.Now()
		must(t, d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := b.issuer.Issue(t.Context(), tx, made)
			return err
		}))
		b.engine.await(t, 1)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("in force after %s", took)
		}
		if got := b.engine.kinds(); len(got) != 1 || got[0] != permit.KindPermit {
			t.Errorf("delivered %v", got)
		}
		if es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"permit.issued"}}); err != nil || len(es) != 1 {
			t.Errorf("%d entries, %v", len(es), err)
		}
	})
}

func TestOneStandsPerStream(t *testing.T) {
	req.Shows(t, "CASE-16")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		p := allowed("cam-1", start)
		b.issue(t, p)
		second := allowed("cam-1", start)
		if _, err := b.issuer.Issue(t.Context(), nil, second); !fault.Is(err, fault.Conflict) || fault.Key(err) != "permit.replaces" {
			t.Fatalf("a second: %v", err)
		}
		// A renewal for later, taken back before it begins: the first stands.
		later := allowed("cam-1", start.Add(10*day))
		later.Replaces = p.ID
		b.issue(t, later)
		stands := func(want permit.ID) {
			t.Helper()
			r, err := b.issuer.Standing(t.Context(), "cam-1", "main")
			if want == "" && fault.Is(err, fault.NotFound) {
				return
			}
			must(t, err)
			if r.ID != want {
				t.Errorf("%s stands, want %s", r.ID, want)
			}
		}
		stands(later.ID)
		b.issue(t, &permit.Revocation{Head: head(), Permit: later.ID})
		stands(p.ID)
		now := allowed("cam-1", start)
		now.Replaces = p.ID
		b.issue(t, now)
		stands(now.ID)
		b.issue(t, &permit.Revocation{Head: head(), Permit: now.ID})
		stands("")
		last := allowed("cam-1", start)
		b.issue(t, last)
		if last.Serial != 4 {
			t.Errorf("serial %d", last.Serial)
		}
		// The engine agrees with every one of them.
		b.run(t)
		b.settle(t, last.ID, issuer.Accepted)
		rs, err := b.issuer.Records(t.Context(), issuer.Filter{States: []string{issuer.Refused}})
		must(t, err)
		for _, r := range rs {
			t.Errorf("refused: %s %s %s", r.Kind, r.Why, r.Detail)
		}
		if v := b.engine.book.Covers("cam-1", "main", b.clk.Now()); !v.OK || v.Permit.ID != last.ID {
			t.Errorf("the engine says %+v", v)
		}
	})
}

func TestReferencesMustExist(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	p := allowed("cam-1", start)
	b.issue(t, p)
	foreign := head()
	foreign.Controller = "ikast"
	for _, s := range []permit.Statement{
		&permit.Revocation{Head: head(), Permit: permit.NewID()},
		&permit.Revocation{Head: foreign, Permit: p.ID},
		&permit.Restart{Head: head(), Stop: p.ID},
		&permit.Release{Head: head(), Hold: permit.NewID()},
		&permit.Notice{Head: head(), Hold: permit.NewID(), Given: start, Until: start.Add(day)},
	} {
		if _, err := b.issuer.Issue(t.Context(), nil, s); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v", s.Kind(), err)
		}
	}
	wrong := allowed("cam-2", start)
	wrong.RetentionHours = 0
	if _, err := b.issuer.Issue(t.Context(), nil, wrong); fault.Key(err) != "permit.retention" {
		t.Errorf("no retention: %v", err)
	}
	if rs, err := b.issuer.Records(t.Context(), issuer.Filter{}); err != nil || len(rs) != 1 {
		t.Errorf("%d records, %v", len(rs), err)
	}
}
