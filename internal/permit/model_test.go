package permit_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

// taken is a statement that a book accepted, and when.
type taken struct {
	s  permit.Statement
	at time.Time
}

// story draws a history of statements, good, bad, late, doubled and of the
// wrong controller, and applies it to a book as time passes.
type story struct {
	t     *rapid.T
	book  *permit.Book
	now   time.Time
	taken []taken
	n     int
}

func (s *story) head() permit.Head {
	s.n++
	h := head(s.now.Add(-time.Duration(rapid.IntRange(0, 3).Draw(s.t, "issued hours ago")) * time.Hour))
	if rapid.IntRange(0, 9).Draw(s.t, "foreign") == 0 {
		h.Controller = "ikast"
	}
	return h
}

func (s *story) camera() string {
	return rapid.SampledFrom([]string{"cam-1", "cam-2"}).Draw(s.t, "camera")
}

// earlier picks the id of a statement of a kind that was taken, or a new one.
func (s *story) earlier(k permit.Kind) permit.ID {
	var ids []permit.ID
	for _, x := range s.taken {
		if x.s.Kind() == k {
			ids = append(ids, x.s.Header().ID)
		}
	}
	if len(ids) == 0 || rapid.IntRange(0, 9).Draw(s.t, "stranger") == 0 {
		return permit.NewID()
	}
	return rapid.SampledFrom(ids).Draw(s.t, "of "+string(k))
}

func (s *story) statement() permit.Statement {
	h := s.head()
	hours := func(name string, low, high int) time.Duration {
		return time.Duration(rapid.IntRange(low, high).Draw(s.t, name)) * time.Hour
	}
	switch rapid.IntRange(0, 11).Draw(s.t, "what") {
	case 0, 1, 2:
		p := allowed(s.camera(), h.Issued)
		p.Head = h
		p.Serial = int64(rapid.IntRange(1, 20).Draw(s.t, "serial"))
		if p.Hours = nights(); rapid.Bool().Draw(s.t, "always") {
			p.Hours = always()
		}
		p.ValidFrom = h.Issued.Add(hours("valid from", -48, 72))
		p.ValidTo = p.ValidFrom.Add(hours("valid for", 1, 24*20))
		p.LeaseUntil = h.Issued.Add(hours("lease", 1, 24*7))
		if rapid.IntRange(0, 3).Draw(s.t, "replaces") > 0 {
			for _, x := range s.taken { // the last one of this camera
				if q, ok := x.s.(*permit.Permit); ok && q.Camera == p.Camera {
					p.Replaces, p.Serial = q.ID, q.Serial+1
				}
			}
		}
		return p
	case 3, 4, 5:
		return &permit.Lease{Head: h, Permits: []permit.ID{s.earlier(permit.KindPermit)}, Until: h.Issued.Add(hours("lease", 1, 24*7))}
	case 6:
		return &permit.Revocation{Head: h, Permit: s.earlier(permit.KindPermit)}
	case 7, 8:
		stop := &permit.Stop{Head: h}
		if rapid.Bool().Draw(s.t, "one") {
			stop.Cameras = []string{s.camera()}
		}
		return stop
	case 9, 10:
		return &permit.Restart{Head: h, Stop: s.earlier(permit.KindStop)}
	}
	if len(s.taken) == 0 {
		return &permit.Stop{Head: h, Cameras: []string{"cam-9"}}
	}
	return rapid.SampledFrom(s.taken).Draw(s.t, "again").s
}

// step lets time pass and something arrive.
func (s *story) step() {
	s.now = s.now.Add(time.Duration(rapid.IntRange(0, 60*40).Draw(s.t, "minutes")) * time.Minute)
	x := s.statement()
	again := slices.ContainsFunc(s.taken, func(y taken) bool { return y.s.Header().ID == x.Header().ID })
	if _, err := s.book.Apply(x, s.now); err != nil {
		return
	}
	if again {
		s.t.Fatalf("%s was taken twice", x.Kind())
	}
	s.taken = append(s.taken, taken{x, s.now})
}

