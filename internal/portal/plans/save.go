package plans

import (
	"io"
	"net/http"
	"strconv"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/plan"
)

func itoa(n int) string { return strconv.Itoa(n) }

// blank is the paper of a new drawing: 40 by 28 metres, until it has a picture.
func blank(title, cadastre string) plan.Drawing {
	return plan.Drawing{Title: title, Cadastre: cadastre, Width: 1000, Height: 700, MetresPerPixel: 0.04}
}

// create begins a drawing, or a copy of another version that somebody kept
// aside because two had drawn at once.
func (p *Screens) create(v *visit) error {
	if err := v.mayDraw(); err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	c := v.drawn()
	title := in.Get("titel")
	pg := v.listPage(c, nil)
	pg.New.Value = title
	if title == "" {
		pg.New.Error = v.T("plan.error.title")
	}
	if pg.Errors = v.Summary(pg.New); pg.Errors != nil {
		list, err := p.Drawings.List(v.Ctx, v.Person.Controller, c.ID)
		if err != nil {
			return err
		}
		full := v.listPage(c, list)
		full.New, full.Errors = pg.New, pg.Errors
		return v.Show(http.StatusUnprocessableEntity, full)
	}
	k, err := p.Drawings.Create(v.Ctx, v.Person.Controller, c.ID, blank(title, c.Cadastre), v.who())
	if err != nil {
		return err
	}
	return v.See(drawingPath(c.ID, k.ID))
}

// saved is what the editor is told after a save.
type saved struct {
	Version  int       `json:"version"`
	Text     string    `json:"text"`
	Findings []finding `json:"findings"`
}

// changed tells the editor that somebody else saved first.
type changed struct {
	Version int          `json:"version"`
	Text    string       `json:"text"`
	Drawing plan.Drawing `json:"drawing"`
}

// put saves from the editor. The version that it builds on is in the address;
// "?ny=1" keeps the drawing as a new one beside it.
func (p *Screens) put(v *visit) error {
	if err := v.mayDraw(); err != nil {
		return err
	}
	body, err := io.ReadAll(v.R.Body)
	if err != nil {
		return fault.As(fault.Invalid, "plan.size", err)
	}
	d, err := plan.Decode(body)
	if err != nil {
		return err
	}
	if v.R.URL.Query().Get("ny") != "" {
		k, err := p.Drawings.Create(v.Ctx, v.Person.Controller, v.drawn().ID, d, v.who())
		if err != nil {
			return err
		}
		return v.JSON(http.StatusCreated, map[string]string{"path": drawingPath(k.Case, k.ID)})
	}
	base, err := strconv.Atoi(v.R.URL.Query().Get("udgave"))
	if err != nil {
		return fault.New(fault.Invalid, "plan.version", "version %q", v.R.URL.Query().Get("udgave"))
	}
	k, err := p.Drawings.Save(v.Ctx, v.of(), base, d, v.who())
	if fault.Is(err, fault.Conflict) && fault.Key(err) == "drawing.changed" {
		return v.JSON(http.StatusConflict, changed{k.Version, v.T("plan.conflict.text", k.By.Name, v.When(k.Saved, v.Now)), k.Drawing})
	}
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, saved{k.Version, v.T("plan.saved", v.Clock(v.Now)), v.findings(k.Drawing)})
}

// saveForm saves what was typed without scripts.
func (p *Screens) saveForm(v *visit) error {
	if err := v.mayDraw(); err != nil {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	base, err := strconv.Atoi(in.Get("udgave"))
	if err != nil {
		return fault.New(fault.Invalid, "plan.version", "version %q", in.Get("udgave"))
	}
	k, err := p.Drawings.Load(v.Ctx, v.of(), base)
	if err != nil {
		return err
	}
	c := v.drawn()
	f := v.form(c, k.Drawing)
	was := f.fill(in)
	d := f.read(k.Drawing, was)
	if f.Errors == nil {
		if err := d.Valid(); err != nil {
			return err
		}
	}
	show := func(code int, k drawing.Kept, note *fds.Alert) error {
		pg, err := p.page(v, c, k, f)
		if err != nil {
			return err
		}
		if note != nil {
			pg.Notes = append(pg.Notes, *note)
		}
		return v.Show(code, pg)
	}
	if f.Errors != nil {
		return show(http.StatusUnprocessableEntity, k, nil)
	}
	newest, err := p.Drawings.Save(v.Ctx, v.of(), base, d, v.who())
	if fault.Is(err, fault.Conflict) && fault.Key(err) == "drawing.changed" {
		// What was typed stays in the form, which now builds on the newest.
		return show(http.StatusConflict, newest, &fds.Alert{Tone: fds.Warning, Heading: v.T("plan.conflict.title"),
			Text:  v.T("plan.conflict.text", newest.By.Name, v.When(newest.Saved, v.Now)) + " " + v.T("plan.conflict.form"),
			Links: []fds.Link{{Href: drawingPath(c.ID, k.ID) + "?udgave=" + itoa(newest.Version), Text: v.T("plan.conflict.see")}}})
	}
	if err != nil {
		return err
	}
	return v.See(drawingPath(c.ID, k.ID) + "?besked=gemt")
}
