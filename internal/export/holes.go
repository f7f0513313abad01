package export

import (
	"context"
	"io"
	"slices"
	"time"

	"vidne.dk/vidne/internal/fault"
)

const (
	// missed is how many times longer than the film's usual step two pictures
	// lie apart before it is said that some are missing between them.
	missed = 3
	// leastHole is the shortest hole that is told of.
	leastHole = 250 * time.Millisecond
)

// Hole is a stretch of a film that pictures are missing from: the last before
// it is shown at From in the file, the first after it at To.
type Hole struct{ From, To time.Duration }

// Holes finds where pictures are missing from the film that [MP4] makes of
// src: nothing was recorded, or what came was broken and was dropped.
func Holes(ctx context.Context, src Source) (holes []Hole, r Report, err error) {
	defer fault.Wrap(&err, "export.Holes")
	var at []time.Duration
	m := muxer{w: io.Discard, r: &r, shown: func(t time.Duration) { at = append(at, t) }}
	if err := m.all(ctx, src); err != nil {
		return nil, r, err
	}
	slices.Sort(at)
	return between(at), r, nil
}

// between are the holes in the times at which pictures are shown, in order.
func between(at []time.Duration) (holes []Hole) {
	if len(at) < 2 {
		return nil
	}
	steps := make([]time.Duration, len(at)-1)
	for i := range steps {
		steps[i] = at[i+1] - at[i]
	}
	sorted := slices.Sorted(slices.Values(steps))
	least := max(leastHole, missed*sorted[len(sorted)/2])
	for i, s := range steps {
		if s >= least {
			holes = append(holes, Hole{at[i], at[i+1]})
		}
	}
	return holes
}
