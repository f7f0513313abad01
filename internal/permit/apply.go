package permit

import (
	"slices"
	"time"
)

// WhyReplaced is why a permit ended that another took over from.
const WhyReplaced = "permit.replaced"

// Receive is the whole way of a statement into an engine: decode, open with
// the ring, apply, and roll the ring if it is a key roll. A statement of use
// (ticket, live, export) is opened and not applied: ask [Book.May].
//
// An engine stores the bytes and now of each accepted statement, and replays
// them through Receive in their order when it starts.
func (b *Book) Receive(ring *Keyring, signed []byte, now time.Time) (Statement, []Effect, error) {
	d, err := DecodeSigned(signed)
	if err != nil {
		return nil, nil, err
	}
	s, err := ring.Open(d, now)
	if err != nil {
		return nil, nil, err
	}
	if !Kept(s.Kind()) {
		return s, nil, nil
	}
	if r, ok := s.(*KeyRoll); ok {
		if err := b.fresh(r); err != nil {
			return nil, nil, err
		}
		if err := ring.Roll(r, now); err != nil {
			return nil, nil, err
		}
	}
	effects, err := b.Apply(s, now)
	if err != nil {
		return nil, nil, err
	}
	return s, effects, nil
}

// Kept says that statements of a kind are applied and stored: those that stand,
// and those that may be used once. A ticket, a live ticket and an export order
// are used as they are shown, until they expire.
func Kept(k Kind) bool { return k != KindTicket && k != KindLive && k != KindExport }

// Apply takes an opened statement into force at the moment now, or refuses it
// whole: statement.replay for one that was seen, statement.controller for one
// that touches another controller's camera, and the kind's own keys. What was
// in force stands when it is refused.
//
// A probe, a still and a mask lift are applied when they are used, which
// makes a second use a replay.
func (b *Book) Apply(s Statement, now time.Time) ([]Effect, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	h := s.Header()
	if b.seen[h.ID] {
		return nil, refused("statement.replay", "%s %s was seen", s.Kind(), h.ID)
	}
	b.ready()
	now = now.UTC().Round(0)
	var touched []string
	var err error
	switch s := s.(type) {
	case *Permit:
		touched, err = b.permit(s, now)
	case *Lease:
		touched, err = b.lease(s, now)
	case *Revocation:
		touched, err = b.revoke(s, now)
	case *Camera:
		touched, err = b.camera(s)
	case *Mask:
		touched, err = b.mask(s)
	case *Stop:
		touched, err = b.stop(s, now)
	case *Restart:
		touched, err = b.restart(s, now)
	case *Hold:
		touched, err = b.hold(s, now)
	case *Notice:
		touched, err = b.notice(s, now)
	case *Release:
		touched, err = b.release(s, now)
	case *Probe:
		touched, err = []string{s.Camera}, b.useOnce(s.Controller, s.Camera, s.Expires, now)
	case *Still:
		touched, err = []string{s.Camera}, b.useOnce(s.Controller, s.Camera, s.Expires, now)
	case *MaskLift:
		touched, err = []string{s.Camera}, b.useOnce(s.Controller, s.Camera, s.Expires, now)
	case *KeyRoll:
		if s.Serial <= b.keySteps {
			err = refused("statement.replay", "key roll %d, had %d", s.Serial, b.keySteps)
		} else {
			b.keySteps = s.Serial
		}
	case *TimeCheck:
	default:
		err = refused("statement.kind", "%s is shown, not applied", s.Kind())
	}
	if err != nil {
		return nil, err
	}
	b.seen[h.ID] = true
	if b.heard.Before(now) {
		b.heard = now
	}
	if len(touched) == 0 {
		return []Effect{{s.Kind(), h.ID, ""}}, nil
	}
	slices.Sort(touched)
	touched = slices.Compact(touched)
	out := make([]Effect, len(touched))
	for i, c := range touched {
		out[i] = Effect{s.Kind(), h.ID, c}
	}
	return out, nil
}

func (b *Book) fresh(r *KeyRoll) error {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.seen[r.ID] || r.Serial <= b.keySteps {
		return refused("statement.replay", "key roll %d, had %d", r.Serial, b.keySteps)
	}
	return nil
}

func (b *Book) ready() {
	if b.seen != nil {
		return
	}
	b.seen = map[ID]bool{}
	b.owners = map[string]string{}
	b.streams = map[streamKey]*stream{}
	b.permits = map[ID]*term{}
	b.revoked = map[ID]*Revocation{}
	b.cameras = map[string]*Camera{}
	b.masks = map[string]*Mask{}
	b.stops = map[ID]*stopped{}
	b.named, b.general = map[string][]*stopped{}, map[string][]*stopped{}
	b.holds = map[ID]*HoldState{}
}

// mine refuses a statement of one controller about another's camera.
func (b *Book) mine(controller string, cameras ...string) error {
	for _, c := range cameras {
		if o, ok := b.owners[c]; ok && o != controller {
			return refused("statement.controller", "camera %s is not %s's", c, controller)
		}
	}
	return nil
}

