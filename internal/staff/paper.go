package staff

import (
	"context"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/deadline"
	"vidne.dk/vidne/internal/fault"
)

// SecurityDescription and Guideline are the kinds of the papers that those who
// handle recordings are handed and confirm (D 3.5.1, 3.5.6, H 11), as
// internal/document keeps their versions.
const (
	SecurityDescription = "security-description"
	Guideline           = "guideline"
)

// Handed lists the kinds.
func Handed() []string { return []string{SecurityDescription, Guideline} }

// Paper is a document that is handed to those who handle recordings.
type Paper struct {
	Kind, Title string
	Version     int
	Document    string // in internal/document
	InForce     time.Time
	Due         time.Time // for one person
	Read        time.Time // zero: not confirmed
}

// Handler is somebody whose right to see recordings is in force.
type Handler struct {
	Controller, Person, Name string
	Locations                []string
	Since                    time.Time // of the first of their rights
	Papers                   []Paper   // the newest version of each kind
}

// Lacks is what they have not confirmed.
func (h Handler) Lacks() (out []Lack) {
	for _, p := range h.Papers {
		if p.Read.IsZero() {
			since := p.InForce
			if h.Since.After(since) {
				since = h.Since
			}
			out = append(out, Lack{Controller: h.Controller, Location: h.Locations[0], What: p.Kind, Person: h.Person, Name: h.Name, Version: p.Version, Since: since, Due: p.Due})
		}
	}
	return out
}

// papers are the newest versions that are in force at a controller.
func (r *Room) papers(ctx context.Context, controller string) (out []Paper, err error) {
	if r.c.Papers == nil {
		return nil, nil
	}
	for _, kind := range Handed() {
		v, err := r.c.Papers.Newest(ctx, controller, kind)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, Paper{Kind: kind, Title: v.Title, Version: v.Version, Document: v.Document, InForce: v.InForce})
	}
	return out, nil
}

// Handlers lists everybody who may see recordings at a controller now, by name,
// with what they have confirmed.
func (r *Room) Handlers(ctx context.Context, controller string) (out []Handler, err error) {
	if r.c.Rights == nil {
		return nil, nil
	}
	held, err := r.c.Rights.Everywhere(ctx, controller)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	papers, err := r.papers(ctx, controller)
	if err != nil {
		return nil, err
	}
	type row struct {
		Person, Kind string
		Version      int
		At           time.Time
	}
	var rows []row
	if err := r.c.DB.Read(ctx, func(tx *db.Tx) (err error) {
		rows, err = db.All[row](ctx, tx, `SELECT person, kind, version, at FROM staff_papers WHERE controller = ?`, controller)
		return err
	}); err != nil {
		return nil, err
	}
	for _, h := range held {
		i := slices.IndexFunc(out, func(x Handler) bool { return x.Person == h.Person })
		if i < 0 {
			i = len(out)
			out = append(out, Handler{Controller: controller, Person: h.Person, Name: h.Name, Since: h.Since, Papers: slices.Clone(papers)})
		}
		x := &out[i]
		if !slices.Contains(x.Locations, h.Location) {
			x.Locations = append(x.Locations, h.Location)
		}
		if h.Since.Before(x.Since) {
			x.Since = h.Since
		}
	}
	for i := range out {
		for j := range out[i].Papers {
			p := &out[i].Papers[j]
			from := p.InForce
			if out[i].Since.After(from) {
				from = out[i].Since
			}
			p.Due = deadline.EndOf(from.Add(ReadWithin))
			for _, x := range rows {
				if x.Person == out[i].Person && x.Kind == p.Kind && x.Version == p.Version {
					p.Read = x.At
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Handler) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// Handler is one of them; somebody without a right in force is NotFound
// "staff.handler".
func (r *Room) Handler(ctx context.Context, controller, person string) (Handler, error) {
	all, err := r.Handlers(ctx, controller)
	if err != nil {
		return Handler{}, err
	}
	i := slices.IndexFunc(all, func(h Handler) bool { return h.Person == person })
	if i < 0 {
		return Handler{}, fault.New(fault.NotFound, "staff.handler", "%s handles no recordings", person)
	}
	return all[i], nil
}

// Confirm is the person themself saying that they have read the version of a
// paper. Another than the newest is Conflict "staff.version".
func (r *Room) Confirm(ctx context.Context, kind string, version int, who Who) error {
	h, err := r.Handler(ctx, who.Controller, who.Person)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(h.Papers, func(p Paper) bool { return p.Kind == kind })
	if i < 0 {
		return fault.New(fault.NotFound, "staff.paper", "no paper %.40q", kind)
	}
	p := h.Papers[i]
	if p.Version != version {
		return fault.New(fault.Conflict, "staff.version", "version %d, not %d", p.Version, version)
	}
	if !p.Read.IsZero() {
		return nil
	}
	return r.c.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO staff_papers (controller, person, kind, version, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, who.Controller, who.Person, kind, version, r.now())
		if err != nil || n == 0 {
			return err
		}
		return r.enter(ctx, tx, "staff.paper", h.Locations[0], who, map[string]any{"paper": kind, "title": p.Title, "version": version, "document": p.Document})
	})
}
