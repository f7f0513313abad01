package watch

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/portal/page"
)

type ledgerPage struct {
	page.Shell
	Half, Kind, Text, From, To fds.Field
	Button                     fds.Button
	Clear                      string
	Table                      fds.Table
	Rows                       []page.HistoryRow
	More                       string
	Shown                      string
	Empty                      string
	Portal, Engine             ledgerInfo
	Extracts                   []fds.Link
	Shared                     string // that entries of others are withheld
}

// ledgerInfo is what it takes to check a ledger from outside.
type ledgerInfo struct {
	Name, Key, Note string
	Size            string
}

// kindGroups sort entries into what a reviewer looks for. The value is a list
// of kinds for the ledgers' filters.
func kindGroups() []struct {
	name  string
	kinds []string
} {
	return []struct {
		name  string
		kinds []string
	}{
		{"visning", []string{"view.opened", "view.closed", "view.refused", "ticket.issued", "ticket.used", "ticket.refused", "view."}},
		{"afvist", []string{"access.refused", "login.refused", "view.refused", "statement.refused"}},
		{"login", []string{"login", "login.refused", "logout", "account.", "password."}},
		{"stop", []string{"camera.stopped", "camera.restarted", "stop.issued", "restart.issued", "stop.", "restart."}},
		{"tilladelse", []string{"permit.", "lease.issued", "revocation.", "camera.issued"}},
		{"sletning", []string{"deletion.", "segment.deleted", "sweep.", "key.", "hold.", "release."}},
		{"register", []string{"controller.", "administration.", "location.", "camera.added", "camera.removed", "designation."}},
	}
}

const (
	// ledgerPath is the page of everything that the ledgers hold.
	ledgerPath = logPath + "/alt"
	logRows    = 25
)

func (p *Screens) ledgerPage(v *visit) error {
	q := v.R.URL.Query()
	n, _ := strconv.Atoi(q.Get("antal"))
	n = min(max(n, logRows), 1000)
	lq := v.ledgerQuery(q)
	lq.Limit = n + 1
	rows, err := v.Entries(lq)
	if err != nil {
		return err
	}
	pg := v.ledgerPage(rows, n)
	size, err := p.Ledger.Size(v.Ctx)
	if err != nil {
		return err
	}
	alone, err := p.alone(v)
	if err != nil {
		return err
	}
	if !alone {
		pg.Shared = v.T("log.extract.shared")
	}
	name, key := p.Ledger.Public()
	pg.Portal = ledgerInfo{Name: name, Key: key, Size: v.N("health.entries", size)}
	if id, err := p.Engine.Identity(v.Ctx); err == nil {
		e := p.State.Get(v.Ctx)
		pg.Engine = ledgerInfo{Name: id.LedgerName, Key: id.LedgerKey, Size: v.N("health.entries", e.LedgerSize)}
	} else if !fault.Is(err, fault.Unavailable) {
		return err
	}
	return v.Show(http.StatusOK, pg)
}

func (v *visit) ledgerQuery(q url.Values) page.LedgerQuery {
	l := page.LedgerQuery{Half: map[string]string{"portal": "portal", "optager": "engine"}[q.Get("del")], Text: strings.TrimSpace(q.Get("tekst"))}
	if c := q.Get("kamera"); c != "" && l.Text == "" {
		l.Text = `"` + c + `"`
	}
	for _, g := range kindGroups() {
		if g.name == q.Get("slags") {
			l.Kinds = g.kinds
		}
	}
	if t, err := page.LocalTime(q.Get("fra"), "00:00"); err == nil {
		l.From = t
	}
	if t, err := page.LocalTime(q.Get("til"), "00:00"); err == nil {
		l.To = t.In(page.Zone()).AddDate(0, 0, 1).UTC()
	}
	return l
}

