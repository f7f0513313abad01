package issuer_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// An engine that is away gets all of it in order when it is back, but a stop
// and a revocation first.
func TestDeliveredInOrderAfterSilence(t *testing.T) {
	req.Shows(t, "REC-4", "CASE-17")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		b.engine.set(true)
		b.run(t)
		p, q := allowed("cam-1", start), allowed("cam-2", start)
		b.issue(t, p)
		b.engine.await(t, 1)
		b.issue(t, q)
		b.issue(t, &permit.Mask{Head: head(), Camera: "cam-1"})
		stop := &permit.Stop{Head: head(), Cameras: []string{"cam-1"}}
		b.issue(t, stop)
		b.issue(t, &permit.Restart{Head: head(), Stop: stop.ID})
		b.issue(t, &permit.Revocation{Head: head(), Permit: q.ID})
		b.engine.set(false)
		last := &permit.Mask{Head: head(), Camera: "cam-2"}
		b.issue(t, last)
		b.settle(t, last.ID, issuer.Accepted)
		want := []permit.Kind{permit.KindStop, permit.KindRevocation, permit.KindPermit, permit.KindPermit, permit.KindMask, permit.KindRestart, permit.KindMask}
		if got := b.engine.kinds(); !slices.Equal(got, want) {
			t.Errorf("delivered %v, want %v", got, want)
		}
		// The revocation overtook its permit, which never covers anything.
		if v := b.engine.book.Covers("cam-2", "main", b.clk.Now()); v.OK || v.Why != permit.WhyRevoked {
			t.Errorf("revoked before it came: %+v", v)
		}
		first, err := b.issuer.Get(t.Context(), p.ID)
		must(t, err)
		if first.Tries < 2 || first.Why != "" || !first.Answered.After(start.Add(-1)) {
			t.Errorf("%+v", first)
		}
	})
}

// The pauses towards an engine that is away grow from one second to thirty.
func TestBackOff(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.engine.set(true)
	b.run(t)
	p := allowed("cam-1", start)
	b.issue(t, p)
	tries := func() []time.Duration {
		b.engine.mu.Lock()
		defer b.engine.mu.Unlock()
		return slices.Clone(b.engine.tried)
	}
	late := time.Now().Add(60 * time.Second)
	for len(tries()) < 9 {
		if time.Now().After(late) {
			t.Fatalf("only %v", tries())
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		must(t, b.clk.Waiters(ctx, 1))
		cancel()
		b.clk.Advance(250 * time.Millisecond)
	}
	for n, seconds := range []int{1, 2, 4, 8, 16, 30, 30, 30} {
		want := time.Duration(seconds) * time.Second
		if got := tries()[n+1] - tries()[n]; got < want {
			t.Errorf("pause %d is %s, want %s", n, got, want)
		}
	}
	r, err := b.issuer.Get(t.Context(), p.ID)
	must(t, err)
	if r.Why != "engine.away" || r.State != issuer.Waiting {
		t.Errorf("%+v", r)
	}
	// What is decided now does not wait for the pause.
	b.engine.set(false)
	stop := &permit.Stop{Head: head()}
	b.issue(t, stop)
	limit := time.After(10 * time.Second)
	for len(b.engine.kinds()) < 2 {
		select {
		case <-b.engine.came:
		case <-limit:
			t.Fatalf("only %v came", b.engine.kinds())
		}
	}
}

// An answer that is lost is asked for again, and what is in force already is
// no refusal.
func TestLostAnswer(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.engine.loses = 1
	b.run(t)
	p := allowed("cam-1", start)
	b.issue(t, p)
	r := b.settle(t, p.ID, issuer.Accepted)
	if r.Tries != 2 {
		t.Errorf("%d tries", r.Tries)
	}
}

// A refusal is kept with its reason, entered in the ledger, raised, and on the
// list until somebody takes note; the rest goes on.
func TestRefusalIsRaised(t *testing.T) {
	req.Shows(t, "REC-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		raised := make(chan issuer.Record, 10)
		b := set(t, d, issuer.OnRefused(func(r issuer.Record) { raised <- r }))
		// The engine trusts another key.
		other := newEngine(t, b.clk, signer(t, 7).Public(start))
		own := b.engine.ring
		b.engine.ring = other.ring
		b.run(t)
		p := allowed("cam-1", start)
		b.issue(t, p)
		r := b.settle(t, p.ID, issuer.Refused)
		if r.Why != "statement.key" || !strings.Contains(r.Detail, "not known") {
			t.Errorf("%+v", r)
		}
		select {
		case got := <-raised:
			if got.ID != p.ID || got.Why != "statement.key" {
				t.Errorf("raised %+v", got)
			}
		case <-time.After(10 * time.Second):
			t.Error("nothing is raised")
		}
		list, err := b.issuer.Records(t.Context(), issuer.Filter{Unnoted: true})
		must(t, err)
		if len(list) != 1 || list[0].ID != p.ID {
			t.Errorf("list %+v", list)
		}
		es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"statement.refused"}})
		must(t, err)
		if len(es) != 1 || !strings.Contains(string(es[0].Body), "statement.key") {
			t.Errorf("ledger %v", es)
		}
		// It does not stand, so the next needs to name nothing.
		if _, err := b.issuer.Standing(t.Context(), "cam-1", "main"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a refused permit stands: %v", err)
		}
		must(t, b.issuer.Note(t.Context(), nil, p.ID, "person-2"))
		if err := b.issuer.Note(t.Context(), nil, p.ID, "person-2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("noted twice: %v", err)
		}
		list, err = b.issuer.Records(t.Context(), issuer.Filter{Unnoted: true})
		must(t, err)
		if len(list) != 0 {
			t.Errorf("still on the list: %v", list)
		}
		// Set up right, and sent again as it was signed.
		b.engine.mu.Lock()
		b.engine.ring = own
		b.engine.mu.Unlock()
		must(t, b.issuer.Resend(t.Context(), nil, p.ID, "person-2"))
		b.settle(t, p.ID, issuer.Accepted)
		if s, err := b.issuer.Standing(t.Context(), "cam-1", "main"); err != nil || s.ID != p.ID {
			t.Errorf("stands %v %v", s.ID, err)
		}
	})
}

