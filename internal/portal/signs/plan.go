package signs

import (
	"encoding/base64"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
)

// planWidth is how wide a drawing is shown where a spot is chosen on it, px: a
// browser says where in the picture as it is shown, and not how large that is.
const planWidth = 640

// planPage is where somebody shows on the place's plan where a sign hangs: by
// choosing in the picture, or by two numbers.
type planPage struct {
	page.Shell
	Form       *page.Form
	Plans      []planShown
	Here, Back string
	Button     fds.Button
}

type planShown struct {
	Title, Value, Src string
	Width, Height     int
}

// drawn are the drawings in force of the visit's place.
func (p *Screens) drawn(v *visit) (out []drawing.Kept, err error) {
	if p.Plans.Cases == nil {
		return nil, nil
	}
	list, err := p.Plans.Cases.ApprovedDrawings(v.Ctx, v.place.Controller, v.place.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		k, err := p.Plans.Drawings.Load(v.Ctx, a.Of, a.Version)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

func spotOf(k drawing.Kept) string { return k.Case + "/" + k.ID }

func (v *visit) planPage(list []drawing.Kept, in url.Values) *planPage {
	pg := &planPage{Shell: v.NewShell("signplan", v.T("signplan.title", v.found.sign.Words), v.crumbs()...), Here: path + "/" + v.found.sign.ID + "/plan", Back: v.here(), Button: fds.Button{Kind: "primary", Text: v.T("signplan.button")}}
	f := v.NewForm("signplan")
	var choices []fds.Choice
	for _, k := range list {
		title := k.Drawing.Title
		if title == "" {
			title = v.T("plan.untitled")
		}
		choices = append(choices, fds.Choice{Value: spotOf(k), Text: title})
		pg.Plans = append(pg.Plans, planShown{Title: title, Value: spotOf(k), Src: v.here() + "/plan/" + spotOf(k) + ".svg?v=" + strconv.Itoa(k.Version), Width: planWidth, Height: high(k.Drawing)})
	}
	if len(choices) > 0 {
		f.Radio("tegning", choices...)
	}
	f.Text("fra-venstre", 6, false).Text("fra-oven", 6, false)
	if in == nil {
		in = url.Values{}
		if s := v.found.sign.Spot; s.Case != "" {
			in.Set("tegning", s.Case+"/"+s.Drawing)
			in.Set("fra-venstre", percent(s.X))
			in.Set("fra-oven", percent(s.Y))
		} else if len(choices) > 0 {
			in.Set("tegning", choices[0].Value)
		}
	}
	pg.Form = f.Fill(in)
	return pg
}

// high is how high a drawing is shown, px.
func high(d plan.Drawing) int {
	return int(math.Round(planWidth * float64(d.Height) / float64(max(d.Width, 1))))
}

func percent(parts int) string { return strconv.Itoa((parts + 50) / 100) }

func (p *Screens) spot(v *visit) error {
	list, err := p.drawn(v)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.planPage(list, nil))
}

// placed records where on the plan a sign hangs.
func (p *Screens) placed(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	list, err := p.drawn(v)
	if err != nil {
		return err
	}
	of := -1
	for i, k := range list {
		if spotOf(k) == in.Get("tegning") {
			of = i
		}
	}
	at, ok := notice.Spot{}, false
	if of >= 0 {
		at.Case, at.Drawing = list[of].Case, list[of].ID
		at.X, at.Y, ok = chosen(in, list[of].Drawing)
	}
	pg := v.planPage(list, in)
	if !ok {
		f := pg.Form
		if in.Has("sted.x") { // chosen with a key: a browser says the corner
			f.Fail("fra-venstre", v.T("signplan.key"))
			return v.Show(http.StatusUnprocessableEntity, pg)
		}
		for _, name := range []string{"fra-venstre", "fra-oven"} {
			if _, good := parts(in.Get(name)); !good {
				f.Fail(name, v.T("signplan.number"))
			}
		}
		if of < 0 && len(list) > 0 {
			f.Fail("tegning", v.T("signplan.tegning.missing"))
		}
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	if _, err := p.Notices.Place(v.Ctx, v.found.sign.ID, at, v.who()); err != nil {
		return err
	}
	return v.See(v.here() + "?besked=skilt-paa-plan")
}

// chosen reads where in a drawing was chosen: a point of the picture as it is
// shown, or two numbers.
func chosen(in url.Values, d plan.Drawing) (x, y int, ok bool) {
	if in.Has("sted.x") {
		px, xerr := strconv.Atoi(in.Get("sted.x"))
		py, yerr := strconv.Atoi(in.Get("sted.y"))
		if xerr != nil || yerr != nil || px == 0 && py == 0 {
			return 0, 0, false
		}
		in := func(at, of int) int { return min(max(at*plan.Grid/max(of, 1), 0), plan.Grid) }
		return in(min(max(px, 0), planWidth), planWidth), in(min(max(py, 0), high(d)), high(d)), true
	}
	x, good := parts(in.Get("fra-venstre"))
	y, fine := parts(in.Get("fra-oven"))
	return x, y, good && fine
}

// parts reads a percentage as ten-thousandths.
func parts(s string) (int, bool) {
	f, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%")), ",", ".", 1), 64)
	if err != nil || !(f >= 0 && f <= 100) {
		return 0, false
	}
	return int(math.Round(f * plan.Grid / 100)), true
}

// planSVG is a drawing as one picture that holds the one behind it: a browser
// fetches nothing for a picture.
func (p *Screens) planSVG(v *visit) error {
	list, err := p.drawn(v)
	if err != nil {
		return err
	}
	for _, k := range list {
		if k.Case != v.R.PathValue("sag") || k.ID+".svg" != v.R.PathValue("tegning") {
			continue
		}
		signs, err := p.Notices.Signs(v.Ctx, v.place.Controller, v.place.ID)
		if err != nil {
			return err
		}
		o := plan.Options{ID: "s"}
		o.Marks, _ = plans.Marks(k.Of, signs)
		if k.Drawing.Picture != "" {
			kind, content, err := p.Plans.Drawings.ReadPicture(v.Ctx, k.Controller, k.Case, k.Drawing.Picture)
			if err != nil {
				return err
			}
			defer func() { _ = content.Close() }() // it was read
			b, err := io.ReadAll(content)
			if err != nil {
				return fault.As(fault.Unavailable, "", err)
			}
			o.Background = "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b)
		}
		return v.Send("image/svg+xml", []byte(plans.SVG(v.Visit, k.Drawing, o)))
	}
	return fault.New(fault.NotFound, "page.unknown", "no drawing %.40q in force", v.R.PathValue("tegning"))
}
