package engine

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fence"
)

// pictures is what is known of how a camera's picture looks.
type pictures struct {
	last    fence.Grey // of the check before; a 64 × 36 grey picture, in memory only
	same    int        // checks in a row without any change
	at      time.Time
	verdict string
}

// What the checks compare with. A picture of 64 × 36 points, 0 to 255.
const (
	darkMean   = 24  // a lit room at night is above it
	flatSpread = 6.0 // a hand, a bag or paint over the lens leaves less
	frozenDiff = 0.15
	frozenRuns = 2 // as many checks in a row: a quiet room at night is not frozen
	keyWait    = 15 * time.Second
)

// checkPictures looks at one key frame of each camera that records, all in one
// run of ffmpeg, and says whether the picture is frozen, dark or covered.
func (e *Engine) checkPictures(ctx context.Context) {
	if !e.fence.Works() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	units, in := e.keyFrames(ctx)
	if len(in) == 0 {
		return
	}
	greys, err := e.fence.Grey(ctx, in)
	if err != nil {
		if ctx.Err() == nil {
			e.log.Warn("pictures are not checked", "error", err.Error())
		}
		return
	}
	now := e.clk.Now()
	for i, u := range units {
		if greys[i] == nil {
			continue
		}
		u.mu.Lock()
		u.picture.look(greys[i], now)
		verdict := u.picture.verdict
		u.mu.Unlock()
		for _, v := range []string{"frozen", "dark", "covered"} {
			e.alarm("picture."+v, u.camera, "", verdict == v)
		}
	}
}

// keyFrames asks every camera that records for its next key frame.
func (e *Engine) keyFrames(ctx context.Context) (units []*unit, in [][]byte) {
	type asked struct {
		u *unit
		c <-chan keyFrame
	}
	var all []asked
	for _, u := range e.allUnits() {
		u.mu.Lock()
		s := u.now
		recording := u.state == engineapi.StateRecording || u.state == engineapi.StateDegraded
		u.mu.Unlock()
		if s != nil && recording {
			all = append(all, asked{u, s.next()})
		}
	}
	t := e.clk.NewTimer(keyWait)
	defer t.Stop()
	late := false
	for _, a := range all {
		var k keyFrame
		var ok bool
		if late {
			select {
			case k, ok = <-a.c:
			default:
			}
		} else {
			select {
			case k, ok = <-a.c:
			case <-t.C():
				late = true
			case <-ctx.Done():
				return nil, nil
			}
		}
		if !ok {
			continue
		}
		if b, err := k.fmp4(); err == nil {
			units, in = append(units, a.u), append(in, b)
		}
	}
	return units, in
}

// look takes in one more picture.
func (p *pictures) look(g fence.Grey, now time.Time) {
	mean, spread := statistics(g)
	if p.last != nil && difference(p.last, g) < frozenDiff {
		p.same++
	} else {
		p.same = 0
	}
	p.last, p.at = g, now
	switch {
	case mean < darkMean:
		p.verdict = "dark"
	case spread < flatSpread:
		p.verdict = "covered"
	case p.same >= frozenRuns:
		p.verdict = "frozen"
	default:
		p.verdict = "ok"
	}
}

// statistics is the mean brightness and the mean distance from it.
func statistics(g fence.Grey) (mean, spread float64) {
	sum := 0
	for _, v := range g {
		sum += int(v)
	}
	mean = float64(sum) / float64(len(g))
	for _, v := range g {
		spread += abs(float64(v) - mean)
	}
	return mean, spread / float64(len(g))
}

// difference is how far two pictures lie apart, per point.
func difference(a, b fence.Grey) float64 {
	sum := 0.0
	for i := range min(len(a), len(b)) {
		sum += abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

func abs(x float64) float64 {
	if x < 0 {
		return -x
	}
	return x
}
