package main

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"path/filepath"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/notice"
	"vidne.dk/vidne/internal/portal/plans"
)

// demoSign is a sign of the demonstration: who hung it where.
type demoSign struct {
	controller, location, login string
	place, format, words        string
	photo                       bool
	seen                        bool // looked at since
}

// demoSigns hang at every place that records but one, whose page nobody went
// through either.
func demoSigns() []demoSign {
	return []demoSign{
		{lindeby, "lindeby-skole", "birthe", notice.AtEntrance, "a4", "Hovedindgangen, til højre for døren", true, true},
		{lindeby, "lindeby-skole", "birthe", notice.Before, "a3", "Ved lågen fra Skolevej, i øjenhøjde", true, true},
		{lindeby, "lindeby-skole", "birthe", notice.AtEntrance, "a4", "Indgangen til hallen", false, true},
		{lindeby, "lindeby-skole", "birthe", notice.Inside, "sticker", "Gangen i hallen, på døren til redskabsrummet", false, true},
		{lindeby, "materielgaarden", "karen", notice.Before, "a3", "På hegnet ved porten", true, false},
		{lindeby, "materielgaarden", "karen", notice.AtEntrance, "a4", "Døren til kontoret", false, false},
		{kadence, "kadence-havnen", "sofie", notice.AtEntrance, "a4", "Skydedøren mod havnen", true, true},
		{kadence, "kadence-havnen", "sofie", notice.Before, "a3", "Døren mellem reception og træningssal", false, true},
		{kadence, "kadence-havnen", "sofie", notice.Inside, notice.Poster, "Opslagstavlen ved receptionen", true, true},
		{kadence, "kadence-havnen", "sofie", notice.Papers, notice.Text, "Indmeldelsen på nettet, trin 2", false, true},
	}
}

// Before the first evening, the signs were hung so many days ago, and looked at
// shortly before it: what nobody looked at has been due for a while.
const signDays = 100

// demoSignsPast lets signs have hung for some months before the first evening: by
// the room itself, under a clock of its own.
func (o *office) demoSignsPast(ctx context.Context, first time.Time) error {
	clk := clock.NewFake(first.AddDate(0, 0, -signDays))
	room, err := notice.Open(ctx, notice.Config{DB: o.db, Ledger: o.ledger, Clock: clk, Register: o.register, Issuer: o.issuer, Law: o.rules, People: o.people, Dir: filepath.Join(o.cfg.Dir, "notices"),
		Live: func(context.Context, string) (string, error) { return casework.LiveExtraordinary, nil }})
	if err != nil {
		return err
	}
	if err := room.Tick(ctx); err != nil {
		return err
	}
	who := func(s demoSign) (notice.Who, error) {
		p, err := o.person(ctx, s.controller, s.login)
		return notice.Who{Controller: s.controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}, err
	}
	var hung []string
	for _, s := range demoSigns() {
		by, err := who(s)
		if err != nil {
			return err
		}
		photo := ""
		if s.photo {
			if photo, err = o.demoPhoto(ctx, s, by.Person); err != nil {
				return err
			}
		}
		clk.Advance(11 * time.Minute)
		x, err := room.Hang(ctx, notice.Sign{Location: s.location, Place: s.place, Format: s.format, Words: s.words, Photo: photo}, by)
		if err != nil {
			return err
		}
		hung = append(hung, x.ID)
	}
	clk.Advance(first.Add(-26 * time.Hour).Sub(clk.Now()))
	if err := room.Tick(ctx); err != nil {
		return err
	}
	for i, s := range demoSigns() {
		if !s.seen {
			continue
		}
		by, err := who(s)
		if err != nil {
			return err
		}
		if _, err := room.Check(ctx, hung[i], notice.Fine, "", "", by); err != nil {
			return err
		}
		if p, ok := room.Of(s.controller, s.location); ok && p.Confirmed.IsZero() {
			if err := room.Confirm(ctx, s.location, p.Version, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoSignsToday lets somebody who passes by report a torn sign, and shows on the
// plan where signs hang.
func (o *office) demoSignsToday(ctx context.Context) error {
	room := o.portal.Notices()
	if err := room.Tick(ctx); err != nil {
		return err
	}
	if had, err := room.Reports(ctx, lindeby, ""); err != nil || len(had) > 0 {
		return err
	}
	if p, ok := room.Of(lindeby, "lindeby-skole"); ok {
		if err := room.Report(ctx, p.Code, notice.Report{What: notice.Torn, Where: "Ved lågen fra Skolevej", Words: "Hjørnet med koden er revet af."}); err != nil {
			return err
		}
	}
	drawn, err := plans.InDossier{Room: o.cases, Register: o.register, Law: o.rules}.ApprovedDrawings(ctx, lindeby, "materielgaarden")
	if err != nil || len(drawn) == 0 {
		return err
	}
	signs, err := room.Signs(ctx, lindeby, "materielgaarden")
	if err != nil {
		return err
	}
	p, err := o.person(ctx, lindeby, "karen")
	if err != nil {
		return err
	}
	for i, s := range signs {
		at := notice.Spot{Case: drawn[0].Of.Case, Drawing: drawn[0].Of.ID, X: 2000 + 6600*i, Y: 2600}
		if _, err := room.Place(ctx, s.ID, at, notice.Who{Controller: lindeby, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}); err != nil {
			return err
		}
	}
	return nil
}

// demoPhoto is a drawn picture of a sign on a wall.
func (o *office) demoPhoto(ctx context.Context, s demoSign, by string) (string, error) {
	m := image.NewRGBA(image.Rect(0, 0, 640, 480))
	fill := func(x0, y0, x1, y1 int, c color.Color) {
		draw.Draw(m, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(0, 0, 640, 480, color.RGBA{176, 112, 88, 255})
	for y := 0; y < 480; y += 24 {
		fill(0, y, 640, y+2, color.RGBA{205, 190, 175, 255})
		for x := (y / 24 % 2) * 32; x < 640; x += 64 {
			fill(x, y, x+2, y+24, color.RGBA{205, 190, 175, 255})
		}
	}
	fill(230, 90, 410, 344, color.White)
	fill(230, 90, 410, 172, color.Black)
	fill(280, 112, 345, 136, color.White)
	fill(350, 116, 365, 132, color.White)
	for y := 186; y < 250; y += 12 {
		fill(246, y, 392, y+5, color.Gray{90})
	}
	for i := range 49 {
		if i*i%5 != 1 {
			fill(246+i%7*10, 262+i/7*10, 256+i%7*10, 272+i/7*10, color.Black)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		return "", err
	}
	d, err := o.papers.Add(ctx, document.New{Controller: s.controller, Kind: "sign-photo", Name: "skilt.png", By: by, Accept: []document.Type{document.PNG}}, &b)
	return d.ID, err
}
