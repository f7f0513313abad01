package engine

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/fence"
	"vidne.dk/vidne/internal/permit"
)

// maskBook remembers every mask of a camera and from when on it was in force:
// a mask that is taken away uncovers what is recorded later, and never what
// was recorded under it.
type maskBook struct {
	mu  sync.Mutex
	of  map[string][]maskFrom
	all bool // a mask of nobody knows which camera cannot be read: cover every picture
}

type maskFrom struct {
	at    time.Time
	areas [][]permit.Point
}

func (b *maskBook) add(m *permit.Mask, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = map[string][]maskFrom{}
	}
	b.of[m.Camera] = append(b.of[m.Camera], maskFrom{at, m.Areas})
}

// whole is an area that leaves nothing of a picture.
func whole() [][]permit.Point {
	return [][]permit.Point{{{X: 0, Y: 0}, {X: permit.MaxPoint, Y: 0}, {X: permit.MaxPoint, Y: permit.MaxPoint}, {X: 0, Y: permit.MaxPoint}}}
}

// unreadable takes in that a mask was in force from at on of which nobody knows
// any more what it covered. Until the next one nothing is seen of the camera,
// or of any when its name cannot be read either.
func (b *maskBook) unreadable(signed []byte, at time.Time) {
	var m permit.Mask
	if d, err := permit.DecodeSigned(signed); err == nil {
		_ = json.Unmarshal(d.Body, &m) // what is left of it
	}
	if m.Camera == "" {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.all = true
		return
	}
	m.Areas = whole()
	b.add(&m, at)
}

// count is how many masks a camera has had: it rises with each new one.
func (b *maskBook) count(camera string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.of[camera])
}

// areas is all that may not be seen of pictures from from to to: the masks in
// force at some time of it, and the one of now, which covers what lies before
// it as well.
func (b *maskBook) areas(camera string, from, to time.Time) [][]permit.Point {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all {
		return whole()
	}
	var out [][]permit.Point
	all := b.of[camera]
	for i, m := range all {
		last := i == len(all)-1
		if last || m.at.Before(to) && all[i+1].at.After(from) {
			out = append(out, m.areas...)
		}
	}
	return slices.Clip(out)
}

// mask is what the fence paints over pictures of a pass.
func (v *pass) mask() fence.Mask {
	areas := v.e.masks.areas(v.camera, v.from, v.to)
	out := make([][]fence.Point, len(areas))
	for i, a := range areas {
		for _, p := range a {
			out[i] = append(out[i], fence.Point(p))
		}
	}
	return fence.NewMask(out)
}