func (b *Book) permit(p *Permit, now time.Time) ([]string, error) {
	if err := b.mine(p.Controller, p.Camera); err != nil {
		return nil, err
	}
	if !now.Before(p.ValidTo) {
		return nil, refused(WhyExpired, "permit %s ended %s", p.ID, p.ValidTo)
	}
	hours, err := p.Hours.Compile()
	if err != nil {
		return nil, err
	}
	k := streamKey{p.Camera, p.Stream}
	s := b.streams[k]
	if s == nil {
		s = &stream{}
	}
	if p.Serial <= s.serial {
		return nil, refused("permit.serial", "serial %d of %s, had %d", p.Serial, p.Camera, s.serial)
	}
	if err := s.replaces(p, now); err != nil {
		return nil, err
	}
	m := &term{permit: p, hours: hours, accepted: now, start: p.ValidFrom, leaseAt: p.Issued}
	if m.start.Before(now) {
		m.start = now
	}
	if until := shorter(p.LeaseUntil, now.Add(LongestLease)); now.Before(until) {
		m.leases = []Interval{{now, until}}
	}
	if r := b.revoked[p.ID]; r != nil { // it overtook what it revokes
		m.revoke(r, now)
	}
	s.serial = p.Serial
	s.terms = append(s.terms, m)
	s.settle()
	b.streams[k] = s
	b.permits[p.ID] = m
	b.owners[p.Camera] = p.Controller
	return []string{p.Camera}, nil
}

// replaces wants the permit that stands, or stands ready to begin, to be named,
// and lets nothing that was never here be named.
func (s *stream) replaces(p *Permit, now time.Time) error {
	for _, m := range slices.Backward(s.terms) {
		if m.start.Before(m.end) && now.Before(m.end) {
			if p.Replaces != m.permit.ID {
				return refused("permit.replaces", "permit %s stands, and %q is replaced", m.permit.ID, p.Replaces)
			}
			return nil
		}
	}
	if p.Replaces == "" {
		return nil
	}
	for _, m := range s.terms {
		if m.permit.ID == p.Replaces {
			return nil
		}
	}
	return refused("permit.replaces", "permit %s is not known", p.Replaces)
}

// settle works out from when to when each permit is the one in force. A
// permit ends at its term, when revoked, or when a later one begins; one
// revoked before it began has taken over from nobody.
func (s *stream) settle() {
	var cut time.Time // when the first of the later permits begins
	for _, m := range slices.Backward(s.terms) {
		m.end, m.why = m.permit.ValidTo, WhyExpired
		if !m.revoked.IsZero() && m.revoked.Before(m.end) {
			m.end, m.why = m.revoked, WhyRevoked
		}
		if !cut.IsZero() && cut.Before(m.end) {
			m.end, m.why = cut, WhyReplaced
		}
		if m.revoked.IsZero() || m.start.Before(m.revoked) || !m.early {
			cut = sooner(cut, m.start)
		}
	}
}

// revoke ends a term. Whether it had begun is judged by what was meant, when
// the two were signed: an engine that hears of both late, in whatever order,
// comes to the same end.
func (m *term) revoke(r *Revocation, now time.Time) {
	m.revoked = now
	m.early = r.Issued.Before(m.permit.ValidFrom)
}

func (b *Book) lease(l *Lease, now time.Time) ([]string, error) {
	for _, id := range l.Permits {
		if m := b.permits[id]; m != nil && m.permit.Controller != l.Controller {
			return nil, refused("statement.controller", "permit %s is not %s's", id, l.Controller)
		}
	}
	until := shorter(l.Until, now.Add(LongestLease))
	var touched []string
	for _, id := range l.Permits {
		// One that is not known was refused or is still under way: there is
		// nothing here that could go on because of it.
		m := b.permits[id]
		if m == nil || l.Issued.Before(m.leaseAt) {
			continue
		}
		m.renew(now, until)
		m.leaseAt = l.Issued
		touched = append(touched, m.permit.Camera)
	}
	return touched, nil
}

// renew makes until the end of what lasts now, be it later or earlier than
// what was said before.
func (m *term) renew(now, until time.Time) {
	if n := len(m.leases); n > 0 && now.Before(m.leases[n-1].To) {
		m.leases[n-1].To = until
		if until.Before(now) {
			m.leases[n-1].To = now
		}
		return
	}
	if now.Before(until) {
		m.leases = append(m.leases, Interval{now, until})
	}
}

func (b *Book) revoke(r *Revocation, now time.Time) ([]string, error) {
	m := b.permits[r.Permit]
	if m == nil { // it may come later, or never
		b.revoked[r.Permit] = r
		return nil, nil
	}
	if m.permit.Controller != r.Controller {
		return nil, refused("statement.controller", "permit %s is not %s's", r.Permit, r.Controller)
	}
	if m.revoked.IsZero() {
		m.revoke(r, now)
		b.streams[streamKey{m.permit.Camera, m.permit.Stream}].settle()
	}
	return []string{m.permit.Camera}, nil
}

func (b *Book) camera(c *Camera) ([]string, error) {
	if err := b.mine(c.Controller, c.Camera); err != nil {
		return nil, err
	}
	if old := b.cameras[c.Camera]; old != nil && c.Serial <= old.Serial {
		return nil, refused("camera.serial", "serial %d of %s, had %d", c.Serial, c.Camera, old.Serial)
	}
	b.cameras[c.Camera] = c
	b.owners[c.Camera] = c.Controller
	return []string{c.Camera}, nil
}

func (b *Book) mask(m *Mask) ([]string, error) {
	if err := b.mine(m.Controller, m.Camera); err != nil {
		return nil, err
	}
	if old := b.masks[m.Camera]; old != nil && m.Serial <= old.Serial {
		return nil, refused("mask.serial", "serial %d of %s, had %d", m.Serial, m.Camera, old.Serial)
	}
	b.masks[m.Camera] = m
	return []string{m.Camera}, nil
}

// useOnce is the check of a statement that is used up by being applied.
func (b *Book) useOnce(controller, camera string, expires, now time.Time) error {
	if err := b.mine(controller, camera); err != nil {
		return err
	}
	if !now.Before(expires) {
		return refused("ticket.expired", "expired %s", expires)
	}
	if id, _, _ := b.stopAt(camera, now); id != "" {
		return refused(WhyStopped, "camera %s is stopped by %s", camera, id)
	}
	return nil
}

func shorter(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
