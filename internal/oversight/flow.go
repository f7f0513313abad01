package oversight

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// itemRow is an item as the table has it.
type itemRow struct {
	ID, Controller, Period, Number        string
	Idx                                   int64
	Stratum, Rules, Unit, Kind, Entry     string
	Person, Name                          string
	At                                    time.Time
	Place, Barred                         string
	Drawn, Due                            time.Time
	Reviewer, ReviewerName                string
	Asked, AnswerDue                      time.Time
	Question                              string
	Answered                              time.Time
	Answer                                string
	Decided                               time.Time
	Verdict, Reason, Decider, DeciderName string
	Escalated, Followed                   time.Time
	Outcome, FollowerName, Plant          string
	Done, Aged                            bool
}

const itemColumns = `id, controller, period, number, idx, stratum, rules, unit, kind, entry, person, name, at, place, barred, drawn, due, reviewer, reviewer_name, asked, answer_due, question,
	answered, answer, decided, verdict, reason, decider, decider_name, escalated, followed, outcome, follower_name, plant, done, aged`

func (w itemRow) item() Item {
	i := Item{ID: w.ID, Controller: w.Controller, Period: w.Period, Number: w.Number, Index: w.Idx, Stratum: Stratum(w.Stratum), Rules: accesslog.Words(w.Rules), Unit: w.Unit, Kind: accesslog.Kind(w.Kind), Entry: w.Entry,
		Person: w.Person, Name: w.Name, At: w.At, Place: w.Place, Drawn: w.Drawn, Due: w.Due, Reviewer: w.Reviewer, ReviewerName: w.ReviewerName, Asked: w.Asked, AnswerDue: w.AnswerDue, Question: w.Question,
		Answered: w.Answered, Answer: w.Answer, Decided: w.Decided, Verdict: Verdict(w.Verdict), Reason: w.Reason, Decider: w.Decider, DeciderName: w.DeciderName, Escalated: w.Escalated, Followed: w.Followed,
		Outcome: w.Outcome, FollowerName: w.FollowerName, Plant: w.Plant, Aged: w.Aged}
	if json.Unmarshal([]byte(w.Barred), &i.barred) != nil {
		i.barred = nil
	}
	return i
}

func insert(ctx context.Context, tx *db.Tx, i Item) error {
	barred, err := json.Marshal(i.barred)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	_, err = tx.Exec(ctx, `INSERT INTO oversight_items (`+itemColumns+`) VALUES (`+db.Marks(36)+`)`, i.ID, i.Controller, i.Period, i.Number, i.Index, string(i.Stratum), string(i.Rules), i.Unit, string(i.Kind), i.Entry,
		i.Person, i.Name, i.At, i.Place, string(barred), i.Drawn, i.Due, i.Reviewer, i.ReviewerName, i.Asked, i.AnswerDue, i.Question, i.Answered, i.Answer, i.Decided, string(i.Verdict), i.Reason, i.Decider, i.DeciderName,
		i.Escalated, i.Followed, i.Outcome, i.FollowerName, i.Plant, false, i.Aged)
	return err
}

// mostItems is how many items one question lists.
const mostItems = 5000

func (r *Room) find(ctx context.Context, where string, args ...any) (out []Item, err error) {
	err = r.c.DB.Read(ctx, func(tx *db.Tx) error {
		rows, err := db.All[itemRow](ctx, tx, `SELECT `+itemColumns+` FROM oversight_items WHERE `+where+` ORDER BY drawn DESC, number LIMIT ?`, append(args, mostItems)...)
		out = nil
		for _, w := range rows {
			out = append(out, w.item())
		}
		return err
	})
	return out, err
}

// Items are a controller's that were drawn since a moment, and those that are
// not done, the newest first.
func (r *Room) Items(ctx context.Context, controller string, since time.Time) ([]Item, error) {
	return r.find(ctx, `controller = ? AND (drawn >= ? OR done = 0)`, controller, since)
}

// Undone are a controller's that somebody has something to do about.
func (r *Room) Undone(ctx context.Context, controller string) ([]Item, error) {
	return r.find(ctx, `controller = ? AND done = 0`, controller)
}

// Of are the items of a period.
func (r *Room) Of(ctx context.Context, controller, period string) ([]Item, error) {
	return r.find(ctx, `controller = ? AND period = ?`, controller, period)
}

// Mine are those that a person has to answer for, or had.
func (r *Room) Mine(ctx context.Context, controller, person string) ([]Item, error) {
	return r.find(ctx, `controller = ? AND person = ? AND asked > 0`, controller, person)
}

// Raised are those that wait for what the management does.
func (r *Room) Raised(ctx context.Context, controller string) ([]Item, error) {
	return r.find(ctx, `controller = ? AND done = 0 AND verdict = 'unjustified'`, controller)
}

// Get is an item of a controller; another's is fault.NotFound "review.unknown".
func (r *Room) Get(ctx context.Context, controller, id string) (i Item, err error) {
	all, err := r.find(ctx, `controller = ? AND id = ?`, controller, id)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "review.unknown", "no item %.40q", id)
	}
	if err != nil {
		return i, err
	}
	return all[0], nil
}

// Take makes the person who acts the reviewer of an item.
func (r *Room) Take(ctx context.Context, id string, who Who) (Item, error) {
	return r.change(ctx, id, who, func(_ *db.Tx, i Item, now time.Time) (Item, string, map[string]any, error) {
		i, err := i.take(who, now)
		return i, "review.taken", nil, err
	})
}

