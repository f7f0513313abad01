package dossier

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// AnnexPaper is the kind of annex that the committee's paper is (H 2.4).
const AnnexPaper = "case-paper"

// Passage is what somebody wrote in a section of the paper for the committee
// (sagsfremstilling), in place of the draft.
type Passage struct {
	Section string
	Text    string
	Saved   time.Time
	Person  string
	Name    string
}

// Passages are the sections of a case's paper that somebody has written.
func (r *Room) Passages(ctx context.Context, controller, id string) (map[string]Passage, error) {
	var rows []Passage
	err := r.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All[Passage](ctx, tx, `SELECT section, text, saved, person, name FROM case_passages WHERE controller = ? AND case_id = ? ORDER BY section`, controller, id)
		return err
	})
	out := map[string]Passage{}
	for _, p := range rows {
		out[p.Section] = p
	}
	return out, err
}

// MayWritePaper says whether somebody writes the paper for the committee: the
// applicant, whoever writes applications for the case, and the bodies whose
// step asks for the paper.
func MayWritePaper(v View, who Who) bool {
	return paperWriter(v.Process, v.Case, casework.Actor{Person: who.Person, Bodies: v.Bodies})
}

func paperWriter(p *casework.Process, c casework.Case, a casework.Actor) bool {
	if c.Status != casework.Open && c.Status != casework.Established {
		return false
	}
	k := kept{Case: c, process: p}
	if k.writes(a) {
		return true
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; slices.Contains(s.Needs.Annexes, AnnexPaper) && slices.Contains(a.Bodies, s.Body) {
			return true
		}
	}
	return false
}

// WritePaper keeps sections of the paper for the committee; an empty text goes
// back to the draft. Whoever may not is Denied "case.body", a case that has
// ended Conflict "case.ended".
func (r *Room) WritePaper(ctx context.Context, controller, id string, sections map[string]string, who Who) (err error) {
	defer fault.Wrap(&err, "dossier.WritePaper(%s)", id)
	var names []string
	for s, text := range sections {
		if s == "" || len(s) > 40 || len(text) > maxRemarks {
			return fault.New(fault.Invalid, "paper.long", "section %.40q of %d bytes", s, len(text))
		}
		names = append(names, s)
	}
	slices.Sort(names)
	now := r.now()
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		k, err := r.load(ctx, tx, controller, id)
		if err != nil {
			return err
		}
		if !k.running() {
			return fault.New(fault.Conflict, "case.ended", "case %s has ended", id)
		}
		a, err := r.actor(ctx, tx, k.Case, who)
		if err != nil {
			return err
		}
		if !paperWriter(k.process, k.Case, a) {
			return fault.New(fault.Denied, "case.body", "%s does not write the paper of case %s", who.Person, id)
		}
		for _, s := range names {
			text := strings.TrimSpace(sections[s])
			if text == "" {
				_, err = tx.Exec(ctx, `DELETE FROM case_passages WHERE controller = ? AND case_id = ? AND section = ?`, controller, id, s)
			} else {
				_, err = tx.Exec(ctx, `INSERT INTO case_passages (controller, case_id, section, text, saved, person, name) VALUES (`+db.Marks(7)+`)
					ON CONFLICT (controller, case_id, section) DO UPDATE SET text = excluded.text, saved = excluded.saved, person = excluded.person, name = excluded.name`,
					controller, id, s, text, now, who.Person, who.Name)
			}
			if err != nil {
				return err
			}
		}
		_, err = r.Ledger.Append(ctx, tx, now, "case.paper", map[string]any{"case": id, "controller": controller, "person": who.Person, "name": who.Name, "sections": names})
		return err
	})
}
