package fetch

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/evidence"
	"vidne.dk/vidne/internal/fault"
)

const (
	// maxExtract bounds one extract of the ledger: two days of the entries of
	// a thousand cameras, most of them told by one hash.
	maxExtract = 64 << 20
	// untilSealed is how long what was recorded in the last minute may take to
	// reach the ledger, and again how often it is looked for.
	untilSealed = 3 * time.Minute
	again       = 5 * time.Second
)

// Footage is the engine's, for one package. It implements [evidence.Footage].
type Footage struct {
	Client *engineapi.Client
	// Order gives the signed export order for one camera and interval. It is
	// asked before every request, so that one that runs out is replaced.
	Order func(ctx context.Context, camera string, from, to time.Time) (engineapi.Pass, error)
	Clock clock.Clock
	Zone  *time.Location // that the clock in a viewing copy runs in
}

var _ evidence.Footage = (*Footage)(nil)

func (f *Footage) ask(ctx context.Context, camera string, from, to time.Time) (engineapi.ExportQuery, engineapi.Pass, error) {
	p, err := f.Order(ctx, camera, from, to)
	return engineapi.ExportQuery{Camera: camera, From: from, To: to, Zone: f.Zone.String()}, p, err
}

// Original is [evidence.Footage]. A masked camera without a lift in the order
// is fault.Refused "mask.original".
func (f *Footage) Original(ctx context.Context, camera string, from, to time.Time, mp4, samples io.Writer) (d evidence.Delivered, err error) {
	defer fault.Wrap(&err, "fetch.Original(%s)", camera)
	q, p, err := f.ask(ctx, camera, from, to)
	if err != nil {
		return d, err
	}
	e, err := f.Client.Original(ctx, q, p, mp4, samples)
	if err != nil {
		return d, err
	}
	return evidence.Delivered{From: e.From, To: e.To, Pictures: e.Pictures, Codec: e.Codec, Width: e.Width, Height: e.Height,
		Segments: e.Segments, Gaps: stretches(e.Gaps), Changed: e.Changed}, nil
}

// Viewing is [evidence.Footage]. It is fault.Exhausted "ffmpeg.busy" while the
// engine makes as many as it can.
func (f *Footage) Viewing(ctx context.Context, camera string, from, to time.Time, mp4 io.Writer) (_ evidence.Derived, err error) {
	defer fault.Wrap(&err, "fetch.Viewing(%s)", camera)
	q, p, err := f.ask(ctx, camera, from, to)
	if err != nil {
		return evidence.Derived{}, err
	}
	c, err := f.Client.ViewingCopy(ctx, q, p, mp4)
	return evidence.Derived(c), err
}

// Facts fills in an order what the engine knows of each of its originals: Mask,
// Stretch, Segments, Clock.Server, Clock.Offsets and Camera.Permit; and the
// order's Logs. Everything else of a camera, who it is and when its clock was
// looked at by hand, is the register's to say. What was recorded in the last
// minute may not be in the ledger yet: Facts waits for it, three minutes at
// most, then it is fault.Conflict "export.unsealed". An interval without a
// single picture is fault.NotFound "media.none".
func (f *Footage) Facts(ctx context.Context, o *evidence.Order) (err error) {
	defer fault.Wrap(&err, "fetch.Facts(%s)", o.ID)
	o.Logs = nil
	for i := range o.Originals {
		a := &o.Originals[i]
		facts, err := f.sealed(ctx, a)
		if err != nil {
			return err
		}
		if len(facts.Segments) == 0 {
			return fault.New(fault.NotFound, "media.none", "no footage of %s from %s to %s", a.Camera.ID, a.From, a.To)
		}
		fill(a, &facts)
		l, err := f.log(ctx, a, &facts)
		if err != nil {
			return err
		}
		o.Logs = append(o.Logs, l)
	}
	return nil
}

// sealed is the engine's facts, once all of the interval is in its ledger.
func (f *Footage) sealed(ctx context.Context, a *evidence.Asked) (engineapi.ExportFacts, error) {
	for begun := f.Clock.Now(); ; {
		q, p, err := f.ask(ctx, a.Camera.ID, a.From, a.To)
		if err != nil {
			return engineapi.ExportFacts{}, err
		}
		facts, err := f.Client.ExportFacts(ctx, q, p)
		if fault.Key(err) != "export.unsealed" || f.Clock.Now().Sub(begun) > untilSealed {
			return facts, err
		}
		if err := clock.Sleep(ctx, f.Clock, again); err != nil {
			return engineapi.ExportFacts{}, context.Cause(ctx)
		}
	}
}

func fill(a *evidence.Asked, facts *engineapi.ExportFacts) {
	a.Mask = "none"
	switch {
	case facts.Lift != "":
		a.Mask = "lifted " + string(facts.Lift)
	case facts.Masked:
		a.Mask = "painted"
	}
	a.Stretch = nil
	for _, s := range facts.Stretches {
		if s.Kind != "recorded" {
			a.Stretch = append(a.Stretch, evidence.Stretch{From: s.From, To: s.To, Cause: string(s.Cause)})
		}
	}
	a.Clock.Server = server(&facts.Time)
	a.Clock.Offsets = nil
	for _, c := range facts.Clock {
		a.Clock.Offsets = append(a.Clock.Offsets, evidence.Offset{At: c.At, Offset: time.Duration(c.OffsetMS) * time.Millisecond})
	}
	a.Segments = nil
	for _, s := range facts.Segments {
		a.Segments = append(a.Segments, evidence.Segment{ID: s.ID, Log: facts.Log, Index: s.Index, SHA256: s.SHA256, From: s.From, To: s.To, Pictures: s.Pictures})
	}
	var permits []string
	for _, id := range facts.Permits {
		permits = append(permits, string(id))
	}
	a.Camera.Permit = strings.Join(permits, " ")
}

// server says how the recorder's clock is kept.
func server(t *engineapi.TimeState) string {
	switch {
	case t.Held:
		return fmt.Sprintf("Et spring frem til %s er ikke bekræftet / a jump forward is not confirmed", t.Wall.UTC().Format(time.RFC3339))
	case t.Synced:
		return "Stillet af en tidsserver (NTP) / kept by a time server (NTP)"
	}
	return "Ikke stillet af en tidsserver / not kept by a time server"
}

func (f *Footage) log(ctx context.Context, a *evidence.Asked, facts *engineapi.ExportFacts) (l evidence.Log, err error) {
	q, p, err := f.ask(ctx, a.Camera.ID, a.From, a.To)
	if err != nil {
		return l, err
	}
	body, err := f.Client.ExportLog(ctx, q, p)
	if err != nil {
		return l, err
	}
	defer body.Close()
	extract, err := io.ReadAll(io.LimitReader(body, maxExtract+1))
	if err != nil {
		return l, fault.As(fault.Unavailable, "engine.away", err)
	}
	if len(extract) > maxExtract {
		return l, fault.New(fault.Exhausted, "evidence.log", "the ledger's entries are more than %d bytes", maxExtract)
	}
	return evidence.Log{Origin: facts.Log, Extract: slices.Clip(extract), Key: facts.LogKey}, nil
}

func stretches(list []engineapi.Stretch) (out []evidence.Stretch) {
	for _, s := range list {
		out = append(out, evidence.Stretch{From: s.From, To: s.To})
	}
	return out
}
