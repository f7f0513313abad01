// Package yearly counts a controller's year of video surveillance, for the
// council and for the public (årsberetning).
//
// What it promises: every figure is counted from the registers, the log, the
// rooms and the recorder's own proofs, beside the same months of the year
// before; what cannot be counted is said to be unknown, never nought.
//
// What it refuses: names. In what is for the public nothing is counted so small
// that somebody can be told by it, nor can it be reckoned from the rest.
package yearly

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/hold"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/oversight"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/request"
)

// Span is a year, or a quarter of it.
type Span struct {
	Year    int
	Quarter int // 1 to 4; 0: the whole year
}

// Months are where the months of a span begin, and where the last ends. None
// lies after now: of a span that is not over, what there is of it is counted.
func (s Span) Months(zone *time.Location, now time.Time) (out []time.Time) {
	first, n := time.Month(1), 12
	if s.Quarter > 0 {
		first, n = time.Month(3*s.Quarter-2), 3
	}
	for i := range n + 1 {
		at := time.Date(s.Year, first+time.Month(i), 1, 0, 0, 0, 0, zone)
		if at.After(now) {
			if i > 0 {
				out = append(out, now)
			}
			break
		}
		out = append(out, at)
	}
	return out
}

// Count is how many, or one of the values below.
type Count int64

// What is not a number.
const (
	Few     Count = -1 // one or two
	Hidden  Count = -2 // left out, or one of the few could be reckoned from it
	Unknown Count = -3 // it cannot be counted
)

// Line is one figure beside that of the year before.
type Line struct {
	ID        string
	N, Before Count
}

// Group is figures that belong together.
type Group struct {
	ID    string
	Lines []Line
}

// Place is a location's figures in the span.
type Place struct {
	ID, Name string // without an ID: several, merged
	Merged   int    // of so many
	Counts   [Columns]Count
}

// The columns of a place.
const (
	Cameras = iota
	Hours
	Views
	Lives
	Refused
	Incidents
	Disclosures
	Columns
)

// Month is a month of the span.
type Month struct {
	From             time.Time
	Views, Incidents int64
}

// Report (årsberetning) is the figures of a span.
type Report struct {
	Span
	Made, From, To       time.Time // To is not included
	BeforeFrom, BeforeTo time.Time
	Over                 bool // the span is over
	Public               bool
	Controller           string
	Groups               []Group
	Places               []Place
	Months               []Month
	// EngineAway says that the recorder did not answer.
	EngineAway bool
}

// Group finds one by its id; the zero Group when it is not there.
func (r Report) Group(id string) Group {
	if i := slices.IndexFunc(r.Groups, func(g Group) bool { return g.ID == id }); i >= 0 {
		return r.Groups[i]
	}
	return Group{}
}

// Line finds one by its id; Unknown when it is not there.
func (g Group) Line(id string) Line {
	if i := slices.IndexFunc(g.Lines, func(l Line) bool { return l.ID == id }); i >= 0 {
		return g.Lines[i]
	}
	return Line{ID: id, N: Unknown, Before: Unknown}
}

// Engine is what the recorder is asked; an engineapi.Client answers it.
type Engine interface {
	Tallies(ctx context.Context, from, to time.Time) ([]engineapi.Tally, error)
}

// Breaches counts a controller's breaches of personal data security that became
// known in an interval, and those of them that were reported to Datatilsynet.
type Breaches func(ctx context.Context, controller string, from, to time.Time) (known, reported int64, err error)

// Config is the rooms that are counted in; all of it is needed but Breaches.
type Config struct {
	Clock       clock.Clock
	Zone        *time.Location
	Register    *register.Register
	Issuer      *issuer.Issuer
	Uses        *accesslog.Log
	Incidents   *incident.Room
	Disclosures *disclosure.Room
	Requests    *request.Room
	Holds       *hold.Room
	Review      *oversight.Room
	Engine      Engine
	Breaches    Breaches
}

// Room makes reports.
type Room struct{ c Config }

// New is a room on the rooms of c.
func New(c Config) *Room { return &Room{c} }

// part says which figures a group has. Figures of people and of what they did
// are personal: in what is for the public they are not told when they are small.
// Of a sum the first line is the others together.
type part struct {
	id            string
	personal, sum bool
	lines         []string
}

// layout is the figures in their order.
var layout = []part{
	{"cameras", false, false, []string{"places", "up", "permitted", "added", "removed", "hours"}},
	{"looks", true, false, []string{"views", "stills", "copies"}},
	{"live", true, false, []string{"begun", "alone"}},
	{"refused", true, false, []string{"footage", "still", "live", "evidence", "rights"}},
	{"incidents", true, true, []string{"opened", "established", "presumed", "none", "unsaid"}},
	{"disclosures", true, false, []string{"police", "consent", "law", "dispute", "registered", "declined"}},
	{"locks", true, false, []string{"made", "released"}},
	{"requests", true, false, []string{"access", "rectify", "erase", "restrict", "object", "late"}},
	{"deletions", false, false, []string{"due", "done", "late"}},
	{"review", true, true, []string{"drawn", "justified", "unjustified", "unclear", "open"}},
	{"stops", true, false, []string{"stopped", "restarted"}},
	{"breaches", true, false, []string{"known", "reported"}},
}

// Of counts a span of a controller.
func (r *Room) Of(ctx context.Context, controller string, s Span) (Report, error) {
	now := r.c.Clock.Now().In(r.c.Zone)
	who, err := r.c.Register.Controller(ctx, controller)
	if err != nil {
		return Report{}, err
	}
	marks := s.Months(r.c.Zone, now)
	earlier := Span{s.Year - 1, s.Quarter}.Months(r.c.Zone, now.AddDate(-1, 0, 0))
	if len(marks) < 2 || len(earlier) < 2 {
		return Report{Span: s, Made: now, Controller: who.Name}, nil
	}
	out := Report{Span: s, Made: now, From: marks[0], To: marks[len(marks)-1], BeforeFrom: earlier[0], BeforeTo: earlier[len(earlier)-1], Controller: who.Name}
	out.Over = out.To.Before(now)
	this, err := r.count(ctx, controller, marks)
	if err != nil {
		return Report{}, err
	}
	before, err := r.count(ctx, controller, earlier)
	if err != nil {
		return Report{}, err
	}
	for _, g := range layout {
		if g.id == "breaches" && r.c.Breaches == nil {
			continue
		}
		group := Group{ID: g.id}
		for _, l := range g.lines {
			group.Lines = append(group.Lines, Line{l, this.of(g.id, l), before.of(g.id, l)})
		}
		out.Groups = append(out.Groups, group)
	}
	out.Places, out.Months, out.EngineAway = this.sorted(), this.months, this.away
	return out, nil
}