// Ask asks whoever did it why; they have the controller's working days to
// answer.
func (r *Room) Ask(ctx context.Context, id, question string, who Who) (Item, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, i Item, now time.Time) (Item, string, map[string]any, error) {
		set, err := settingsIn(ctx, tx, i.Controller)
		if err == nil {
			i, err = i.ask(who, question, set.AnswerDays, now)
		}
		return i, "review.asked", map[string]any{"question": i.Question, "of": i.Person}, err
	})
}

// Answer is what whoever did it says.
func (r *Room) Answer(ctx context.Context, id, answer string, who Who) (Item, error) {
	return r.change(ctx, id, who, func(_ *db.Tx, i Item, now time.Time) (Item, string, map[string]any, error) {
		i, err := i.reply(who, answer, now)
		return i, "review.answered", map[string]any{"answer": i.Answer}, err
	})
}

// Judge is the reviewer's verdict, with its reason. A plant is told for what it
// was in the same transaction.
func (r *Room) Judge(ctx context.Context, id string, v Verdict, reason string, who Who) (Item, error) {
	return r.change(ctx, id, who, func(tx *db.Tx, i Item, now time.Time) (Item, string, map[string]any, error) {
		i, err := i.decide(who, v, reason, now)
		if err == nil && i.Plant != "" && v != Unclear {
			err = r.reveal(ctx, tx, i, now)
		}
		return i, "review.decided", map[string]any{"verdict": string(v), "reason": i.Reason, "of": i.Person}, err
	})
}

// Follow is what was done about an unjustified use.
func (r *Room) Follow(ctx context.Context, id, outcome string, who Who) (Item, error) {
	return r.change(ctx, id, who, func(_ *db.Tx, i Item, now time.Time) (Item, string, map[string]any, error) {
		i, err := i.follow(who, outcome, now)
		return i, "review.followed", map[string]any{"outcome": i.Outcome, "of": i.Person}, err
	})
}

// change does one step of an item, and enters it.
func (r *Room) change(ctx context.Context, id string, who Who, step func(*db.Tx, Item, time.Time) (Item, string, map[string]any, error)) (i Item, err error) {
	err = r.c.DB.Write(ctx, func(tx *db.Tx) error {
		w, err := db.One[itemRow](ctx, tx, `SELECT `+itemColumns+` FROM oversight_items WHERE id = ? AND controller = ?`, id, who.Controller)
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "review.unknown", "no item %.40q", id)
		}
		if err != nil {
			return err
		}
		var kind string
		var more map[string]any
		if i, kind, more, err = step(tx, w.item(), moment(r.c.Clock.Now())); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE oversight_items SET due = ?, reviewer = ?, reviewer_name = ?, asked = ?, answer_due = ?, question = ?, answered = ?, answer = ?, decided = ?, verdict = ?, reason = ?,
			decider = ?, decider_name = ?, followed = ?, outcome = ?, follower_name = ?, done = ? WHERE id = ?`, i.Due, i.Reviewer, i.ReviewerName, i.Asked, i.AnswerDue, i.Question, i.Answered, i.Answer, i.Decided, string(i.Verdict), i.Reason,
			i.Decider, i.DeciderName, i.Followed, i.Outcome, i.FollowerName, i.State(i.Decided) == Done, i.ID); err != nil {
			return err
		}
		body := map[string]any{"item": i.ID, "number": i.Number, "period": i.Period, "entry": i.Index}
		for k, v := range more {
			body[k] = v
		}
		_, err = r.enter(ctx, tx, kind, who, body)
		return err
	})
	return i, err
}

// escalate passes on what is late: it is on record once, and the data
// protection officers are told.
func (r *Room) escalate(ctx context.Context, controller string) error {
	all, err := r.find(ctx, `controller = ? AND done = 0 AND escalated = 0 AND due <= ?`, controller, r.c.Clock.Now())
	if err != nil || len(all) == 0 {
		return err
	}
	now := moment(r.c.Clock.Now())
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		for _, i := range all {
			if !i.Late(now) {
				continue
			}
			if _, err := tx.Exec(ctx, `UPDATE oversight_items SET escalated = ? WHERE id = ?`, now, i.ID); err != nil {
				return err
			}
			if _, err := r.enter(ctx, tx, "review.escalated", Who{Controller: controller}, map[string]any{"item": i.ID, "number": i.Number, "due": i.Due.UTC(), "reviewer": i.Reviewer}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Leads reports whether somebody answers for what an unjustified use is of: the
// manager of its place, and where it has none, the coordinators. The data
// protection officers see it too.
func (r *Room) Leads(ctx context.Context, i Item) (people []string, err error) {
	all, err := r.c.People.People(ctx, i.Controller)
	if err != nil {
		return nil, err
	}
	managers := []string{}
	if i.Place != "" {
		place, err := r.c.Register.Location(ctx, i.Controller, i.Place)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		holders, err := r.c.Register.Holders(ctx, i.Controller, bodyManager, "", "")
		if err != nil {
			return nil, err
		}
		managers = append(managers, place.ManagerPerson)
		for _, h := range holders {
			if place.ID != "" && h.Reaches(place) {
				managers = append(managers, h.Person)
			}
		}
	}
	for _, role := range []string{"", roleCoordinator} {
		for _, p := range all {
			if !p.Closed && p.ID != i.Person && (slices.Contains(managers, p.ID) || slices.Contains(p.Roles, role)) && !slices.Contains(people, p.ID) {
				people = append(people, p.ID)
			}
		}
		if len(people) > 0 {
			break
		}
	}
	for _, p := range all {
		if !p.Closed && p.ID != i.Person && slices.Contains(p.Roles, roleDPO) && !slices.Contains(people, p.ID) {
			people = append(people, p.ID)
		}
	}
	return people, nil
}
