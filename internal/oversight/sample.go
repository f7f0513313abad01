package oversight

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Sample is what an inspector had drawn here, of uses of a span of time: the
// seed is words that the inspector says aloud.
type Sample struct {
	ID, Controller, Number string
	At                     time.Time
	ByName                 string
	Inspector              string // authority and case
	Words                  string
	Kinds                  accesslog.Words // none: all
	N                      int64
	Since, Until           time.Time
	Through                int64 // index of the entry of the act: nothing later is drawn from
	Uses                   int64 // how many there were
	Drawn                  string
	Concluded              time.Time
	Conclusion             string
}

// Indexes are the entries that were drawn.
func (s Sample) Indexes() (out []int64) {
	if json.Unmarshal([]byte(s.Drawn), &out) != nil {
		return nil
	}
	return out
}

// Bounds of an inspector's sample.
const (
	MostSample    = 200
	LongestSample = 366 * 24 * time.Hour
	ShortestWords = 8 // characters
)

// WordSeed is the seed that words are: SHA-256 of them in small letters, with
// one blank between and none around.
func WordSeed(words string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(strings.Fields(strings.ToLower(words)), " ")))
}

// sampled draws n of uses by a seed: those with the lowest tickets.
func sampled(seed [sha256.Size]byte, uses []int64, n int) []int64 {
	all := make([]Candidate, len(uses))
	for i, u := range uses {
		all[i].Index = u
	}
	var out []int64
	for _, c := range lots(seed, all)[:min(n, len(all))] {
		out = append(out, c.Index)
	}
	slices.Sort(out)
	return out
}

const selectSample = `SELECT id, controller, number, at, by_name, inspector, words, kinds, n, since, until, through, uses, drawn, concluded, conclusion FROM oversight_samples WHERE `

// Inspect draws a sample for an inspector: fault.Invalid sample.words,
// sample.n, sample.span, sample.inspector.
func (r *Room) Inspect(ctx context.Context, s Sample, who Who) (Sample, error) {
	s.Words, s.Inspector = strings.Join(strings.Fields(s.Words), " "), strings.TrimSpace(s.Inspector)
	switch {
	case len([]rune(s.Words)) < ShortestWords || len(s.Words) > 500:
		return s, fault.New(fault.Invalid, "sample.words", "words")
	case s.N < 1 || s.N > MostSample:
		return s, fault.New(fault.Invalid, "sample.n", "%d uses", s.N)
	case !s.Since.Before(s.Until) || s.Until.Sub(s.Since) > LongestSample:
		return s, fault.New(fault.Invalid, "sample.span", "from %s to %s", s.Since, s.Until)
	case s.Inspector == "":
		return s, fault.New(fault.Invalid, "sample.inspector", "whose")
	}
	for _, k := range s.Kinds.List() {
		if !slices.Contains(accesslog.Kinds(), accesslog.Kind(k)) {
			return s, fault.New(fault.Invalid, "sample.kinds", "kind %q", k)
		}
	}
	now := moment(r.c.Clock.Now())
	s.ID, s.Controller, s.At, s.ByName = newID(), who.Controller, now, who.Name
	err := r.c.DB.Write(ctx, func(tx *db.Tx) (err error) {
		n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM oversight_samples WHERE controller = ?`, s.Controller)
		if err != nil {
			return err
		}
		s.Number = fmt.Sprintf("T%d", n+1)
		if s.Through, err = r.enter(ctx, tx, "review.sampled", who, map[string]any{"sample": s.ID, "number": s.Number, "recipient": s.Inspector, "words": s.Words, "kinds": s.Kinds.List(), "n": s.N,
			"since": s.Since.UTC(), "until": s.Until.UTC()}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO oversight_samples (id, controller, number, at, by_name, inspector, words, kinds, n, since, until, through, uses, drawn, concluded, conclusion) VALUES (`+db.Marks(16)+`)`,
			s.ID, s.Controller, s.Number, s.At, s.ByName, s.Inspector, s.Words, string(s.Kinds), s.N, s.Since, s.Until, s.Through, 0, "[]", time.Time{}, "")
		return err
	})
	if err != nil {
		return s, err
	}
	return r.again(ctx, s)
}

// again draws a sample by its words, and keeps what was drawn.
func (r *Room) again(ctx context.Context, s Sample) (Sample, error) {
	drawn, uses, err := r.Redraw(ctx, s)
	if err != nil {
		return s, err
	}
	list, err := json.Marshal(drawn)
	if err != nil {
		return s, fault.As(fault.Internal, "", err)
	}
	s.Drawn, s.Uses = string(list), int64(uses)
	return s, r.c.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE oversight_samples SET drawn = ?, uses = ? WHERE id = ?`, s.Drawn, s.Uses, s.ID)
		return err
	})
}

// Redraw draws a sample anew from the log as it is: the same words give the
// same uses for as long as the log holds them.
func (r *Room) Redraw(ctx context.Context, s Sample) (drawn []int64, of int, err error) {
	var all []int64
	kinds := s.Kinds.List()
	err = r.c.Uses.All(ctx, accesslog.Query{Controller: s.Controller, From: s.Since, To: s.Until}, func(u accesslog.Use) error {
		if u.Controller == s.Controller && u.Index < s.Through && (len(kinds) == 0 || slices.Contains(kinds, string(u.Kind))) {
			all = append(all, u.Index)
		}
		return nil
	})
	return sampled(WordSeed(s.Words), all, int(s.N)), len(all), err
}

// Samples lists a controller's, the newest first.
func (r *Room) Samples(ctx context.Context, controller string) (out []Sample, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		out, err = db.All[Sample](ctx, tx, selectSample+`controller = ? ORDER BY at DESC LIMIT 500`, controller)
		return err
	})
	return out, err
}

// Sample is one, with its uses, the oldest first. Another controller's is
// fault.NotFound.
func (r *Room) Sample(ctx context.Context, controller, id string) (s Sample, uses []accesslog.Use, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		s, err = db.One[Sample](ctx, tx, selectSample+`controller = ? AND id = ?`, controller, id)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.NotFound, "review.unknown", "no sample %.40q", id)
	}
	if err != nil {
		return s, nil, err
	}
	for _, index := range s.Indexes() {
		u, err := r.c.Uses.Use(ctx, controller, index)
		if fault.Is(err, fault.NotFound) {
			continue // the log has deleted it since
		}
		if err != nil {
			return s, nil, err
		}
		uses = append(uses, u)
	}
	slices.SortFunc(uses, func(a, b accesslog.Use) int { return cmp.Compare(a.Index, b.Index) })
	return s, uses, nil
}

// Conclude writes down what the inspector found.
func (r *Room) Conclude(ctx context.Context, id, conclusion string, who Who) error {
	if !long(conclusion) {
		return fault.New(fault.Invalid, "sample.conclusion", "no conclusion")
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE oversight_samples SET concluded = ?, conclusion = ? WHERE id = ? AND controller = ? AND concluded = 0`, moment(r.c.Clock.Now()), strings.TrimSpace(conclusion), id, who.Controller)
		if err == nil && n == 0 {
			err = fault.New(fault.Denied, "sample.concluded", "sample %.40q", id)
		}
		if err != nil {
			return err
		}
		_, err = r.enter(ctx, tx, "review.concluded", who, map[string]any{"sample": id, "conclusion": strings.TrimSpace(conclusion)})
		return err
	})
}
