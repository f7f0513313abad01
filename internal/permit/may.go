package permit

import (
	"slices"
	"time"
)

// StillAge is how old the picture given under a still order may be when the
// order is issued: one long interval between key frames.
const StillAge = 30 * time.Second

// May says whether an opened ticket, live ticket, still or export order allows
// the pictures of a camera between from and to to be shown at the moment now.
// Ask before the bytes are opened with the whole of what is asked for, and
// again while they flow with what comes next: a stop, an expiry or a revoked
// ticket ends the flow.
//
// The error is a fault.Refused: ticket.expired, ticket.camera,
// ticket.interval, ticket.live (a picture younger than LiveAge without a live
// ticket), ticket.old (older than LiveAge under a live ticket),
// ticket.revoked (a revocation that names it), permit.stopped, statement.controller, statement.kind, camera.unknown.
func (b *Book) May(s Statement, camera string, from, to, now time.Time) error {
	if s == nil {
		return refused("statement.kind", "no ticket")
	}
	if err := s.Check(); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	owner, ok := b.owners[camera]
	switch {
	case !ok:
		return refused("camera.unknown", "camera %.80q", camera)
	case owner != s.Header().Controller:
		return refused("statement.controller", "camera %s is not %s's", camera, s.Header().Controller)
	case !from.Before(to):
		return refused("ticket.interval", "from %s to %s", from, to)
	}
	if id, _, _ := b.stopAt(camera, now); id != "" {
		return refused(WhyStopped, "camera %s is stopped by %s", camera, id)
	}
	if m, ok := b.revoked[s.Header().ID]; ok {
		return refused("ticket.revoked", "%s was taken back by %s", s.Header().ID, m.ID)
	}
	switch s := s.(type) {
	case *Ticket:
		return first(useful(s.Issued, s.Expires, now), listed(s.Cameras, camera),
			inside(s.From, s.To, from, to), recorded(to, now))
	case *Export:
		return first(useful(s.Issued, s.Expires, now), listed(s.Cameras, camera),
			inside(s.From, s.To, from, to), recorded(to, now))
	case *Live:
		return first(useful(s.Issued, s.Expires, now), listed(s.Cameras, camera),
			young(from, now))
	case *Still:
		return first(useful(s.Issued, s.Expires, now), listed([]string{s.Camera}, camera),
			young(from, s.Issued.Add(LiveAge-StillAge)))
	}
	return refused("statement.kind", "%s shows nothing", s.Kind())
}

func useful(issued, end, now time.Time) error {
	if !now.Before(end) || now.Add(MaxSkew).Before(issued) {
		return refused("ticket.expired", "issued %s, expires %s, it is %s", issued, end, now)
	}
	return nil
}

func listed(list []string, camera string) error {
	if !slices.Contains(list, camera) {
		return refused("ticket.camera", "camera %s is not named", camera)
	}
	return nil
}

func inside(from, to, a, b time.Time) error {
	if a.Before(from) || b.After(to) {
		return refused("ticket.interval", "asked %s to %s, has %s to %s", a, b, from, to)
	}
	return nil
}

// recorded refuses what counts as live: any picture younger than LiveAge.
func recorded(to, now time.Time) error {
	if to.After(now.Add(-LiveAge)) {
		return refused("ticket.live", "to %s is younger than %s", to, LiveAge)
	}
	return nil
}

func young(from, now time.Time) error {
	if from.Before(now.Add(-LiveAge)) {
		return refused("ticket.old", "from %s is older than %s", from, LiveAge)
	}
	return nil
}
