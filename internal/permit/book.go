package permit

import (
	"slices"
	"sync"
	"time"
)

// Book is what is in force at one engine: a pure state made of the statements
// that were accepted, in their order, and the times at which they arrived. The
// same statements and times always make the same book, so an engine stores
// what it accepted and replays it with [Book.Receive] when it starts.
//
// The zero Book refuses everything. A Book is safe for concurrent use, and
// never reads a clock: time is what it is told, trusted time.
type Book struct {
	mu       sync.RWMutex
	heard    time.Time
	seen     map[ID]bool       // every statement applied or used
	owners   map[string]string // camera -> controller
	streams  map[streamKey]*stream
	permits  map[ID]*term
	revoked  map[ID]*Revocation // of permits that have not come
	cameras  map[string]*Camera
	masks    map[string]*Mask
	stops    map[ID]*stopped
	named    map[string][]*stopped // by camera
	general  map[string][]*stopped // of all cameras, by controller
	holds    map[ID]*HoldState
	keySteps int64
}

// None is a book that refuses everything.
func None() *Book { return new(Book) }

type streamKey struct{ camera, stream string }

// stream is the permits that one stream of a camera has ever had.
type stream struct {
	serial int64
	terms  []*term // in the order of their arrival
}

// term is one permit's life here.
type term struct {
	permit   *Permit
	hours    *Schedule
	accepted time.Time
	start    time.Time // the later of accepted and ValidFrom
	end      time.Time // ValidTo, or earlier: revoked, replaced
	why      string    // why it ended at end
	revoked  time.Time // zero: not
	early    bool      // revoked before ValidFrom
	leases   []Interval
	leaseAt  time.Time // when the last lease was issued
}

// Effect is what an accepted statement touches: the caller looks again at that
// camera. Camera is empty for what concerns no single one.
type Effect struct {
	Kind   Kind
	ID     ID
	Camera string
}

// Verdict is the answer to "may this be recorded now?".
type Verdict struct {
	OK bool
	// Permit is the one in force, also when its hours or a stop say no; nil
	// when there is none.
	Permit *Permit
	// Why is the reason of a no: permit.none, .not-yet, .outside, .stopped,
	// .lease-out, .expired, .revoked. Empty when OK.
	Why string
	// Until is when the answer may change next, by what is known now; zero if
	// never. A statement can change it at any time.
	Until time.Time
	// Lease is how far the permit's lease reaches; zero without a permit.
	Lease time.Time
	// Stop is the stop in force, or empty.
	Stop ID
}

// The reasons of a no, also keys into the text catalogue.
const (
	WhyNone     = "permit.none"
	WhyNotYet   = "permit.not-yet"
	WhyOutside  = "permit.outside"
	WhyStopped  = "permit.stopped"
	WhyLeaseOut = "permit.lease-out"
	WhyExpired  = "permit.expired"
	WhyRevoked  = "permit.revoked"
)

// Covers says whether a stream of a camera may be recorded at the moment t,
// which may also lie in the past. A stop goes before everything.
func (b *Book) Covers(camera, stream string, t time.Time) Verdict {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.covers(camera, stream, t)
}

func (b *Book) covers(camera, name string, t time.Time) Verdict {
	v := b.permitted(camera, name, t)
	id, since, until := b.stopAt(camera, t)
	if id != "" {
		v.OK, v.Why, v.Stop = false, WhyStopped, id
		v.Until = until
		return v
	}
	v.Until = sooner(v.Until, since)
	return v
}

