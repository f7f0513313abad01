// Package dossiertest plays cases through their processes, with another person
// for each body, for tests and the demonstration.
//
// What it promises: each act is one that the person could do by hand, through
// the room and nothing else. What it refuses: to pass over a step, or to go on
// where nobody can.
package dossiertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/staff"
)

// Player plays cases of one controller.
type Player struct {
	Room       *dossier.Room
	Register   *register.Register
	Clock      clock.Clock
	Controller string
	Cast       map[string]dossier.Who // who holds each body; they must hold it in the register too
	// Pass lets time go by where the process demands a wait; nil: it is an error.
	Pass func(time.Duration)
	// Say is what is written at some steps; the rest gets words of no matter.
	Say map[string]string
}

// PDF is the smallest file that passes for one.
const PDF = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"

const words = "Gennemgået sammen med stedets leder, som har set kameraernes placering og de tegninger, der ligger på sagen."

// Until does what is open, step by step, until one step is open; an empty step
// is until nothing is.
func (p *Player) Until(ctx context.Context, id, step string) error {
	for range 400 {
		v, err := p.Room.Look(ctx, p.Controller, id, dossier.Who{})
		if err != nil {
			return err
		}
		if len(v.Turns) == 0 || slices.ContainsFunc(v.Turns, func(t casework.Turn) bool { return t.Step == step }) {
			if step != "" && len(v.Turns) == 0 {
				return fmt.Errorf("case %s is %s and never came to %s", id, v.Case.Status, step)
			}
			return nil
		}
		if err := p.any(ctx, v); err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
	}
	return fmt.Errorf("case %s goes in circles", id)
}

// any does the first of the open steps that can be done.
func (p *Player) any(ctx context.Context, v dossier.View) error {
	var why []error
	var wait time.Time
	for _, t := range v.Turns {
		if t.Earliest.After(p.Clock.Now()) {
			if wait.IsZero() || t.Earliest.Before(wait) {
				wait = t.Earliest
			}
			continue
		}
		err := p.Step(ctx, v.Case.ID, t.Step)
		if err == nil {
			return nil
		}
		why = append(why, fmt.Errorf("%s: %w", t.Step, err))
	}
	if len(why) == 0 && p.Pass != nil {
		p.Pass(wait.Sub(p.Clock.Now()))
		return nil
	}
	return errors.Join(why...)
}

// Step does one open step as whoever holds it, in favour.
func (p *Player) Step(ctx context.Context, id, step string) error {
	v, err := p.Room.Look(ctx, p.Controller, id, dossier.Who{})
	if err != nil {
		return err
	}
	s, ok := v.Process.Step(step)
	if !ok {
		return fmt.Errorf("no step %s", step)
	}
	a := casework.Act{Step: step, Remarks: p.Say[step], Revision: v.Case.Revision}
	if a.Remarks == "" {
		a.Remarks = words
	}
	switch s.Kind {
	case casework.StepApply:
		a.Kind = casework.ActSend
	case casework.StepDecision:
		a.Kind = casework.ActApprove
	default:
		a.Kind = casework.ActComplete
	}
	now := p.Clock.Now()
	a.Answers = fill(s.Needs.Fields, nil, now)
	for _, c := range s.Needs.Confirm {
		a.Confirmed = append(a.Confirmed, c.ID)
	}
	who := p.of(v, s.Body)
	if err := p.need(ctx, v, s, who); err != nil {
		return err
	}
	_, _, err = p.Room.Act(ctx, p.Controller, id, a, who)
	return err
}

// Act does an act as whoever holds the body of its step.
func (p *Player) Act(ctx context.Context, id string, a casework.Act) error {
	v, err := p.Room.Look(ctx, p.Controller, id, dossier.Who{})
	if err != nil {
		return err
	}
	s, ok := v.Process.Step(a.Step)
	if !ok {
		return fmt.Errorf("no step %s", a.Step)
	}
	a.Revision = v.Case.Revision
	if a.Answers == nil {
		a.Answers = fill(s.Needs.Fields, nil, p.Clock.Now())
	}
	for _, c := range s.Needs.Confirm {
		a.Confirmed = append(a.Confirmed, c.ID)
	}
	_, _, err = p.Room.Act(ctx, p.Controller, id, a, p.of(v, s.Body))
	return err
}

func (p *Player) of(v dossier.View, body string) dossier.Who {
	if b, ok := v.Process.Body(body); ok && b.Scope == casework.ScopeCase {
		for _, w := range p.Cast {
			if w.Person == v.Case.Applicant {
				return w
			}
		}
		return dossier.Who{Person: v.Case.Applicant, Name: v.Case.Applicant}
	}
	return p.Cast[body]
}

