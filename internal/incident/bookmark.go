package incident

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Bookmark (bogmærke) is a moment or a stretch of what an incident names that
// somebody who looked wants to find again. It belongs to the incident, is seen
// by all who look in it, and goes when the incident closes: its words may tell
// of people, and stand nowhere else, not in the ledger either.
type Bookmark struct {
	ID       string
	Cameras  []string
	From, To time.Time // the same: a moment
	Words    string    // may be empty
	Made     time.Time
	Person   string // who made it
	Name     string
}

// Moment reports whether it is one moment.
func (b Bookmark) Moment() bool { return b.From.Equal(b.To) }

// MostBookmarks is how many one incident can have.
const MostBookmarks = 200

// bookmark refuses one that reaches outside what the incident names:
// fault.Denied "look.camera", "look.interval"; fault.Invalid "bookmark.turned"
// and what [CheckText] says.
func (i Incident) bookmark(b Bookmark) error {
	s := i.Scope()
	if b.To.Before(b.From) {
		return fault.New(fault.Invalid, "bookmark.turned", "from %s to %s", b.From, b.To)
	}
	if len(b.Cameras) == 0 || !within(b.Cameras, s.Cameras) {
		return i.denied("look.camera")
	}
	if b.From.Before(s.From) || b.To.After(s.To) {
		return i.denied("look.interval")
	}
	return CheckText(b.Words, 0, Longest)
}

// Mark makes a bookmark. ID, Made, Person and Name are set here.
func (r *Room) Mark(ctx context.Context, id string, b Bookmark, who Who) (Bookmark, error) {
	b = b.tidy()
	b.ID, b.Made, b.Person, b.Name = db.NewID(), r.Clock.Now(), who.Person, who.Name
	_, err := r.act(ctx, id, who, "incident.marked", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if err := i.bookmark(b); err != nil {
			return nil, err
		}
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM incident_bookmarks WHERE incident = ?`, i.ID)
		if err != nil {
			return nil, err
		}
		if n >= MostBookmarks {
			return nil, fault.New(fault.Exhausted, "bookmark.many", "incident %s has %d bookmarks", i.Number, n)
		}
		cameras, err := json.Marshal(b.Cameras)
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
		_, err = tx.Exec(ctx, `INSERT INTO incident_bookmarks (id, incident, cameras, since, until, words, made, person, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			b.ID, i.ID, string(cameras), b.From, b.To, b.Words, b.Made, b.Person, b.Name)
		return b.entry(), err
	})
	return b, err
}

// Remark changes the cameras, the time or the words of a bookmark. Who made it
// stays.
func (r *Room) Remark(ctx context.Context, id string, b Bookmark, who Who) error {
	b = b.tidy()
	_, err := r.act(ctx, id, who, "incident.remarked", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if err := i.bookmark(b); err != nil {
			return nil, err
		}
		cameras, err := json.Marshal(b.Cameras)
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
		n, err := tx.Exec(ctx, `UPDATE incident_bookmarks SET cameras = ?, since = ?, until = ?, words = ? WHERE id = ? AND incident = ?`,
			string(cameras), b.From, b.To, b.Words, b.ID, i.ID)
		return b.entry(), unknownUnless(n, err, b.ID)
	})
	return err
}

// Unmark takes a bookmark away.
func (r *Room) Unmark(ctx context.Context, id, bookmark string, who Who) error {
	_, err := r.act(ctx, id, who, "incident.unmarked", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		n, err := tx.Exec(ctx, `DELETE FROM incident_bookmarks WHERE id = ? AND incident = ?`, bookmark, i.ID)
		return map[string]any{"bookmark": bookmark}, unknownUnless(n, err, bookmark)
	})
	return err
}

func unknownUnless(n int64, err error, bookmark string) error {
	if err == nil && n == 0 {
		return fault.New(fault.NotFound, "bookmark.unknown", "no bookmark %.40q", bookmark)
	}
	return err
}

// Bookmarks are those of an incident of a controller, by time.
func (r *Room) Bookmarks(ctx context.Context, controller, id string) (out []Bookmark, err error) {
	type row struct {
		ID, Cameras, Words, Person, Name string
		Since, Until, Made               time.Time
	}
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[row](ctx, tx, `SELECT b.id, b.cameras, b.since, b.until, b.words, b.made, b.person, b.name
			FROM incident_bookmarks b JOIN incidents i ON i.id = b.incident WHERE i.id = ? AND i.controller = ? ORDER BY b.since, b.made, b.id`, id, controller)
		for _, w := range rows {
			b := Bookmark{ID: w.ID, From: w.Since, To: w.Until, Words: w.Words, Made: w.Made, Person: w.Person, Name: w.Name}
			if err := json.Unmarshal([]byte(w.Cameras), &b.Cameras); err != nil {
				return fault.As(fault.Corrupt, "bookmark.cameras", err)
			}
			out = append(out, b)
		}
		return err
	})
	return out, err
}

func (b Bookmark) tidy() Bookmark {
	b.Cameras = slices.Compact(slices.Sorted(slices.Values(b.Cameras)))
	b.Words = tidy(b.Words)
	return b
}

// entry is what the ledger is told: which and when, and none of the words.
func (b Bookmark) entry() map[string]any {
	return map[string]any{"bookmark": b.ID, "cameras": b.Cameras, "from": b.From.UTC(), "to": b.To.UTC()}
}

// beside is what is taken with a bookmark on either side, so that a moment has
// what leads to it.
const beside = time.Minute

// Around is what bookmarks are about, for a lock or a disclosure to begin with:
// their cameras, from a minute before the first to a minute after the last, and
// no more than the incident names. Without any it is all that it names.
func (s Scope) Around(marks []Bookmark) Scope {
	if len(marks) == 0 {
		return s
	}
	out := s
	out.Cameras, out.From, out.To = nil, marks[0].From, marks[0].To
	for _, b := range marks {
		for _, c := range b.Cameras {
			if slices.Contains(s.Cameras, c) && !slices.Contains(out.Cameras, c) {
				out.Cameras = append(out.Cameras, c)
			}
		}
		if b.From.Before(out.From) {
			out.From = b.From
		}
		if b.To.After(out.To) {
			out.To = b.To
		}
	}
	if out.From = out.From.Add(-beside); out.From.Before(s.From) {
		out.From = s.From
	}
	if out.To = out.To.Add(beside); out.To.After(s.To) {
		out.To = s.To
	}
	if len(out.Cameras) == 0 || !out.From.Before(out.To) { // the incident names something else now
		return s
	}
	return out
}
