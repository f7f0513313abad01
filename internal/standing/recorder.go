package standing

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/register"
)

// Ahead is how long before something ends that somebody is told: the time that
// a new case takes from application to decision, and longer than any of the
// periods that the law has for its steps.
const Ahead = 90 * 24 * time.Hour

// recording says whether the cameras record what they should.
func (r *Room) recording(_ context.Context, f facts) (out []Finding, err error) {
	for l := range f.wanted {
		cams := f.cameras[l]
		x := Finding{Location: l, Area: Cameras, Key: "cameras.well", Count: int64(len(cams)), Href: "/steder/" + l + "#kameraer"}
		switch {
		case len(cams) == 0:
			x.Key, x.Count = "cameras.none", 0
		case f.Engine.Away:
			x.Key, x.Count, x.State, x.Href = "cameras.unknown", 0, Due, "/drift"
		default:
			var bad []register.Key
			for _, c := range cams {
				if f.Engine.Health(c.ID).Bad {
					bad = append(bad, c)
				}
			}
			if len(bad) > 0 {
				x.Key, x.Count, x.State = "cameras.bad", int64(len(bad)), Broken
			}
			if len(bad) == 1 {
				x.Name, x.Href = bad[0].Name, "/kameraer/"+bad[0].ID
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// permits says which permits run out, the first of each location (CASE-17).
func (r *Room) permits(ctx context.Context, f facts) (out []Finding, err error) {
	ending, err := r.c.Issuer.Ending(ctx, f.Controller, f.now.Add(Ahead))
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for _, e := range ending {
		l := f.where[e.Camera]
		if !f.wanted[l] {
			continue
		}
		i, ok := at[l]
		if !ok {
			i, at[l] = len(out), len(out)
			out = append(out, Finding{Location: l, Area: Permits, State: Due, Key: "permits.ending", At: e.ValidTo, Href: "/sager?sted=" + l})
		}
		out[i].Count++
		if e.ValidTo.Before(out[i].At) {
			out[i].At = e.ValidTo
		}
	}
	return f.fill(Permits, "permits.well", out), nil
}

// deletion says whether something is past its time and still readable (KEEP-3).
func (r *Room) deletion(_ context.Context, f facts) (out []Finding, err error) {
	if f.Engine.Away {
		for _, l := range f.at(nil) {
			out = append(out, Finding{Location: l, Area: Deletion, State: Due, Key: "deletion.unknown", Href: "/drift"})
		}
		return out, nil
	}
	at := map[string]int{}
	for _, d := range f.Engine.Late {
		l := f.where[d.Camera]
		if !f.wanted[l] {
			continue
		}
		i, ok := at[l]
		if !ok {
			i, at[l] = len(out), len(out)
			out = append(out, Finding{Location: l, Area: Deletion, State: Broken, Key: "deletion.late", At: d.Due, Href: "/tilsyn/sletninger?vis=late"})
		}
		out[i].Count += int64(max(d.Segments, 1))
		if d.Due.Before(out[i].At) {
			out[i].At = d.Due
		}
	}
	return f.fill(Deletion, "deletion.well", out), nil
}
