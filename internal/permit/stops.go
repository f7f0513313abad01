package permit

import (
	"slices"
	"time"
)

// stopped is a stop and its end.
type stopped struct {
	stop *Stop
	from time.Time
	to   time.Time // zero: lasts
}

// Stopped returns the stop that is in force for a camera at the moment t.
func (b *Book) Stopped(camera string, t time.Time) (ID, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	id, _, _ := b.stopAt(camera, t)
	return id, id != ""
}

// stopAt is the stop in force for a camera at t and when the last of those
// known ends, or else the first that comes after t. One that named a camera
// before anybody knew whose it is stops it only if it is the same controller's.
func (b *Book) stopAt(camera string, t time.Time) (id ID, next, until time.Time) {
	owner, known := b.owners[camera]
	look := func(list []*stopped) {
		for _, s := range list {
			switch {
			case known && owner != s.stop.Controller:
			case t.Before(s.from):
				next = sooner(next, s.from)
			case s.to.IsZero() || t.Before(s.to):
				if id == "" || compare(s.stop.ID, id) < 0 {
					id = s.stop.ID
				}
				until = sooner(until, s.to)
			}
		}
	}
	look(b.named[camera])
	if known {
		look(b.general[owner])
	}
	return id, next, until
}

func (b *Book) stop(s *Stop, now time.Time) ([]string, error) {
	if err := b.mine(s.Controller, s.Cameras...); err != nil {
		return nil, err
	}
	x := &stopped{stop: s, from: now}
	b.stops[s.ID] = x
	for _, c := range s.Cameras {
		b.named[c] = append(b.named[c], x)
	}
	if len(s.Cameras) == 0 {
		b.general[s.Controller] = append(b.general[s.Controller], x)
	}
	return b.stopTouches(s), nil
}

func (b *Book) stopTouches(s *Stop) []string {
	if len(s.Cameras) > 0 {
		return slices.Clone(s.Cameras)
	}
	var all []string
	for c, o := range b.owners {
		if o == s.Controller {
			all = append(all, c)
		}
	}
	return all
}

func (b *Book) restart(r *Restart, now time.Time) ([]string, error) {
	s := b.stops[r.Stop]
	switch {
	case s == nil:
		return nil, refused("stop.unknown", "stop %s is not known", r.Stop)
	case s.stop.Controller != r.Controller:
		return nil, refused("statement.controller", "stop %s is not %s's", r.Stop, r.Controller)
	case !s.to.IsZero():
		return nil, refused("stop.ended", "stop %s was undone %s", r.Stop, s.to)
	}
	s.to = now
	return b.stopTouches(s.stop), nil
}