// One engine that is away holds up no other.
func TestEnginesDoNotWaitForEachOther(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	b.run(t)
	far := allowed("cam-9", start)
	far.Engine = "engine-9"
	b.issue(t, far)
	near := allowed("cam-1", start)
	b.issue(t, near)
	b.settle(t, near.ID, issuer.Accepted)
	if r, err := b.issuer.Get(t.Context(), far.ID); err != nil || r.State != issuer.Waiting {
		t.Errorf("%+v %v", r, err)
	}
}

func TestTickets(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		tick := &permit.Ticket{Head: head(), Person: "p1", Purpose: "Hærværk", Case: "2026-117", Cameras: []string{"cam-1"},
			From: start.Add(-2 * time.Hour), To: start.Add(-time.Hour), Expires: start.Add(time.Hour)}
		signed, err := b.issuer.Ticket(t.Context(), nil, tick)
		must(t, err)
		s, err := b.engine.ring.Open(signed, start)
		must(t, err)
		if s.Header().ID != tick.ID {
			t.Errorf("%+v", s)
		}
		es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"ticket.issued"}})
		must(t, err)
		if len(es) != 1 || !strings.Contains(string(es[0].Body), "Hærværk") {
			t.Errorf("ledger %v", es)
		}
		if rs, err := b.issuer.Records(t.Context(), issuer.Filter{}); err != nil || len(rs) != 0 {
			t.Errorf("a ticket is queued: %v %v", rs, err)
		}
		if _, err := b.issuer.Ticket(t.Context(), nil, allowed("cam-1", start)); !fault.Is(err, fault.Invalid) {
			t.Errorf("a permit as a ticket: %v", err)
		}
		tick.ID = ""
		if _, err := b.issuer.Issue(t.Context(), nil, tick); !fault.Is(err, fault.Invalid) {
			t.Errorf("a ticket to be kept: %v", err)
		}
	})
}

// Sealed credentials go to the engine and nowhere else.
func TestCredentialsStayOutOfTheLedger(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	public, err := permit.SealPublic(bytes.Repeat([]byte{7}, 32))
	must(t, err)
	sealed, err := permit.SealTo(public, permit.Credentials{User: "admin", Password: "hunter2"}, permit.SealFor("engine-1", "cam-1"))
	must(t, err)
	b.issue(t, &permit.Camera{Head: head(), Camera: "cam-1", Name: "Indgang", URL: "rtsp://10.0.0.1/", Transport: permit.TransportTCP, Sealed: sealed})
	es, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"camera.issued"}})
	must(t, err)
	if len(es) != 1 || !strings.Contains(string(es[0].Body), `"sealed":null`) {
		t.Errorf("ledger: %s", es[0].Body)
	}
}
