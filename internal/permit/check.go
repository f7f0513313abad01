package permit

import (
	"crypto/sha256"
	"time"
)

func (h *Head) check(k Kind) error {
	switch {
	case h.V > version(k):
		return refused("statement.version", "%s version %d, this program knows %d", k, h.V, version(k))
	case h.V < 1:
		return refused("statement.form", "version %d", h.V)
	case !h.ID.valid():
		return refused("statement.id", "id %.50q", h.ID)
	case !isRef(h.Controller):
		return refused("statement.controller", "controller %.80q", h.Controller)
	case !isRef(h.Engine):
		return refused("statement.engine", "engine %.80q", h.Engine)
	case !isTime(h.Issued):
		return refused("statement.issued", "issued %s", h.Issued)
	}
	return need("by", h.By)
}

func (id ID) valid() bool { return isHex(string(id), 32) }

func camera(c string) error {
	if !isCamera(c) {
		return refused("statement.camera", "camera %.80q", c)
	}
	return nil
}

func target(what string, id ID) error {
	if !id.valid() {
		return refused("statement.id", "%s %.50q", what, id)
	}
	return nil
}

func serial(n int64) error {
	if n < 1 || n > 1<<53 {
		return refused("statement.serial", "serial %d", n)
	}
	return nil
}

// Check refuses a retention that is not stated or is above LongestRetention
// (permit.retention), a hold longer than the class allows (permit.hold), a
// term above five years (permit.term: L § 2 stk. 2-4), a lease above
// LongestLease (permit.lease), and hours that cannot be (permit.hours).
func (p *Permit) Check() error {
	if err := first(p.check(KindPermit), camera(p.Camera), serial(p.Serial),
		need("basis", p.Basis, "case", p.Case), may("text", p.Text)); err != nil {
		return err
	}
	if !isCamera(p.Stream) || len(p.Stream) > 16 {
		return refused("permit.stream", "stream %.80q", p.Stream)
	}
	if p.Replaces != "" && !p.Replaces.valid() || p.Replaces == p.ID {
		return refused("statement.id", "replaces %.50q", p.Replaces)
	}
	const longest = int(LongestRetention / time.Hour)
	if p.RetentionHours < 1 || p.RetentionHours > longest {
		return refused("permit.retention", "%d hours: state 1 to %d", p.RetentionHours, longest)
	}
	switch p.Class {
	case ClassCrime: // L § 4 c stk. 5: no fixed end, so 0 is one too
		if p.LongestHoldHours < 0 || p.LongestHoldHours > int(LongestHold/time.Hour) {
			return refused("permit.hold", "longest hold %d hours", p.LongestHoldHours)
		}
	case ClassSafety, ClassOther: // L § 4 d stk. 3 has no exception of its own
		if p.LongestHoldHours < 1 || p.LongestHoldHours > longest {
			return refused("permit.hold", "longest hold %d hours: class %s ends at %d", p.LongestHoldHours, p.Class, longest)
		}
	default:
		return refused("permit.class", "class %.40q", p.Class)
	}
	if err := p.Hours.Check(); err != nil {
		return err
	}
	if !isTime(p.ValidFrom) || !isTime(p.ValidTo) || !p.ValidFrom.Before(p.ValidTo) {
		return refused("permit.term", "from %s to %s", p.ValidFrom, p.ValidTo)
	}
	zone, err := time.LoadLocation(p.Hours.Zone)
	if err != nil {
		return refused("permit.hours", "zone %.60q", p.Hours.Zone)
	}
	if last := p.ValidFrom.In(zone).AddDate(5, 0, 0); p.ValidTo.After(last) || p.ValidTo.Sub(p.ValidFrom) > LongestPermit {
		return refused("permit.term", "from %s to %s: five years end %s", p.ValidFrom, p.ValidTo, last)
	}
	if !isTime(p.LeaseUntil) || !p.Issued.Before(p.LeaseUntil) || p.LeaseUntil.Sub(p.Issued) > LongestLease {
		return refused("permit.lease", "issued %s, lease until %s, at most %s", p.Issued, p.LeaseUntil, LongestLease)
	}
	return nil
}

// Check refuses a lease above LongestLease and one of nothing.
func (l *Lease) Check() error {
	if err := l.check(KindLease); err != nil {
		return err
	}
	if len(l.Permits) == 0 || len(l.Permits) > MaxCameras {
		return refused("permit.lease", "%d permits", len(l.Permits))
	}
	seen := make(map[ID]bool, len(l.Permits))
	for _, id := range l.Permits {
		if !id.valid() || seen[id] {
			return refused("statement.id", "permit %.50q", id)
		}
		seen[id] = true
	}
	if !isTime(l.Until) || !l.Issued.Before(l.Until) || l.Until.Sub(l.Issued) > LongestLease {
		return refused("permit.lease", "issued %s, until %s, at most %s", l.Issued, l.Until, LongestLease)
	}
	return nil
}

