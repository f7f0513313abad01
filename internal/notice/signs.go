package notice

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Where a sign hangs: the first two must be told of at least once for a location
// to have enough of them (H 6, D 3.4); a text to members and customers stands in
// the last two.
const (
	AtEntrance = "entrance" // every entrance has one
	Before     = "before"   // seen before the area is entered
	Inside     = "inside"   // several in large rooms
	Papers     = "papers"   // in what members and customers sign or are given
	Website    = "website"  // on the place's own
)

// Places are the ways to hang.
func Places() []string { return []string{AtEntrance, Before, Inside, Papers, Website} }

// What becomes of a check.
const (
	Fine    = "fine"
	Missing = "missing"
	Torn    = "torn"
	Renewed = "renewed" // a new one was put in its place, as it is printed now
)

// Findings are what a check can find.
func Findings() []string { return []string{Fine, Renewed, Missing, Torn} }

// WrongCamera is a report that a camera films what it should not (H 5.3).
const WrongCamera = "camera"

// Reported are what anybody can report.
func Reported() []string { return []string{Missing, Torn, WrongCamera} }

const (
	// CheckEvery is how long a sign is taken to hang as it was last seen.
	CheckEvery = 91 * 24 * time.Hour
	// ConfirmEvery is how often a page is confirmed.
	ConfirmEvery = 91 * 24 * time.Hour
	// LongWords bounds a text in bytes.
	LongWords = 2000
	shortest  = 3
)

// Sign (skilt) is one that hangs somewhere.
type Sign struct {
	ID, Controller, Location string
	Place                    string // see [Places]
	Words                    string // where, so that another finds it
	Format                   string // see [Formats]
	Spot                     Spot   // where it is on a plan; zero: not said
	Printed                  string // see [Content.Printed]
	Photo                    string // the newest picture of it, a document; empty: none
	Hung                     time.Time
	Name                     string // who hung it
	Checks                   []Check
	Removed                  time.Time
	Why                      string
}

// Check (tilsyn) is that somebody looked at it.
type Check struct {
	At      time.Time
	Name    string
	Finding string
	Words   string
}

// Last is the newest check; one that was never checked was fine when it was hung.
func (s Sign) Last() Check {
	if len(s.Checks) == 0 {
		return Check{At: s.Hung, Name: s.Name, Finding: Fine}
	}
	return s.Checks[len(s.Checks)-1]
}

// Due is when it must be looked at: at once, when it was missing or torn.
func (s Sign) Due() time.Time {
	if c := s.Last(); s.Wrong() {
		return c.At
	}
	return s.Last().At.Add(CheckEvery)
}

// Wrong reports whether it was missing or torn when it was last seen.
func (s Sign) Wrong() bool { c := s.Last(); return c.Finding == Missing || c.Finding == Torn }

// What a sign is made as. A poster tells members and customers more than a sign
// does, a text is words for their papers (D 3.4).
const (
	Poster = "poster"
	Text   = "text"
)

// Formats are what signs are made as.
func Formats() []string { return []string{"a4", "a3", "sticker", Poster, Text} }

// Report is what anybody says is wrong.
type Report struct {
	ID, Controller, Location string
	What                     string // see [Reported]
	Where, Words             string
	At                       time.Time
	Settled                  time.Time
	Outcome, Name            string // what was done, and who says so
}

func tidy(s string) string { return strings.TrimSpace(s) }

func words(key, s string, least int) error {
	if len([]rune(s)) < least || len(s) > LongWords {
		return bad(key)
	}
	return nil
}

