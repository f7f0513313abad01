package dossier

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/register"
)

// Query says which cases are wanted; what is zero does not limit.
type Query struct {
	Controller string
	// Text is words that must all be found in id, number, title, applicant or
	// the names and addresses of the locations, in any order and case.
	Text   string
	Status []casework.Status
	Body   string // whose turn it is
	Person string // who applied, wrote or acted
	// Mine are the cases that wait for this person: an open step is of a body
	// that they hold for its places, or of the applicant that they are.
	Mine           string
	Administration string
	Location       string
	Camera         string
	// Locations limits the answer to cases of these; nil for no such limit.
	Locations []string
	Late      bool
	// Ending, unless zero, limits the answer to approvals that run out before it
	// and have not yet.
	Ending time.Time
	// Sort is "touched" (the default, newest first), "id", "title", "since",
	// "due", "status" or "valid"; Desc turns it round.
	Sort   string
	Desc   bool
	Limit  int // 0 is 50, at most 500
	Offset int
}

// Row is a case in a list.
type Row struct {
	Controller     string
	ID             string
	Number         string
	Administration string
	Title          string
	Applicant      string
	ApplicantName  string
	Process        string
	Version        int
	Status         casework.Status
	Step           string    // that is due first; empty when none is open
	Body           string    // whose it is
	Since          time.Time // it has been open
	Due            time.Time
	Opened         time.Time
	Ended          time.Time
	ValidTo        time.Time
	Revision       int
	Replaces       string
	Locations      names
	Cameras        int
	Touched        time.Time
	Open           int // steps that are open
}

// names is a list of ids as a column keeps it.
type names []string

// Scan reads it from its column.
func (n *names) Scan(src any) (err error) {
	switch s := src.(type) {
	case string:
		*n, err = fromJSON[names](s)
	case []byte:
		*n, err = fromJSON[names](string(s))
	}
	return err
}

// List gives the cases that a query selects, and how many there are in all.
func (r *Room) List(ctx context.Context, q Query) (rows []Row, total int, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		where, args, err := r.where(ctx, tx, q)
		if err != nil {
			return err
		}
		if total, err = count(ctx, tx, where, args); err != nil {
			return err
		}
		limit := q.Limit
		if limit <= 0 {
			limit = 50
		}
		rows, err = db.All[Row](ctx, tx, `SELECT c.controller, c.id, c.number, c.administration, c.title, c.applicant, c.applicant_name, c.process, c.version,
			c.status, c.step, c.body, c.since, c.due, c.opened, c.ended, c.valid_to, c.revision, c.replaces, c.locations, c.cameras, c.touched,
			(SELECT COUNT(*) FROM case_turns t WHERE t.controller = c.controller AND t.case_id = c.id) AS open
			FROM `+those(q, where), append(args, min(limit, 500), max(q.Offset, 0))...)
		return err
	})
	return rows, total, err
}

// those are the cases of a page, in order. They are chosen by id first, so that
// nothing but those of the page is read whole; limit and offset are bound last.
func those(q Query, where string) string {
	by := ` ORDER BY ` + order(q)
	return `(SELECT c.controller AS of, c.id AS one FROM cases c WHERE ` + where + by + ` LIMIT ? OFFSET ?) p JOIN cases c ON c.controller = p.of AND c.id = p.one` + by
}

// Count is how many cases a query selects.
func (r *Room) Count(ctx context.Context, q Query) (total int, err error) {
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		where, args, err := r.where(ctx, tx, q)
		if err == nil {
			total, err = count(ctx, tx, where, args)
		}
		return err
	})
	return total, err
}