// need sees to what a step needs of the world.
func (p *Player) need(ctx context.Context, v dossier.View, s *casework.Step, who dossier.Who) error {
	id := v.Case.ID
	if s.Needs.Probe {
		for _, c := range v.Facts.Cameras {
			e := register.Evidence{Camera: c, Controller: p.Controller, Statement: "00000000000000000000000000000000", By: who.Person,
				Found: register.Found{Probed: engineapi.Probed{Codec: "H.264", Width: 1920, Height: 1080, FPS: 12}}}
			if !slices.Contains(v.Facts.Probed, c) {
				if err := p.Register.KeepEvidence(ctx, e); err != nil {
					return err
				}
			}
		}
	}
	if s.Needs.Stills {
		for _, c := range v.Facts.Cameras {
			if err := p.Room.KeepStill(ctx, p.Controller, id, c, "00000000000000000000000000000000", who); err != nil {
				return err
			}
		}
	}
	if s.Needs.Staff {
		if err := p.tell(ctx, v, who); err != nil {
			return err
		}
	}
	kinds := slices.Clone(s.Needs.Annexes)
	if s.Kind == casework.StepApply {
		for _, k := range v.Process.Annexes {
			if k.Required {
				kinds = append(kinds, k.ID)
			}
		}
	}
	for _, kind := range kinds {
		k, ok := v.Process.Annex(kind)
		if !ok || v.Facts.Annexes[kind] > 0 || !k.When.Holds(v.Draft.Application.Answers) {
			continue
		}
		if _, err := p.Room.Attach(ctx, p.Controller, id, dossier.File{Kind: kind, Name: k.Title.DA + ".pdf", Body: strings.NewReader(PDF)}, who); err != nil {
			return err
		}
	}
	return nil
}

// tell hands the notice to whoever is on the rolls of a case's places, or says
// that nobody works there.
func (p *Player) tell(ctx context.Context, v dossier.View, by dossier.Who) error {
	room, ok := p.Room.Staff.(*staff.Room)
	if !ok {
		return nil
	}
	if err := room.Tick(ctx); err != nil {
		return err
	}
	who := staff.Who{Controller: p.Controller, Person: by.Person, Name: by.Name}
	for _, l := range v.Case.Locations {
		r, err := room.Of(ctx, p.Controller, l)
		if err != nil {
			return err
		}
		if len(r.Members) == 0 && r.Nobody == nil {
			if err := room.SayNobody(ctx, l, "Stedet er ubemandet.", who); err != nil {
				return err
			}
		}
		for _, m := range r.Members {
			if _, has := r.Receipt(m); has || r.Notice == nil || m.Since.After(p.Clock.Now()) {
				continue
			}
			how := staff.InPerson
			if m.Kind == staff.Firm {
				how = staff.ByStatement
			}
			if err := room.Write(ctx, l, staff.Note{Members: []string{m.ID}, Version: r.Notice.Version, Told: p.Clock.Now(), How: how, Words: "Givet på et personalemøde."}, who); err != nil {
				return err
			}
		}
	}
	return nil
}

// Answers fills in all tasks of a process: what is given, by a field's id or
// what it means, and words of no matter for the rest.
func Answers(p *casework.Process, given map[string]string, now time.Time) casework.Answers {
	out := casework.Answers{}
	for range 2 { // a second time for what depends on an answer
		for i := range p.Tasks {
			for id, a := range fill(p.Tasks[i].Fields, given, now) {
				out[id] = a
			}
		}
	}
	return out
}

func fill(fields []casework.Field, given map[string]string, now time.Time) casework.Answers {
	out := casework.Answers{}
	for i := range fields {
		f := &fields[i]
		text, ok := given[f.ID]
		if !ok && f.Means != "" {
			text, ok = given[f.Means]
		}
		if !f.When.Holds(out) || f.Optional && !ok {
			continue
		}
		out[f.ID] = answer(f, text, now)
	}
	return out
}

func answer(f *casework.Field, text string, now time.Time) casework.Answer {
	switch f.Kind {
	case casework.FieldRows, casework.FieldPeople:
		row := map[string]string{}
		for _, c := range f.RowColumns() {
			row[c.ID] = answer(&c, "", now).Text
		}
		if f.Kind == casework.FieldPeople {
			row = map[string]string{"name": "Birthe Kjær", "role": "Stedets leder", "contact": "99 99 99 99"}
		}
		return casework.Answer{Rows: []map[string]string{row}}
	case casework.FieldChoices:
		if text != "" {
			return casework.Answer{Many: strings.Split(text, ",")}
		}
		return casework.Answer{Many: []string{f.Choices[0].ID}}
	}
	if text != "" {
		return casework.Answer{Text: text}
	}
	switch f.Kind {
	case casework.FieldNumber:
		return casework.Answer{Text: strconv.Itoa(max(f.Min, 3))}
	case casework.FieldDate:
		return casework.Answer{Text: now.Format(time.DateOnly)}
	case casework.FieldYesNo:
		return casework.Answer{Text: casework.No}
	case casework.FieldChoice:
		return casework.Answer{Text: f.Choices[0].ID}
	case casework.FieldLine:
		return casework.Answer{Text: "Som beskrevet i sagens bilag"}
	}
	return casework.Answer{Text: words}
}

// Hours are the same window every day.
func Hours(from, to string) permit.Hours {
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range h.Week {
		h.Week[i] = permit.Spans{{From: from, To: to}}
	}
	return h
}