// why is the reasons against a permit's covering its camera at t, straight from
// the statements, without the book.
func (s *story) why(p taken, t time.Time) string {
	q := p.s.(*permit.Permit)
	if t.Before(p.at) || t.Before(q.ValidFrom) || !t.Before(q.ValidTo) {
		return "not its term"
	}
	if !q.Hours.Covers(t) {
		return "not its hours"
	}
	leaseIssued, lease := q.Issued, q.LeaseUntil
	for _, x := range s.taken {
		if t.Before(x.at) {
			continue
		}
		switch y := x.s.(type) {
		case *permit.Revocation:
			if y.Permit == q.ID {
				return "revoked"
			}
		case *permit.Lease:
			if slices.Contains(y.Permits, q.ID) && !y.Issued.Before(leaseIssued) && !x.at.Before(p.at) {
				leaseIssued, lease = y.Issued, y.Until
			}
		case *permit.Stop:
			if y.Controller != q.Controller || len(y.Cameras) > 0 && !slices.Contains(y.Cameras, q.Camera) {
				continue
			}
			if !slices.ContainsFunc(s.taken, func(z taken) bool {
				r, ok := z.s.(*permit.Restart)
				return ok && r.Stop == y.ID && !t.Before(z.at)
			}) {
				return "stopped"
			}
		}
	}
	if !t.Before(lease) {
		return "lease out"
	}
	return ""
}

// permits lists the permits that were taken for a camera.
func (s *story) permits(camera string) (out []taken) {
	for _, x := range s.taken {
		if p, ok := x.s.(*permit.Permit); ok && p.Camera == camera {
			out = append(out, x)
		}
	}
	return out
}

// check holds a verdict against the statements.
func (s *story) check(camera string, t time.Time) {
	v := s.book.Covers(camera, "main", t)
	if v.OK != (v.Why == "") || v.OK && v.Permit == nil {
		s.t.Fatalf("%s at %v: %+v contradicts itself", camera, t, v)
	}
	if !v.Until.IsZero() && !t.Before(v.Until) {
		s.t.Fatalf("%s at %v: next change %v is not later", camera, t, v.Until)
	}
	all := s.permits(camera)
	if v.OK {
		for _, x := range all {
			q := x.s.(*permit.Permit)
			if q.ID == v.Permit.ID {
				if why := s.why(x, t); why != "" {
					s.t.Fatalf("%s at %v is covered by %s, which is %s", camera, t, q.ID, why)
				}
			} else if q.Serial > v.Permit.Serial && s.why(x, t) == "" {
				s.t.Fatalf("%s at %v: an older permit covers than the one that took over", camera, t)
			}
		}
		return
	}
	// With a single permit there is no other reason to say no than those.
	if len(all) == 1 {
		if why := s.why(all[0], t); why == "" {
			s.t.Fatalf("%s at %v is not covered (%s), and nothing speaks against it", camera, t, v.Why)
		}
	}
}