func count(ctx context.Context, tx *db.Tx, where string, args []any) (int, error) {
	n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM cases c WHERE `+where, args...)
	return int(n), err
}

func order(q Query) string {
	by := map[string]string{
		"id": "c.id", "title": "c.title", "since": "c.since", "status": "c.status", "touched": "c.touched",
		// What has no end sorts behind what has one.
		"due": "CASE c.due WHEN 0 THEN 1 ELSE 0 END, c.due", "valid": "CASE c.valid_to WHEN 0 THEN 1 ELSE 0 END, c.valid_to",
	}[q.Sort]
	down := q.Desc
	if by == "" {
		by, down = "c.touched", !q.Desc
	}
	if down {
		by += " DESC"
	}
	return by + ", c.id DESC"
}

func (r *Room) where(ctx context.Context, tx *db.Tx, q Query) (string, []any, error) {
	conds, args := []string{"c.controller = ?"}, []any{q.Controller}
	add := func(cond string, a ...any) { conds, args = append(conds, cond), append(args, a...) }
	for _, w := range strings.Fields(strings.ToLower(q.Text)) {
		add(`c.search LIKE ? ESCAPE '!'`, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(w)+"%")
	}
	if len(q.Status) > 0 {
		a := make([]any, len(q.Status))
		for i, s := range q.Status {
			a[i] = string(s)
		}
		add(`c.status IN (`+db.Marks(len(a))+`)`, a...)
	}
	in := func(table, cond string, a ...any) {
		add(`c.id IN (SELECT x.case_id FROM `+table+` x WHERE x.controller = ? AND `+cond+`)`, append([]any{q.Controller}, a...)...)
	}
	if q.Body != "" {
		in("case_turns", "x.body = ?", q.Body)
	}
	if q.Person != "" {
		in("case_people", "x.person = ? AND x.part = 1", q.Person)
	}
	if q.Administration != "" {
		add(`c.administration = ?`, q.Administration)
	}
	if q.Location != "" {
		in("case_locations", "x.location = ?", q.Location)
	}
	if q.Camera != "" {
		in("case_cameras", "x.camera = ?", q.Camera)
	}
	if q.Locations != nil {
		a := make([]any, len(q.Locations))
		for i, l := range q.Locations {
			a[i] = l
		}
		if len(a) == 0 {
			add(`1 = 0`)
		} else {
			in("case_locations", `x.location IN (`+db.Marks(len(a))+`)`, a...)
		}
	}
	if q.Late {
		in("case_turns", "x.due > 0 AND x.due <= ?", r.Clock.Now())
	}
	if !q.Ending.IsZero() {
		add("c.valid_to > ? AND c.valid_to < ?", r.Clock.Now(), q.Ending)
	}
	if q.Mine != "" {
		cond, a, err := r.mine(ctx, tx, q)
		if err != nil {
			return "", nil, err
		}
		add(cond, a...)
	}
	return strings.Join(conds, " AND "), args, nil
}

// mine is the condition that a case waits for a person.
func (r *Room) mine(ctx context.Context, tx *db.Tx, q Query) (string, []any, error) {
	held, err := r.Register.BodiesIn(ctx, tx, q.Controller, q.Mine)
	if err != nil {
		return "", nil, err
	}
	const turns = `c.id IN (SELECT x.case_id FROM case_turns x WHERE x.controller = ? AND `
	conds, args := []string{turns + "x.person = ?)"}, []any{q.Controller, q.Mine}
	for _, h := range held {
		cond := turns + "x.body = ?)"
		args = append(args, q.Controller, h.Body)
		if h.Administration != "" {
			cond += " AND c.administration = ?"
			args = append(args, h.Administration)
		}
		if h.Location != "" { // of every place of the case
			const at = `SELECT x.case_id FROM case_locations x WHERE x.controller = ? AND x.location `
			cond += ` AND c.id IN (` + at + `= ?) AND c.id NOT IN (` + at + `<> ?)`
			args = append(args, q.Controller, h.Location, q.Controller, h.Location)
		}
		conds = append(conds, "("+cond+")")
	}
	return "(" + strings.Join(conds, " OR ") + ")", args, nil
}

// Waiting is one step that waits for somebody, in a running case.
type Waiting struct {
	Case, Title string
	Process     *casework.Process
	casework.Turn
}

// Waiting lists the steps that wait for a person, what is due first in front,
// of at most so many cases.
func (r *Room) Waiting(ctx context.Context, controller, person string, most int) (out []Waiting, err error) {
	defer fault.Wrap(&err, "dossier.Waiting")
	q := Query{Controller: controller, Mine: person, Status: []casework.Status{casework.Open, casework.Established}, Sort: "due"}
	now := r.now()
	err = r.DB.Read(ctx, func(tx *db.Tx) error {
		out = nil
		where, args, err := r.where(ctx, tx, q)
		if err != nil {
			return err
		}
		machines, err := db.All[string](ctx, tx, `SELECT c.machine FROM `+those(q, where), append(args, most, 0)...)
		if err != nil {
			return err
		}
		held, err := r.Register.BodiesIn(ctx, tx, controller, person)
		if err != nil {
			return err
		}
		for _, m := range machines {
			c, err := fromJSON[casework.Case](m)
			if err != nil {
				return err
			}
			p, err := r.Process(c.Process, c.Version)
			if err != nil {
				return err
			}
			for _, t := range p.Ball(c, now) {
				if waits(c, p, t.Body, person, held) {
					out = append(out, Waiting{c.ID, c.Title, p, t})
				}
			}
		}
		return nil
	})
	return out, err
}

// waits says whether a step of a body waits for a person who holds these.
func waits(c casework.Case, p *casework.Process, body, person string, held []register.Holder) bool {
	if b, ok := p.Body(body); ok && b.Scope == casework.ScopeCase && c.Applicant == person {
		return true
	}
	return slices.ContainsFunc(held, func(h register.Holder) bool { return h.Body == body && reaches(h, c.Administration, c.Locations) })
}
