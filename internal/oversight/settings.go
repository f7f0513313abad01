package oversight

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Settings are what a controller has decided of its review.
type Settings struct {
	Every Every `json:"every"`
	Sizes
	// AnswerDays and ReviewDays are working days: for the user to say why, and
	// for the reviewer from the draw to the decision.
	AnswerDays int `json:"answer_days"`
	ReviewDays int `json:"review_days"`
	// Begins and Stops are the hours of a working day.
	Begins int            `json:"begins"`
	Stops  int            `json:"stops"`
	Off    []string       `json:"off"` // rules that are not used
	Limits map[string]int `json:"limits"`
}

// Usual are the settings of whoever has decided nothing.
func Usual() Settings {
	return Settings{Every: Week, Sizes: Sizes{Least: 10, Percent: 5, Cap: 60}, AnswerDays: 5, ReviewDays: 10, Begins: 7, Stops: 18}
}

// Limit is the number of a rule.
func (s Settings) Limit(r Rule) int {
	if n, ok := s.Limits[r.ID]; ok && n > 0 {
		return n
	}
	return r.Limit
}

// check says what is wrong: fault.Invalid review.settings.<field>.
func (s Settings) check() error {
	bad := func(field string) error {
		return fault.New(fault.Invalid, "review.settings."+field, "settings of the review: %s", field)
	}
	known := func(id string) bool { return slices.ContainsFunc(rules, func(r Rule) bool { return r.ID == id }) }
	switch {
	case s.Every != Week && s.Every != Month:
		return bad("every")
	case s.PerMille < 0 || s.PerMille > 500:
		return bad("share")
	case s.Least < 5 || s.Least > 200:
		return bad("least")
	case s.Percent < 1 || s.Percent > 100:
		return bad("percent")
	case s.Cap < s.Least || s.Cap > 2000:
		return bad("cap")
	case s.AnswerDays < 1 || s.AnswerDays > 20:
		return bad("answer")
	case s.ReviewDays <= s.AnswerDays || s.ReviewDays > 60:
		return bad("review")
	case s.Begins < 0 || s.Stops > 24 || s.Begins >= s.Stops:
		return bad("hours")
	case slices.ContainsFunc(s.Off, func(id string) bool { return !known(id) }):
		return bad("off")
	}
	for id, n := range s.Limits {
		if !known(id) || n < 1 || n > 1000 {
			return bad("limit")
		}
	}
	return nil
}

// Settings are a controller's.
func (r *Room) Settings(ctx context.Context, controller string) (s Settings, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = settingsIn(ctx, tx, controller)
		return err
	})
	return s, err
}

func settingsIn(ctx context.Context, tx *db.Tx, controller string) (Settings, error) {
	s := Usual()
	data, err := db.One[string](ctx, tx, `SELECT data FROM oversight_settings WHERE controller = ?`, controller)
	if fault.Is(err, fault.NotFound) {
		return s, nil
	}
	if err == nil {
		err = fault.As(fault.Corrupt, "review.settings", json.Unmarshal([]byte(data), &s))
	}
	return s, err
}

// Decide changes a controller's settings, with the reason; what is drawn later
// is drawn by them. The change itself is always reviewed.
func (r *Room) Decide(ctx context.Context, s Settings, reason string, who Who) error {
	if err := s.check(); err != nil {
		return err
	}
	if !long(reason) {
		return fault.New(fault.Invalid, "review.reason", "no reason")
	}
	data, err := json.Marshal(s)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO oversight_settings (controller, data) VALUES (?, ?) ON CONFLICT (controller) DO UPDATE SET data = EXCLUDED.data`,
			who.Controller, string(data)); err != nil {
			return err
		}
		_, err := r.enter(ctx, tx, "review.settings", who, map[string]any{"reason": strings.TrimSpace(reason), "settings": s})
		return err
	})
}

// Shortest is how much a reason, a question or an answer takes, in characters.
const Shortest = 10

// Longest is how much they may be.
const Longest = 2000

func long(s string) bool {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	return n >= Shortest && n <= Longest
}
