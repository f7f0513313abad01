package staff

import (
	"net/http"
	"strconv"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	room "vidne.dk/vidne/internal/staff"
)

// receiptPage is a notice behind a member's own link, and the button that
// confirms it.
type receiptPage struct {
	page.Shell
	Lead     string
	Sections []page.Section
	Done     *fds.Alert // it is confirmed
	Ask      string
	Hidden   string // the version
	Button   fds.Button
}

// receipt is read without a login: the code says whose it is.
func (p *Screens) receipt(v *visit) error {
	l, err := p.Room.ByCode(v.Ctx, v.R.PathValue("kode"))
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.receiptPage(l))
}

func (p *Screens) received(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	code, version := v.R.PathValue("kode"), number(in.Get("version"))
	err = p.Room.Acknowledge(v.Ctx, code, version, v.Whence())
	if fault.Key(err) == "staff.version" {
		l, err := p.Room.ByCode(v.Ctx, code)
		if err != nil {
			return err
		}
		pg := v.receiptPage(l)
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("staff.receipt.newer"), Text: v.T("staff.receipt.newer.text")})
		return v.Show(http.StatusConflict, pg)
	}
	if err != nil {
		return err
	}
	return v.See(room.LinkPath + code + "?sprog=" + v.R.URL.Query().Get("sprog"))
}

// receiptPage speaks the language that is chosen on it, else the member's own.
func (v *visit) receiptPage(l room.Linked) *receiptPage {
	lang := l.Member.Lang
	if q := v.R.URL.Query().Get("sprog"); q == "da" || q == "en" {
		lang = q
	}
	v.Words = v.Site.In(page.LangOf(lang))
	t := text{v.Words, l.Notice}
	pg := &receiptPage{Shell: v.NewShell("staffreceipt", t.title()), Lead: t.lead(), Sections: t.sections(), Ask: v.T("staff.receipt.ask", l.Member.Name, t.version()),
		Hidden: strconv.Itoa(l.Notice.Version), Button: fds.Button{Kind: "primary", Text: v.T("staff.receipt.button")}}
	if l.Member.Kind == room.Firm {
		pg.Ask, pg.Button.Text = v.T("staff.receipt.ask.firm", l.Member.Name, t.version()), v.T("staff.receipt.button.firm")
	}
	for i, x := range pg.Header.Languages {
		pg.Header.Languages[i].Href = "?sprog=" + x.Code
	}
	if l.Receipt != nil {
		pg.Done = &fds.Alert{Tone: fds.Success, Heading: v.T("staff.receipt.done", v.DateTime(l.Receipt.At)), Text: v.T("staff.receipt.done.text")}
	}
	return pg
}