// Hang records a sign that was hung: fault.Invalid sign.place, sign.words,
// sign.format.
func (r *Room) Hang(ctx context.Context, s Sign, who Who) (Sign, error) {
	s.Words = tidy(s.Words)
	switch {
	case !slices.Contains(Places(), s.Place):
		return s, bad("sign.place")
	case !slices.Contains(Formats(), s.Format), (s.Format == Text) != (s.Place == Papers || s.Place == Website):
		return s, bad("sign.format")
	}
	if err := words("sign.words", s.Words, shortest); err != nil {
		return s, err
	}
	if _, err := r.c.Register.Location(ctx, who.Controller, s.Location); err != nil {
		return s, err
	}
	s.ID, s.Controller, s.Hung, s.Name, s.Checks, s.Spot = db.NewID(), who.Controller, micro(r.c.Clock.Now()), who.Name, nil, Spot{}
	s.Printed = r.printed(s)
	err := r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.put(ctx, tx, s); err != nil {
			return err
		}
		return r.enter(ctx, tx, "sign.hung", s.Location, who, map[string]any{"sign": s.ID, "at": s.Place, "words": s.Words, "format": s.Format, "photo": s.Photo})
	})
	return s, err
}

func (r *Room) put(ctx context.Context, tx *db.Tx, s Sign) error {
	b, err := json.Marshal(s)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO notice_signs (id, controller, location, hung, removed, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET removed = excluded.removed, body = excluded.body`, s.ID, s.Controller, s.Location, s.Hung, !s.Removed.IsZero(), string(b))
	return err
}

// step changes a sign of the person's controller that hangs; another's is
// fault.NotFound "sign.unknown", one taken down fault.Conflict "sign.removed".
func (r *Room) step(ctx context.Context, id, kind string, who Who, f func(s *Sign, now time.Time) (map[string]any, error)) (s Sign, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		body, err := db.One[string](ctx, tx, `SELECT body FROM notice_signs WHERE id = ? AND controller = ?`, id, who.Controller)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "sign.unknown", "no sign %.40q", id)
		}
		if err != nil {
			return err
		}
		s = Sign{}
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			return fault.As(fault.Corrupt, "notice.body", err)
		}
		if !s.Removed.IsZero() {
			return fault.New(fault.Conflict, "sign.removed", "sign %s", id)
		}
		more, err := f(&s, micro(r.c.Clock.Now()))
		if err != nil {
			return err
		}
		if err := r.put(ctx, tx, s); err != nil {
			return err
		}
		more["sign"] = s.ID
		return r.enter(ctx, tx, kind, s.Location, who, more)
	})
	return s, err
}

// Check records that somebody looked at a sign: fault.Invalid sign.finding, and
// sign.said when something is wrong and it is not said what. photo, if not
// empty, is a picture of it.
func (r *Room) Check(ctx context.Context, id, finding, said, photo string, who Who) (Sign, error) {
	return r.step(ctx, id, "sign.checked", who, func(s *Sign, now time.Time) (map[string]any, error) {
		said := tidy(said)
		if !slices.Contains(Findings(), finding) {
			return nil, bad("sign.finding")
		}
		least := shortest
		if finding == Fine || finding == Renewed {
			least = 0
		}
		if err := words("sign.said", said, least); err != nil {
			return nil, err
		}
		if photo != "" {
			s.Photo = photo
		}
		if finding == Renewed {
			s.Printed = r.printed(*s)
		}
		s.Checks = append(s.Checks, Check{At: now, Name: who.Name, Finding: finding, Words: said})
		return map[string]any{"finding": finding, "words": said, "photo": photo}, nil
	})
}

// Remove records that a sign was taken down, and why: fault.Invalid sign.why.
func (r *Room) Remove(ctx context.Context, id, why string, who Who) (Sign, error) {
	return r.step(ctx, id, "sign.removed", who, func(s *Sign, now time.Time) (map[string]any, error) {
		s.Removed, s.Why = now, tidy(why)
		return map[string]any{"reason": s.Why}, words("sign.why", s.Why, shortest)
	})
}

// Sign is one of a controller; another's is fault.NotFound "sign.unknown".
func (r *Room) Sign(ctx context.Context, controller, id string) (Sign, error) {
	all, err := list[Sign](ctx, r.c.DB, `SELECT body FROM notice_signs WHERE controller = ? AND id = ?`, controller, id)
	if err != nil {
		return Sign{}, err
	}
	if len(all) == 0 {
		return Sign{}, fault.New(fault.NotFound, "sign.unknown", "no sign %.40q", id)
	}
	return all[0], nil
}

// Signs are those that hang at a location, or with an empty one at any, the
// oldest first.
func (r *Room) Signs(ctx context.Context, controller, location string) ([]Sign, error) {
	return list[Sign](ctx, r.c.DB, `SELECT body FROM notice_signs WHERE controller = ? AND (? = '' OR location = ?) AND removed = 0 ORDER BY hung, id`, controller, location, location)
}

// Reports are what was reported of a location, or with an empty one of any, and
// is not settled, the oldest first.
func (r *Room) Reports(ctx context.Context, controller, location string) ([]Report, error) {
	return list[Report](ctx, r.c.DB, `SELECT body FROM notice_reports WHERE controller = ? AND (? = '' OR location = ?) AND settled = 0 ORDER BY at, id`, controller, location, location)
}

func list[T any](ctx context.Context, d *db.DB, query string, args ...any) (out []T, err error) {
	err = d.Read(ctx, func(tx *db.Tx) error {
		out = nil
		bodies, err := db.All[string](ctx, tx, query, args...)
		for _, b := range bodies {
			var v T
			if err := json.Unmarshal([]byte(b), &v); err != nil {
				return fault.As(fault.Corrupt, "notice.body", err)
			}
			out = append(out, v)
		}
		return err
	})
	return out, err
}

// Report records what somebody says is wrong at the place of a page. Who it was
// is not asked: fault.Invalid report.what, report.where, report.words.
func (r *Room) Report(ctx context.Context, code string, in Report) error {
	p, ok := r.Page(code)
	if !ok {
		return fault.New(fault.NotFound, "notice.unknown", "no page %.40q", code)
	}
	in = Report{ID: db.NewID(), Controller: p.Controller, Location: p.Location, What: in.What, Where: tidy(in.Where), Words: tidy(in.Words), At: micro(r.c.Clock.Now())}
	if !slices.Contains(Reported(), in.What) {
		return bad("report.what")
	}
	if err := words("report.where", in.Where, shortest); err != nil {
		return err
	}
	if err := words("report.words", in.Words, 0); err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.putReport(ctx, tx, in); err != nil {
			return err
		}
		return r.enter(ctx, tx, "public.reported", in.Location, Who{Controller: in.Controller}, map[string]any{"report": in.ID, "what": in.What, "where": in.Where, "words": in.Words})
	})
}

func (r *Room) putReport(ctx context.Context, tx *db.Tx, in Report) error {
	b, err := json.Marshal(in)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO notice_reports (id, controller, location, at, settled, body) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET settled = excluded.settled, body = excluded.body`, in.ID, in.Controller, in.Location, in.At, !in.Settled.IsZero(), string(b))
	return err
}