// Check asks only for what is needed to obey: a revocation is easy to give.
func (r *Revocation) Check() error {
	return first(r.check(KindRevocation), target("permit", r.Permit), may("reason", r.Reason))
}

// Check refuses an address that is not RTSP, names a user or a password, or
// holds anything but plain characters; a removed camera needs none.
func (c *Camera) Check() error {
	if err := first(c.check(KindCamera), camera(c.Camera), serial(c.Serial)); err != nil {
		return err
	}
	if !isLine(c.Name, MaxLine) || !isLine(c.Place, MaxLine) {
		return refused("statement.text", "name or place is too long or holds control characters")
	}
	if c.Priority < -1000 || c.Priority > 1000 {
		return refused("camera.priority", "priority %d", c.Priority)
	}
	if c.Removed && c.URL == "" && c.CertSHA256 == "" && len(c.Sealed) == 0 {
		return nil
	}
	if err := need("name", c.Name); err != nil {
		return err
	}
	return wireOf(c.URL, c.Transport, c.CertSHA256, c.Sealed)
}

func wireOf(address string, t Transport, cert string, sealed []byte) error {
	scheme, ok := isURL(address)
	if !ok {
		// Never quote it: it may hold what must not be in a log.
		return refused("camera.url", "address is not a plain rtsp or rtsps address")
	}
	switch t {
	case TransportAuto:
	case TransportTCP, TransportUDP:
		if scheme == "rtsps" {
			return refused("camera.transport", "%s with rtsps", t)
		}
	case TransportTLS:
		if scheme != "rtsps" {
			return refused("camera.transport", "tls needs rtsps")
		}
	default:
		return refused("camera.transport", "transport %.20q", t)
	}
	if cert != "" && (!isHex(cert, 2*sha256.Size) || scheme != "rtsps") {
		return refused("camera.certificate", "a pinned certificate is 64 hex digits, and needs rtsps")
	}
	if len(sealed) > MaxSealed {
		return refused("camera.sealed", "%d sealed bytes, more than %d", len(sealed), MaxSealed)
	}
	return nil
}

// Check is that of the camera's address, and LongestProbe.
func (p *Probe) Check() error {
	return first(p.check(KindProbe), camera(p.Camera),
		wireOf(p.URL, p.Transport, p.CertSHA256, p.Sealed), expires(p.Issued, p.Expires, LongestProbe))
}

// Check wants a person and a purpose, and LongestStill.
func (s *Still) Check() error {
	return first(s.check(KindStill), camera(s.Camera), need("person", s.Person, "purpose", s.Purpose),
		expires(s.Issued, s.Expires, LongestStill), may("text", s.Text))
}

// Check wants a person, a purpose, cameras, an interval, and LongestTicket.
func (t *Ticket) Check() error {
	return first(t.check(KindTicket), need("person", t.Person, "purpose", t.Purpose), may("case", t.Case),
		cameras(t.Cameras, false), interval(t.From, t.To),
		expires(t.Issued, t.Expires, LongestTicket), may("text", t.Text))
}

// Check wants a second person who is not the first, and LongestLive; of one
// person alone, LongestAlone.
func (l *Live) Check() error {
	if err := first(l.check(KindLive), need("person", l.Person, "purpose", l.Purpose), may("case", l.Case), cameras(l.Cameras, false),
		expires(l.Issued, l.Expires, LongestLive), may("text", l.Text)); err != nil {
		return err
	}
	if l.Approver == "" {
		if l.Expires.Sub(l.Issued) > LongestAlone {
			return refused("statement.two", "a live viewing of more than %s takes two", LongestAlone)
		}
		return nil
	}
	return first(need("approver", l.Approver), different("a live viewing", l.Person, l.Approver))
}

// Check refuses areas that are no areas or lie outside the picture.
func (m *Mask) Check() error {
	if err := first(m.check(KindMask), camera(m.Camera), serial(m.Serial)); err != nil {
		return err
	}
	if len(m.Areas) > MaxAreas {
		return refused("mask.areas", "%d areas, more than %d", len(m.Areas), MaxAreas)
	}
	for i, a := range m.Areas {
		if len(a) < 3 || len(a) > MaxPoints {
			return refused("mask.areas", "area %d has %d points: 3 to %d", i, len(a), MaxPoints)
		}
		for _, p := range a {
			if p.X < 0 || p.X > MaxPoint || p.Y < 0 || p.Y > MaxPoint {
				return refused("mask.areas", "area %d leaves the picture", i)
			}
		}
	}
	return nil
}

