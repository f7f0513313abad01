package plans

import (
	"context"
	"html/template"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
)

// Answers of the follow-up: does the camera see what was approved?
const (
	Alike   = "ligner"
	Unalike = "ligner-ikke"
)

// Match is one camera's picture as it is beside what was approved, with the
// question whether they are alike (the follow-up of H 2.5). A page shows it by
// {{template "plan-match" .}} inside its own form, and reads the answer from
// the field [Match.Question] names, and why from [Match.Remarks].
type Match struct {
	page.Words
	Name     string
	Still    string        // address of the picture
	Picture  template.HTML // the picture with the approved masks outlined
	SVG      template.HTML // the approved drawing with this camera alone
	Facts    []fact
	Question fds.Choices
	Remarks  fds.Field
}

// NewMatch prepares it for one camera of an approved drawing. background is
// the address of the drawing's picture, still that of the camera's; field
// begins the names of the fields, so that a form can ask of several cameras.
func NewMatch(v *page.Visit, d plan.Drawing, camera, background, still, field string) Match {
	w := &visit{Visit: v}
	c, _ := d.Camera(camera)
	alone := d
	alone.Cameras = slices.DeleteFunc(slices.Clone(d.Cameras), func(x plan.Placed) bool { return x.Camera != camera })
	m := Match{Words: v.Words, Name: c.Name, Still: still, SVG: w.svg(alone, plan.Options{ID: "g" + camera, Background: background})}
	m.Picture = template.HTML(plan.Frame(c.Masks, still, v.T("plan.match.still.alt", c.Name))) //nolint:gosec // internal/plan escapes every text
	for _, r := range w.overview(alone) {
		m.Facts = []fact{{v.T("plan.column.direction"), r.Direction}, {v.T("plan.column.angle"), r.Angle}, {v.T("plan.column.range"), r.Range}, {v.T("plan.column.height"), r.Height}, {v.T("plan.column.masks"), r.Masks}}
		for _, a := range r.Areas {
			m.Facts = append(m.Facts, fact{v.T("plan.column.sees"), a})
		}
	}
	m.Question = fds.Choices{ID: field, Name: field, Legend: v.T("plan.match.question"), Hint: v.T("plan.match.hint"), ErrorWord: v.T("form.error"), Items: []fds.Choice{
		{Value: Alike, Text: v.T("plan.match.alike")}, {Value: Unalike, Text: v.T("plan.match.unalike")}}}
	m.Remarks = v.Field(fds.Field{ID: field + "-note", Name: field + "-note", Type: "area", Rows: 2, Optional: true, MaxLength: 1000, Spellcheck: true}, "plan.match.remarks")
	return m
}

// Stills is who can take one picture; engineapi.Client does.
type Stills interface {
	Still(ctx context.Context, q engineapi.StillQuery, p engineapi.Pass) ([]byte, error)
}

// stillFor is how long the order for one picture can wait.
const stillFor = 2 * time.Minute

// TakeStill orders one picture of a camera as it sees now, under a statement
// of its own, to hold its placement and angle against the approval. Whether
// the person may, the caller's route has asked. It gives the statement too.
func TakeStill(v *page.Visit, from Stills, camera, purpose string) (jpeg []byte, statement permit.ID, err error) {
	s := &permit.Still{Head: v.Head(), Camera: camera, Person: v.Person.ID, Purpose: purpose, Expires: v.Now.Add(stillFor),
		Text: v.Session.Person.Name}
	var signed *permit.Signed
	err = v.Site.DB.Write(v.Ctx, func(tx *db.Tx) (err error) {
		if signed, err = v.Site.Issuer.Ticket(v.Ctx, tx, s); err != nil {
			return err
		}
		_, err = v.Site.Ledger.Append(v.Ctx, tx, v.Now, "still.ordered", v.Entry(map[string]any{"camera": camera, "purpose": purpose}))
		return err
	})
	if err != nil {
		return nil, "", err
	}
	jpeg, err = from.Still(v.Ctx, engineapi.StillQuery{Camera: camera}, engineapi.Pass{Statement: signed.Encode(), Whence: v.Whence()})
	return jpeg, s.ID, err
}

// matchPage shows a match by itself, for the storybook.
type matchPage struct {
	page.Shell
	Match  Match
	Button fds.Button
}