// ledgerPage puts the page together; there are more rows than n when there is
// more to read.
func (v *visit) ledgerPage(rows []page.HistoryRow, n int) *ledgerPage {
	q := v.R.URL.Query()
	pg := &ledgerPage{Shell: v.NewShell("ledger", v.T("ledger.title"), fds.Link{Href: logPath, Text: v.T("log.title")})}
	options := func(key string, names ...string) []fds.Choice {
		out := []fds.Choice{{Text: v.T(key + ".all")}}
		for _, name := range names {
			out = append(out, fds.Choice{Value: name, Text: v.T(key + "." + name), On: false})
		}
		return out
	}
	mark := func(f fds.Field) fds.Field {
		for i := range f.Choices {
			f.Choices[i].On = f.Choices[i].Value == q.Get(f.Name)
		}
		return f
	}
	var kinds []string
	for _, g := range kindGroups() {
		kinds = append(kinds, g.name)
	}
	pg.Half = mark(v.Field(fds.Field{ID: "del", Name: "del", Type: "select", Choices: options("log.half", "portal", "optager")}, "log.half"))
	pg.Kind = mark(v.Field(fds.Field{ID: "slags", Name: "slags", Type: "select", Choices: options("log.kind", kinds...)}, "log.kind"))
	pg.Text = v.Field(fds.Field{ID: "tekst", Name: "tekst", Type: "search", Value: q.Get("tekst"), Optional: true, MaxLength: 100}, "log.text")
	pg.From = v.Field(fds.Field{ID: "fra", Name: "fra", Type: "date", Value: q.Get("fra"), Optional: true}, "log.from")
	pg.To = v.Field(fds.Field{ID: "til", Name: "til", Type: "date", Value: q.Get("til"), Optional: true}, "log.to")
	pg.Text.OptionalText, pg.From.OptionalText, pg.To.OptionalText = "", "", ""
	pg.Button = fds.Button{Kind: "secondary", Text: v.T("filter.button")}
	if len(q) > 0 {
		pg.Clear = ledgerPath
	}
	pg.Rows = rows[:min(n, len(rows))]
	if len(rows) > n && n < 1000 {
		more := maps(q)
		more.Set("antal", strconv.Itoa(n+logRows))
		pg.More = "/tilsyn/log?" + more.Encode()
	}
	pg.Table = fds.Table{Caption: v.T("ledger.title"), Columns: []fds.Column{{Text: v.T("log.column.time")}, {Text: v.T("log.column.what")}, {Text: v.T("log.column.half")}, {Text: v.T("log.column.index"), End: true}}}
	if len(rows) == 0 {
		pg.Empty = v.T("log.empty")
	} else {
		pg.Shown = v.N("log.shown", int64(len(pg.Rows)))
	}
	pg.Extracts = []fds.Link{
		{Href: logPath + "/udtraek?del=portal", Text: v.T("log.extract.portal")},
		{Href: logPath + "/udtraek?del=optager", Text: v.T("log.extract.engine")},
	}
	return pg
}

func maps(q url.Values) url.Values {
	out := url.Values{}
	for k, val := range q {
		out[k] = slices.Clone(val)
	}
	return out
}

// alone reports whether the installation has one controller, so that nothing
// in the ledgers is about others.
func (p *Screens) alone(v *visit) (bool, error) {
	all, err := p.Register.Controllers(v.Ctx)
	return len(all) == 1, err
}

// logExtract sends a ledger as one file that vidne-verify checks without us.
// Taking it is an entry of its own, and in the file.
func (p *Screens) logExtract(v *visit) error {
	half := v.R.URL.Query().Get("del")
	if err := p.DB.Write(v.Ctx, func(tx *db.Tx) error {
		_, err := p.Ledger.Append(v.Ctx, tx, v.Now, "ledger.extracted", map[string]any{"controller": v.Person.Controller, "person": v.Person.ID, "name": v.Session.Person.Name, "half": half, "address": v.Whence()})
		return err
	}); err != nil {
		return err
	}
	name := "vidne-" + half + "-" + v.Now.In(page.Zone()).Format("2006-01-02") + ".vidnelog"
	head := func() {
		v.W.Header().Set("Content-Type", "application/octet-stream")
		v.W.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	switch half {
	case "portal":
		if _, err := p.Ledger.Checkpoint(v.Ctx); err != nil {
			return err
		}
		size, err := p.Ledger.Size(v.Ctx)
		if err != nil {
			return err
		}
		mine, err := v.Scope()
		if err != nil {
			return err
		}
		head()
		return p.Ledger.ExtractSome(v.Ctx, 0, size, v.W, func(e *ledger.Entry) bool { return mine.Covers(e.Body) })
	case "optager":
		now, err := p.Engine.Status(v.Ctx) // not the answer that pages share for a moment
		if err != nil {
			return err
		}
		in, err := p.Engine.LedgerExtract(v.Ctx, 0, now.LedgerSize, v.Person.Controller)
		if err != nil {
			return err
		}
		defer in.Close()
		head()
		if _, err := io.Copy(v.W, in); err != nil {
			p.Log.Info("an extract was broken off", "err", err)
		}
		return nil
	}
	return fault.New(fault.NotFound, "page.unknown", "no ledger %q", half)
}