// TestNoFrameWithoutCause: whatever arrives in whatever order, no frame is
// covered without a permit that is valid, in its hours, under its lease, not
// revoked and not stopped; what is taken is the same after a replay; and
// Expected tells the same as Covers.
func TestNoFrameWithoutCause(t *testing.T) {
	req.Shows(t, "REC-1", "REC-4")
	steps := 30
	if os.Getenv("VIDNE_LONG") == "1" {
		steps = 200
	}
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Date(2026, 3, 20, 6, 0, 0, 0, time.UTC)
		s := &story{t: t, book: new(permit.Book), now: begin}
		for range rapid.IntRange(1, steps).Draw(t, "steps") {
			s.step()
			for _, c := range []string{"cam-1", "cam-2"} {
				s.check(c, s.now)
				s.check(c, s.now.Add(-1))
			}
		}
		replayed := new(permit.Book)
		for _, x := range s.taken {
			if _, err := replayed.Apply(x.s, x.at); err != nil {
				t.Fatalf("replay: %v", err)
			}
		}
		end := s.now.Add(10 * day)
		for _, c := range []string{"cam-1", "cam-2"} {
			told := s.book.Expected(c, "main", begin, end)
			if len(told) == 0 || !told[0].From.Equal(begin) || !told[len(told)-1].To.Equal(end) {
				t.Fatalf("Expected has holes: %+v", told)
			}
			for i, e := range told {
				if i > 0 && !told[i-1].To.Equal(e.From) {
					t.Fatalf("Expected has a hole at %v", e.From)
				}
				for _, x := range []time.Time{e.From, e.From.Add(e.To.Sub(e.From) / 3), e.To.Add(-1)} {
					if v := s.book.Covers(c, "main", x); v.OK != e.OK || v.Why != e.Why {
						t.Fatalf("%s at %v: Covers says %q, Expected %q", c, x, v.Why, e.Why)
					}
				}
			}
			for range 40 {
				x := begin.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(begin))).Draw(t, "when")))
				s.check(c, x)
				a, b := s.book.Covers(c, "main", x), replayed.Covers(c, "main", x)
				if a.OK != b.OK || a.Why != b.Why || !a.Until.Equal(b.Until) {
					t.Fatalf("%s at %v: %+v, and after a replay %+v", c, x, a, b)
				}
			}
		}
	})
}

// TestReplayThroughTheWire: what an engine stores, bytes and times, gives the
// same book and keyring when it starts again, through a change of keys.
func TestReplayThroughTheWire(t *testing.T) {
	req.Shows(t, "REC-5")
	now := at(t, "2026-06-01 12:00")
	type stored struct {
		signed []byte
		at     time.Time
	}
	var kept []stored
	b, k := new(permit.Book), ring(t, now)
	send := func(n byte, x permit.Statement, when time.Time) {
		t.Helper()
		signed, err := permit.Sign(x, signer(t, n))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Receive(k, signed.Encode(), when); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, stored{signed.Encode(), when})
	}
	p := allowed("cam-1", now)
	send(1, p, now)
	send(1, samples(t, now)[permit.KindCamera], now)
	send(1, &permit.KeyRoll{Head: head(now.Add(day)), Serial: 1, Add: []permit.PublicKey{signer(t, 2).Public(now)}}, now.Add(day))
	send(2, &permit.KeyRoll{Head: head(now.Add(day)), Serial: 2, Retire: []string{signer(t, 1).ID()}}, now.Add(day))
	send(2, &permit.Lease{Head: head(now.Add(2 * day)), Permits: []permit.ID{p.ID}, Until: now.Add(9 * day)}, now.Add(2*day))
	stop := &permit.Stop{Head: head(now.Add(3 * day))}
	send(2, stop, now.Add(3*day))

	c, again := new(permit.Book), ring(t, now)
	for _, x := range kept {
		if _, _, err := c.Receive(again, x.signed, x.at); err != nil {
			t.Fatalf("replay: %v", err)
		}
	}
	for h := range 24 * 12 {
		x := now.Add(time.Duration(h) * time.Hour)
		u, v := b.Covers("cam-1", "main", x), c.Covers("cam-1", "main", x)
		if u.OK != v.OK || u.Why != v.Why || !u.Until.Equal(v.Until) || u.Stop != v.Stop {
			t.Fatalf("%v: %+v and %+v", x, u, v)
		}
	}
	if a, b := k.Keys(now.Add(3*day)), again.Keys(now.Add(3*day)); len(a) != 1 || len(b) != 1 || a[0].ID != b[0].ID {
		t.Errorf("keys %v and %v", a, b)
	}
	// A second copy of what is stored is a replay, all of it.
	for _, x := range kept {
		if _, _, err := c.Receive(again, x.signed, now.Add(3*day)); err == nil {
			t.Error("taken twice")
		}
	}
}