// permitted is covers without stops.
func (b *Book) permitted(camera, name string, t time.Time) Verdict {
	s := b.streams[streamKey{camera, name}]
	if s == nil {
		return Verdict{Why: WhyNone}
	}
	var in, last *term
	var next time.Time
	later := false
	for _, m := range s.terms {
		for _, x := range [...]time.Time{m.accepted, m.start, m.end} {
			if t.Before(x) {
				next = sooner(next, x)
			}
		}
		switch {
		case t.Before(m.accepted):
		case !t.Before(m.end):
			if last == nil || !m.end.Before(last.end) {
				last = m
			}
		case t.Before(m.start):
			later = true
		default:
			in = m
		}
	}
	if in == nil {
		switch {
		case later:
			return Verdict{Why: WhyNotYet, Until: next}
		case last != nil:
			return Verdict{Why: last.why, Until: next}
		}
		return Verdict{Why: WhyNone, Until: next}
	}
	v := Verdict{Permit: in.permit, Until: next, Lease: in.lease()}
	leased := false
	for _, l := range in.leases {
		if t.Before(l.From) {
			v.Until = sooner(v.Until, l.From)
		} else if t.Before(l.To) {
			leased = true
			v.Until = sooner(v.Until, l.To)
		}
	}
	if !leased {
		v.Why = WhyLeaseOut
		return v
	}
	st := in.hours.at(t)
	if st.to != never {
		v.Until = sooner(v.Until, time.Unix(0, st.to).UTC())
	}
	if !st.covers {
		v.Why = WhyOutside
		return v
	}
	v.OK = true
	return v
}

func (m *term) lease() time.Time {
	if len(m.leases) == 0 {
		return time.Time{}
	}
	return m.leases[len(m.leases)-1].To
}

// sooner is the earlier of two moments, zero being never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// Masked returns the areas of a camera's picture that nobody may see.
func (b *Book) Masked(camera string) *Mask {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.masks[camera]
}

// Camera returns the configuration of a camera, also of one that was removed,
// or nil. It must not be changed.
func (b *Book) Camera(id string) *Camera {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.cameras[id]
}

// Cameras lists every camera that the book knows, by configuration or permit,
// in order.
func (b *Book) Cameras() []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	out := make([]string, 0, len(b.owners))
	for c := range b.owners {
		out = append(out, c)
	}
	slices.Sort(out)
	return out
}

// Streams lists the streams of a camera that have or had a permit, in order.
func (b *Book) Streams(camera string) []string {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []string
	for k := range b.streams {
		if k.camera == camera {
			out = append(out, k.stream)
		}
	}
	slices.Sort(out)
	return out
}

// Controller is whose camera it is.
func (b *Book) Controller(camera string) (string, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.owners[camera]
	return c, ok
}

// Heard is when the last statement was accepted; silence is counted from it.
func (b *Book) Heard() time.Time {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.heard
}

// Permit returns a permit that was ever accepted, or nil.
func (b *Book) Permit(id ID) *Permit {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if m := b.permits[id]; m != nil {
		return m.permit
	}
	return nil
}

// Term is one permit of a stream with the times between which it is or was
// the one in force, hours, leases and stops apart.
type Term struct {
	Permit   *Permit
	Accepted time.Time
	From     time.Time
	To       time.Time
	Why      string // why it ends at To: permit.expired, .revoked or .replaced
	Leases   []Interval
}

// History lists the permits of a stream in the order of their arrival. One
// that never came into force has From not before To.
func (b *Book) History(camera, name string) []Term {
	b.mu.RLock()
	defer b.mu.RUnlock()
	s := b.streams[streamKey{camera, name}]
	if s == nil {
		return nil
	}
	out := make([]Term, 0, len(s.terms))
	for _, m := range s.terms {
		out = append(out, Term{m.permit, m.accepted, m.start, m.end, m.why, slices.Clone(m.leases)})
	}
	return out
}

// Expectation is a stretch during which the answer of [Book.Covers] was one.
type Expectation struct {
	From, To time.Time
	OK       bool
	Why      string
	Permit   ID
}

// Expected splits the time between from and to by what the book allowed, in
// order and without holes: what a camera should have recorded, and why not
// where it should not.
func (b *Book) Expected(camera, name string, from, to time.Time) []Expectation {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []Expectation
	for t := from; t.Before(to); {
		v := b.covers(camera, name, t)
		end := to
		if !v.Until.IsZero() && v.Until.Before(to) {
			end = v.Until
		}
		if !t.Before(end) { // cannot be; a loop without end must not be either
			end = to
		}
		e := Expectation{From: t, To: end, OK: v.OK, Why: v.Why}
		if v.Permit != nil {
			e.Permit = v.Permit.ID
		}
		if n := len(out); n > 0 && out[n-1].OK == e.OK && out[n-1].Why == e.Why && out[n-1].Permit == e.Permit {
			out[n-1].To = end
		} else {
			out = append(out, e)
		}
		t = end
	}
	return out
}
