package oversight

import (
	"context"
	"math"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
)

// KeepMonths is how long items say whom they are of; then only figures are left.
const KeepMonths = 12

// age forgets whom items, plants and inspectors' samples are of when they have
// their age. What is not decided is not forgotten.
func (r *Room) age(ctx context.Context, controller string) error {
	before := r.c.Clock.Now().AddDate(0, -KeepMonths, 0)
	if old, err := r.some(ctx, `SELECT (SELECT COUNT(*) FROM oversight_items WHERE controller = ? AND aged = 0 AND drawn < ? AND done = 1) + (SELECT COUNT(*) FROM oversight_plants WHERE controller = ? AND at < ? AND name <> '')
		+ (SELECT COUNT(*) FROM oversight_samples WHERE controller = ? AND at < ? AND by_name <> '')`, controller, before, controller, before, controller, before); err != nil || !old {
		return err
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		items, err := tx.Exec(ctx, `UPDATE oversight_items SET aged = 1, idx = 0, person = '', name = '', place = '', barred = '[]', reviewer = '', reviewer_name = '', question = '', answer = '', reason = '',
			decider = '', decider_name = '', outcome = '', follower_name = '' WHERE controller = ? AND aged = 0 AND drawn < ? AND done = 1`, controller, before)
		if err != nil {
			return err
		}
		plants, err := tx.Exec(ctx, `UPDATE oversight_plants SET person = '', name = '', mark = '', what = '', by_name = '', salt = '', idx = 0 WHERE controller = ? AND at < ? AND revealed > 0 AND revealed < ? AND name <> ''`, controller, before, before)
		if err != nil {
			return err
		}
		samples, err := tx.Exec(ctx, `UPDATE oversight_samples SET drawn = '[]', by_name = '', conclusion = '' WHERE controller = ? AND at < ? AND by_name <> ''`, controller, before)
		if err != nil || items+plants+samples == 0 {
			return err
		}
		_, err = r.enter(ctx, tx, "review.aged", Who{Controller: controller}, map[string]any{"items": items, "plants": plants, "samples": samples})
		return err
	})
}

// Tally is what became of the items of one sort.
type Tally struct {
	Drawn, Justified, Unjustified, Unclear, Open, Late, Asked, Unanswered int
}

func (t *Tally) add(i Item, now time.Time) {
	t.Drawn++
	switch i.Verdict {
	case Justified:
		t.Justified++
	case Unjustified:
		t.Unjustified++
	case Unclear:
		t.Unclear++
	default:
		t.Open++
	}
	if i.Overdue(now) {
		t.Late++
	}
	if !i.Asked.IsZero() {
		t.Asked++
		if i.Answered.IsZero() && (late(i.AnswerDue, now) || !i.Decided.IsZero()) {
			t.Unanswered++
		}
	}
}

// Statistics is what the review found in a span, in figures that name nobody.
type Statistics struct {
	From, To time.Time
	// All and Strata leave out what was planted and is told.
	All    Tally
	Strata map[Stratum]Tally
	Rules  map[string]Tally // by what hit an item
	Units  map[string]Tally
	// Plants are those whose time is over, by what became of them.
	Plants  map[PlantState]int
	Periods int
	// Uses is how many uses there were in the periods that were drawn of.
	Uses int
}

// Shows is the share of misuse, in per cent, that the uses drawn by lot and
// found in order would have shown with a probability of 95 %; 0: nothing is to
// be said, since none is decided or misuse was found.
func (s Statistics) Shows() float64 {
	n, bad := 0, 0
	for _, x := range []Stratum{Random, Quarter} {
		n += s.Strata[x].Justified
		bad += s.Strata[x].Unjustified
	}
	if n == 0 || bad > 0 {
		return 0
	}
	return 100 * (1 - math.Pow(0.05, 1/float64(n)))
}

// Statistics counts what was drawn from one moment to before another.
func (r *Room) Statistics(ctx context.Context, controller string, from, to time.Time) (s Statistics, err error) {
	items, err := r.find(ctx, `controller = ? AND drawn >= ? AND drawn < ?`, controller, from, to)
	if err != nil {
		return s, err
	}
	var plants []Plant
	var periods []Period
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		if plants, err = db.All[Plant](ctx, tx, selectPlant+`controller = ? AND at >= ? AND at < ?`, controller, from, to); err != nil {
			return err
		}
		periods, err = db.All[Period](ctx, tx, selectPeriod+`controller = ? AND drawn >= ? AND drawn < ?`, controller, from, to)
		return err
	})
	return Count(items, plants, periods, from, to, r.c.Clock.Now()), err
}

// Count is the statistics of items, plants and periods.
func Count(items []Item, plants []Plant, periods []Period, from, to, now time.Time) Statistics {
	s := Statistics{From: from, To: to, Strata: map[Stratum]Tally{}, Rules: map[string]Tally{}, Units: map[string]Tally{}, Plants: map[PlantState]int{}, Periods: len(periods)}
	told := map[string]bool{}
	for _, p := range plants {
		if p.State != Waiting && p.State != Caught {
			s.Plants[p.State]++
			told[p.ID] = true
		}
	}
	for _, p := range periods {
		s.Uses += p.Figures().Uses
	}
	count := func(t Tally, i Item) Tally {
		t.add(i, now)
		return t
	}
	for _, i := range items {
		if i.Plant != "" && told[i.Plant] {
			continue
		}
		s.All.add(i, now)
		s.Strata[i.Stratum] = count(s.Strata[i.Stratum], i)
		s.Units[i.Unit] = count(s.Units[i.Unit], i)
		for _, rule := range i.Rules.List() {
			s.Rules[rule] = count(s.Rules[rule], i)
		}
	}
	return s
}

// Counts counts uses for the charts; see [accesslog.Log.Counts].
func (r *Room) Counts(ctx context.Context, controller string, from, to time.Time) ([]accesslog.Count, error) {
	return r.c.Uses.Counts(ctx, controller, from, to)
}
