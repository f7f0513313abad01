package plans

import (
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/register"

	"vidne.dk/vidne/internal/portal/page"
)

// picture gives a picture of the case to the page that shows it.
func (p *Screens) picture(v *visit) error {
	return p.sendPicture(v, v.R.PathValue("sag"), v.R.PathValue("billede"))
}

// sendPicture sends what was drawn anew when it was taken in: PNG or JPEG,
// nothing else.
func (p *Screens) sendPicture(v *visit, caseID, id string) error {
	kind, content, err := p.Drawings.ReadPicture(v.Ctx, v.Person.Controller, caseID, id)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was read
	if kind != "image/png" && kind != "image/jpeg" {
		return fault.New(fault.Corrupt, "drawing.corrupt", "a picture of kind %q", kind)
	}
	v.W.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	v.W.Header().Set("Content-Type", kind)
	if _, err := io.Copy(v.W, content); err != nil {
		p.Log.Debug("picture not sent", "err", err)
	}
	return nil
}

// addPicture takes in a picture and lays it beneath the drawing. A script is
// told of it and lays it there itself.
func (p *Screens) addPicture(v *visit) error {
	if err := v.mayDraw(); err != nil {
		return err
	}
	k, err := p.Drawings.Load(v.Ctx, v.of(), 0)
	if err != nil {
		return err
	}
	var pic drawing.Picture
	_, err = v.Upload(func(_ url.Values, file *multipart.Part) error {
		pic, err = p.Drawings.AddPicture(v.Ctx, k.Controller, k.Case, file.FileName(), file, 0, "", v.who())
		return err
	})
	if err == nil && pic.Document == "" {
		err = fault.New(fault.Invalid, "picture.none", "no file")
	}
	if err != nil {
		return err
	}
	if !v.WantsPage() {
		return v.JSON(http.StatusCreated, pic)
	}
	return p.lay(v, k, pic)
}

// lay lays a picture beneath a drawing and saves it.
func (p *Screens) lay(v *visit, k drawing.Kept, pic drawing.Picture) error {
	d := plan.Lay(k.Drawing, pic.Document, pic.Width, pic.Height, pic.Scale)
	if _, err := p.Drawings.Save(v.Ctx, k.Of, k.Version, d, v.who()); err != nil {
		return err
	}
	return v.See(drawingPath(k.Case, k.ID) + "?besked=gemt")
}

// addMap fetches a map and lays it beneath the drawing.
func (p *Screens) addMap(v *visit) error {
	if err := v.mayDraw(); err != nil {
		return err
	}
	if p.Map == nil {
		return fault.New(fault.NotFound, "map.none", "no map service is set up")
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	k, err := p.Drawings.Load(v.Ctx, v.of(), 0)
	if err != nil {
		return err
	}
	m := v.mapForm("", p.Map, k.Version)
	want, ok := m.read(v, in)
	if !ok {
		if !v.WantsPage() {
			return fault.New(fault.Invalid, "map.place", "east %q, north %q, width %q", in.Get("oest"), in.Get("nordlig"), in.Get("bredde-kort"))
		}
		pg, err := p.page(v, v.drawn(), k, nil)
		if err != nil {
			return err
		}
		pg.Map.East, pg.Map.Northing, pg.Map.Across, pg.Map.Errors = m.East, m.Northing, m.Across, m.Errors
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	picture, err := p.Map.Fetch(v.Ctx, want)
	if err != nil {
		return err
	}
	defer func() { _ = picture.Close() }() // it was read
	pic, err := p.Drawings.AddPicture(v.Ctx, k.Controller, k.Case, "kort.png", picture, want.Scale(), p.Map.Source, v.who())
	if err != nil {
		return err
	}
	if !v.WantsPage() {
		return v.JSON(http.StatusCreated, pic)
	}
	return p.lay(v, k, pic)
}

// placePicture gives the picture of a drawing that is approved for a location
// to whoever may see the location.
func (p *Screens) placePicture(v *visit) error {
	l := page.Found[register.Location](v.Visit)
	list, err := p.Cases.ApprovedDrawings(v.Ctx, l.Controller, l.ID)
	if err != nil {
		return err
	}
	id := v.R.PathValue("billede")
	for _, a := range list {
		if a.Of.Case != v.R.PathValue("sag") {
			continue
		}
		k, err := p.Drawings.Load(v.Ctx, a.Of, a.Version)
		if err != nil {
			return err
		}
		if k.Drawing.Picture == id {
			return p.sendPicture(v, a.Of.Case, id)
		}
	}
	return fault.New(fault.NotFound, "picture.unknown", "no picture %q at %s", strings.ToValidUTF8(id, ""), l.ID)
}