// Settle records what was done about a report: fault.Invalid report.outcome.
func (r *Room) Settle(ctx context.Context, id, outcome string, who Who) error {
	outcome = tidy(outcome)
	if err := words("report.outcome", outcome, shortest); err != nil {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		body, err := db.One[string](ctx, tx, `SELECT body FROM notice_reports WHERE id = ? AND controller = ? AND settled = 0`, id, who.Controller)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "report.unknown", "no open report %.40q", id)
		}
		if err != nil {
			return err
		}
		var in Report
		if err := json.Unmarshal([]byte(body), &in); err != nil {
			return fault.As(fault.Corrupt, "notice.body", err)
		}
		in.Settled, in.Outcome, in.Name = micro(r.c.Clock.Now()), outcome, who.Name
		if err := r.putReport(ctx, tx, in); err != nil {
			return err
		}
		return r.enter(ctx, tx, "public.settled", in.Location, who, map[string]any{"report": in.ID, "outcome": outcome})
	})
}

// ReportOf is one that is not settled, of a controller; another's is
// fault.NotFound "report.unknown".
func (r *Room) ReportOf(ctx context.Context, controller, id string) (Report, error) {
	all, err := list[Report](ctx, r.c.DB, `SELECT body FROM notice_reports WHERE controller = ? AND id = ? AND settled = 0`, controller, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "report.unknown", "no open report %.40q", id)
	}
	if err != nil {
		return Report{}, err
	}
	return all[0], nil
}