// Check wants a second person who is not the first, and LongestExport.
func (m *MaskLift) Check() error {
	return first(m.check(KindMaskLift), camera(m.Camera), interval(m.From, m.To),
		need("person", m.Person, "approver", m.Approver, "purpose", m.Purpose),
		different("a mask lift", m.Person, m.Approver), expires(m.Issued, m.Expires, LongestExport))
}

// Check wants an owner and, but of a request, a second, a reference and a review
// within LongestReview, and ends a dispute's hold, and a request's, at
// LongestDispute (hold.dispute, hold.request).
func (h *Hold) Check() error {
	if err := first(h.check(KindHold), cameras(h.Cameras, false), interval(h.From, h.To),
		need("reference", h.Reference, "owner", h.Owner),
		different("a hold", h.Owner, h.Second)); err != nil {
		return err
	}
	if err := need("second", h.Second); err != nil && (h.Reason != HoldRequest || h.Second != "") {
		return err
	}
	switch h.Reason {
	case HoldCrime, HoldSharing:
	case HoldDispute:
		if h.Until.Sub(h.From) > LongestDispute {
			return refused("hold.dispute", "until %s: without a notice a dispute's hold ends %s", h.Until, h.From.Add(LongestDispute))
		}
	case HoldRequest:
		if h.Until.Sub(h.From) > LongestDispute {
			return refused("hold.request", "until %s: a request's hold ends %s", h.Until, h.From.Add(LongestDispute))
		}
	default:
		return refused("hold.reason", "reason %.40q", h.Reason)
	}
	if !isTime(h.Review) || !h.Issued.Before(h.Review) || h.Review.Sub(h.Issued) > LongestReview {
		return refused("hold.review", "review %s: within %s", h.Review, LongestReview)
	}
	if !isTime(h.Until) || !h.Issued.Before(h.Until) || h.Until.Sub(h.Issued) > LongestHold {
		return refused("hold.until", "issued %s, until %s", h.Issued, h.Until)
	}
	return nil
}

// Check wants the notice to be given before it is stated, and to reach on.
func (n *Notice) Check() error {
	if err := first(n.check(KindNotice), target("hold", n.Hold)); err != nil {
		return err
	}
	if !isTime(n.Given) || n.Given.After(n.Issued) {
		return refused("hold.notice", "given %s, issued %s", n.Given, n.Issued)
	}
	if !isTime(n.Until) || !n.Issued.Before(n.Until) || n.Until.Sub(n.Issued) > LongestHold {
		return refused("hold.until", "issued %s, until %s", n.Issued, n.Until)
	}
	return nil
}

// Check wants the hold that ends.
func (r *Release) Check() error {
	return first(r.check(KindRelease), target("hold", r.Hold), may("reason", r.Reason))
}

// Check wants who takes what out for whom and why, and LongestExport.
func (e *Export) Check() error {
	if e.MaskLift != "" && !e.MaskLift.valid() {
		return refused("statement.id", "mask lift %.50q", e.MaskLift)
	}
	return first(e.check(KindExport), need("person", e.Person, "purpose", e.Purpose, "recipient", e.Recipient),
		may("case", e.Case), cameras(e.Cameras, false), interval(e.From, e.To),
		expires(e.Issued, e.Expires, LongestExport), may("text", e.Text))
}

// Check asks only for what is needed to obey: a stop is easy to give.
func (s *Stop) Check() error {
	return first(s.check(KindStop), cameras(s.Cameras, true), may("reason", s.Reason))
}

// Check wants the stop that is undone.
func (r *Restart) Check() error {
	return first(r.check(KindRestart), target("stop", r.Stop), may("reason", r.Reason))
}

// Check wants keys whose ids are theirs.
func (k *KeyRoll) Check() error {
	if err := first(k.check(KindKeyRoll), serial(k.Serial)); err != nil {
		return err
	}
	if n := len(k.Add) + len(k.Retire); n == 0 || n > MaxKeys {
		return refused("key.form", "%d keys: 1 to %d", n, MaxKeys)
	}
	for _, p := range k.Add {
		if err := p.check(); err != nil {
			return err
		}
		if !isTime(p.From) {
			return refused("key.form", "key %s counts from %s", p.ID, p.From)
		}
	}
	for _, id := range k.Retire {
		if !isHex(id, 16) {
			return refused("key.form", "key id %.20q", id)
		}
	}
	return nil
}

// Check wants two people.
func (t *TimeCheck) Check() error {
	if err := first(t.check(KindTimeCheck), need("person", t.Person, "second", t.Second),
		different("a confirmation of time", t.Person, t.Second)); err != nil {
		return err
	}
	if !isTime(t.Wall) {
		return refused("statement.issued", "wall %s", t.Wall)
	}
	return nil
}
