package engineapi

import (
	"context"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Motion says where in the footage of one camera the picture changed, as far
// as somebody has looked. What is masked gives no marks.
type Motion struct {
	Camera string    `json:"camera"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	// Looked are the stretches from From to To that have been gone through, in
	// order: elsewhere nothing is known yet. A gap in the footage counts as
	// looked at.
	Looked []Looked `json:"looked"`
	// Marks are the stretches with motion, in order.
	Marks []MotionMark `json:"marks"`
	// Done says that all from From to To is looked at; else ask again, within
	// [MotionKept], or the engine stops looking.
	Done bool `json:"done"`
}

// Looked is a stretch that has been gone through.
type Looked struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// MotionMark is a stretch in which something moved. It begins and ends at key
// frames, so that it is as fine as they lie.
type MotionMark struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Share is how much of the picture changed at the most, above 0 to 1.
	Share float64 `json:"share"`
}

const (
	// MotionKept is how long the engine goes on looking for whoever asked last.
	MotionKept = 10 * time.Second
	// LongestMotion is the longest stretch of one question.
	LongestMotion = 24 * time.Hour
)

// Motion asks for the motion marks of a camera from from to to, under a
// ticket that names both. It answers within a second or two with what is
// known; asking makes the engine look, first there and then in the rest of
// what the ticket opens, for as long as somebody goes on asking.
func (c *Client) Motion(ctx context.Context, camera string, from, to time.Time, p Pass) (Motion, error) {
	return decode[Motion](c.bytes(ctx, http.MethodGet, cameraPath(camera, "motion"), interval(from, to), nil, p, maxAnswer))
}

func (s *server) motion(w http.ResponseWriter, r *http.Request) error {
	p, err := passOf(r)
	if err != nil {
		return err
	}
	from, to, err := intervalOf(r)
	if err != nil {
		return err
	}
	if to.Sub(from) > LongestMotion {
		return fault.New(fault.Invalid, "interval", "motion marks of %s at most", LongestMotion)
	}
	m, err := s.engine.Motion(r.Context(), r.PathValue("camera"), from, to, p)
	if err != nil {
		return err
	}
	return writeJSON(w, m)
}
