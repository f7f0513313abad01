package anonymised

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	room "vidne.dk/vidne/internal/anonymised"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/flow"
	"vidne.dk/vidne/internal/portal/page"
)

// editorPage is where somebody says who is who.
type editorPage struct {
	page.Shell
	Lead       string
	For, Looks string
	Reduced    *fds.Alert
	NoScript   fds.Alert
	Verdicts   []fds.Choice
	Box        []fds.Choice
	Keys       []fds.Choice
	Confirm    string
	Data       *editorData
}

// editorData is what the script of the editor needs.
type editorData struct {
	Lang        page.Lang         `json:"lang"`
	Base        string            `json:"base"`
	Findings    string            `json:"findings"`
	Corrections string            `json:"corrections"`
	Pictures    string            `json:"pictures"`
	Text        map[string]string `json:"text"`
	Project     json.RawMessage   `json:"project"` // of the storybook
}

func (p *Screens) editor(v *visit) error {
	switch v.copy.State() {
	case room.Editing, room.Made, room.Failed, room.Stopped:
	default:
		return v.See(v.here())
	}
	if v.copy.Engine.Frames == 0 {
		return v.See(v.here())
	}
	pg := v.editorPage()
	pg.Data.Findings, pg.Data.Pictures = v.here()+"/fund", v.here()+"/billeder"
	return v.Show(http.StatusOK, pg)
}

func (v *visit) editorPage() *editorPage {
	pg := &editorPage{Shell: v.NewShell("editor", v.T("editor.title", v.copy.Number), v.crumbs()...), Lead: v.T("editor.lead", v.copy.For), For: v.copy.For, Looks: v.copy.Looks, Confirm: v.here() + "/bekraeft"}
	pg.NoScript = fds.Alert{Tone: fds.Warning, Text: v.T("editor.noscript")}
	if v.copy.Engine.Reduced {
		pg.Reduced = &fds.Alert{Tone: fds.Warning, Heading: v.T("editor.reduced"), Text: v.T("editor.reduced.text")}
	}
	for _, s := range []string{"none", "covered", "kept", "nobody"} {
		pg.Verdicts = append(pg.Verdicts, fds.Choice{Value: s, Text: v.T("editor.js.verdict." + s)})
	}
	for _, s := range []string{"x", "y", "w", "h"} {
		pg.Box = append(pg.Box, fds.Choice{Value: s, Text: v.T("editor.box." + s)})
	}
	for _, k := range [][2]string{{", .", "step"}, {"K", "play"}, {"J L", "second"}, {"Q E", "turn"}, {"B", "keep"}, {"T", "cover"}, {"I", "nobody"}, {"← ↑ → ↓", "move"}, {"W S A D", "size"}, {"Shift", "fine"}, {"N", "draw"}, {"X", "split"}, {"M", "join"}, {"Delete", "clear"}, {"V", "preview"}, {"Ctrl+Z, Ctrl+Y", "undo"}} {
		pg.Keys = append(pg.Keys, fds.Choice{Value: k[0], Text: v.T("editor.key." + k[1])})
	}
	pg.Data = &editorData{Lang: v.Lang, Base: v.here(), Corrections: v.here() + "/rettelser", Text: v.Under("editor.js."), Project: json.RawMessage("null")}
	return pg
}

// findings hands on what was found and corrected.
func (p *Screens) findings(v *visit) error {
	b, err := p.Room.Findings(v.Ctx, v.copy, v.who())
	if err != nil {
		return err
	}
	return v.Send("application/json", b)
}

// pictures relays pictures of the footage: opaque bytes, under an order that
// never leaves the servers.
func (p *Screens) pictures(v *visit) error {
	q := v.R.URL.Query()
	var n [3]int
	for i, name := range []string{"fra", "antal", "bredde"} {
		x, err := strconv.Atoi(q.Get(name))
		if err != nil || x < 0 {
			return fault.New(fault.Invalid, "number", "%s", name)
		}
		n[i] = x
	}
	in, err := p.Room.Pictures(v.Ctx, v.copy, engineapi.PicturesQuery{First: n[0], Count: min(n[1], 300), Width: min(n[2], 1920)}, v.who())
	if err != nil {
		return err
	}
	defer in.Close()
	v.W.Header().Set("Content-Type", engineapi.FrameType)
	v.W.WriteHeader(http.StatusOK)
	if err := flow.Relay(v.W, in); err != nil && v.Ctx.Err() == nil {
		p.Log.Info("pictures were broken off", "copy", v.copy.ID, "err", err)
	}
	return nil // part of the answer is out: the frames themselves say how they end
}

// kept is what the editor is told after a save.
type kept struct {
	Revision int    `json:"revision"`
	Text     string `json:"text"`
}

// correct saves from the editor. The revision that it builds on is in the
// address.
func (p *Screens) correct(v *visit) error {
	revision, err := strconv.Atoi(v.R.URL.Query().Get("udgave"))
	if err != nil {
		return fault.New(fault.Invalid, "number", "udgave")
	}
	body, err := io.ReadAll(v.R.Body)
	if err != nil {
		return fault.As(fault.Invalid, "anonymised.corrections", err)
	}
	c, err := p.Room.Correct(v.Ctx, v.copy.ID, revision, body, v.who())
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, kept{c.Engine.Revision, v.T("editor.saved", v.ClockSeconds(v.Now))})
}

// confirm takes the contact sheet's word and lets the film be made.
func (p *Screens) confirm(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	revision, err1 := strconv.Atoi(in.Get("udgave"))
	fragments, err2 := strconv.Atoi(in.Get("antal"))
	if err1 != nil || err2 != nil {
		return fault.New(fault.Invalid, "number", "udgave, antal")
	}
	if _, err := p.Room.Confirm(v.Ctx, v.copy.ID, revision, fragments, v.who()); err != nil {
		return err
	}
	if _, err := p.Room.Cover(v.Ctx, v.copy.ID, v.who()); err != nil {
		return err
	}
	return v.See(v.here())
}
