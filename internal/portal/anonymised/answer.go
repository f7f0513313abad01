package anonymised

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"vidne.dk/vidne/internal/access"
	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/portal/page"
)

// filmPage is the finished film, for whoever made it or answers for it.
type filmPage struct {
	page.Shell
	Lead  string
	Film  string // its address
	Check page.Section
	Form  *page.Form // the answer; nil for who made it
	Seal  string
	Left  string
	Track string // one character a second, 1 for seen
	Save  fds.Button
	Data  filmData
}

// filmData is what the script of the player needs.
type filmData struct {
	Seen  string            `json:"seen"` // address that is told what was shown; empty: nobody is
	Track string            `json:"track"`
	Text  map[string]string `json:"text"`
}

func (v *visit) filmPage(title, lead, film string) *filmPage {
	pg := &filmPage{Shell: v.NewShell("copyfilm", title, v.crumbs()...), Lead: lead, Film: film}
	if v.copy.Engine != nil && v.copy.Engine.Film != nil {
		pg.Check = v.checkPart(*v.copy.Engine.Film)
	}
	pg.Data.Text = v.Under("copyfilm.js.")
	return pg
}

// preview is the film for who made it.
func (p *Screens) preview(v *visit) error {
	if s := v.copy.State(); s != room.Made && s != room.Approved {
		return v.See(v.here())
	}
	return v.Show(http.StatusOK, v.filmPage(v.T("copyfilm.title", v.copy.Number), v.T("copyfilm.lead"), v.here()+"/film"))
}

func (v *visit) answerForm() *page.Form {
	return v.NewForm("copyanswer").Radio("svar",
		fds.Choice{Value: "ja", Text: v.T("copyanswer.yes"), Hint: v.T("copyanswer.yes.hint")}, fds.Choice{Value: "nej", Text: v.T("copyanswer.no")}).
		Area("ord", incident.Longest, 3, true)
}

// answerPage is the film for the second person, and how much of it they have seen.
func (v *visit) answerPage(s room.Seen) *filmPage {
	pg := v.filmPage(v.T("copyanswer.title", v.copy.Number), v.T("copyanswer.lead", v.copy.Given.Name, v.copy.For), v.here()+"/svar/film")
	pg.Form, pg.Seal, pg.Save = v.answerForm(), v.copy.Seal(), fds.Button{Kind: "primary", Text: v.T("copyanswer.button")}
	pg.Left = v.left(s)
	for _, seen := range s.Seconds {
		if seen {
			pg.Track += "1"
		} else {
			pg.Track += "0"
		}
	}
	pg.Data.Seen, pg.Data.Track = v.here()+"/set", pg.Track
	return pg
}

// left says how much of the film is still to be seen.
func (v *visit) left(s room.Seen) string {
	if n := s.Left(); n > 0 {
		return v.N("copyanswer.left", int64(n))
	}
	return v.T("copyanswer.all")
}

// answerable refuses whoever does not answer for the place, and leads away from
// what waits for no answer.
func (p *Screens) answerable(v *visit) (done bool, err error) {
	if err := p.Room.Answers(v.Ctx, v.copy, v.who()); err != nil {
		if fault.Is(err, fault.Denied) {
			return true, v.Refuse(access.Verdict{Why: access.WhyRole}, object(v.copy))
		}
		return true, err
	}
	if v.copy.State() != room.Asked {
		return true, v.See(v.here())
	}
	return false, nil
}

func (p *Screens) answer(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	s, err := p.Room.Watch(v.Ctx, v.copy, v.who())
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.answerPage(s))
}

func (p *Screens) answered(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.answerForm().Fill(in).Check()
	if f.OK() {
		_, err := p.Room.Decide(v.Ctx, v.copy.ID, f.Get("svar") == "ja", f.Get("ord"), in.Get("segl"), v.who())
		field := map[string]string{"copy.answer": "ord", "copy.changed": "svar", "copy.unseen": "svar"}[fault.Key(err)]
		switch {
		case err == nil:
			return v.See(v.here() + "?besked=kopi-svaret")
		case field == "":
			return err
		}
		f.FailWith(field, err)
	}
	s, err := p.Room.Watch(v.Ctx, v.copy, v.who())
	if err != nil {
		return err
	}
	pg := v.answerPage(s)
	pg.Form = f
	return v.Show(http.StatusUnprocessableEntity, pg)
}

// told is what the player is told.
type told struct {
	Left  int    `json:"left"`
	Text  string `json:"text"`
	Track string `json:"track"`
}

// seen takes in which seconds the player has shown.
func (p *Screens) seen(v *visit) error {
	var seconds []int
	d := json.NewDecoder(io.LimitReader(v.R.Body, page.FormSize))
	if err := d.Decode(&seconds); err != nil {
		return fault.As(fault.Invalid, "number", err)
	}
	s, err := p.Room.See(v.Ctx, v.copy.ID, seconds, v.who())
	if err != nil {
		return err
	}
	t := told{Left: s.Left(), Text: v.left(s)}
	for _, seen := range s.Seconds {
		if seen {
			t.Track += "1"
		} else {
			t.Track += "0"
		}
	}
	return v.JSON(http.StatusOK, t)
}

func (p *Screens) answerFilm(v *visit) error {
	if done, err := p.answerable(v); done {
		return err
	}
	return p.film(v)
}

// film relays the finished film, or the part that was asked for.
func (p *Screens) film(v *visit) error {
	f, err := p.Room.Film(v.Ctx, v.copy, v.R.Header.Get("Range"), v.who())
	if err != nil {
		return err
	}
	defer f.Body.Close()
	h := v.W.Header()
	for _, k := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges"} {
		if x := f.Header.Get(k); x != "" {
			h.Set(k, x)
		}
	}
	v.W.WriteHeader(f.Code)
	if _, err := io.Copy(v.W, f.Body); err != nil && v.Ctx.Err() == nil && !errors.Is(err, io.ErrShortWrite) {
		p.Log.Info("film was broken off", "copy", v.copy.ID, "err", err)
	}
	return nil // part of the answer is out
}
