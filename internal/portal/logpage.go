package portal

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
)

type logPage struct {
	Shell
	Tabs                               fds.Tabs
	Half, Kind, Camera, Text, From, To fds.Field
	Button                             fds.Button
	Clear                              string
	Table                              fds.Table
	Rows                               []historyRow
	More                               string
	Shown                              string
	Empty                              string
	Portal, Engine                     ledgerInfo
	Extracts                           []fds.Link
	Shared                             string // that entries of others are withheld
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

// oversightTabs lead between the pages of oversight.
func (v *visit) oversightTabs() fds.Tabs {
	t := fds.Tabs{Label: v.T("oversight.tabs")}
	for _, p := range []struct {
		href, key string
		act       access.Act
	}{{menuWatch, "log.title", access.SeeLog}, {"/tilsyn/sletninger", "deletions.title", access.SeeDeletions}} {
		if v.may(p.act, access.Object{}) {
			t.Items = append(t.Items, fds.Tab{Href: p.href, Text: v.T(p.key), Current: v.r.URL.Path == p.href})
		}
	}
	return t
}

const logRows = 50

func (p *Portal) logPage(v *visit) error {
	q := v.r.URL.Query()
	cams, _, err := p.Register.Cameras(v.ctx, register.Query{Controller: v.person.Controller, Removed: true})
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(q.Get("antal"))
	n = min(max(n, logRows), 1000)
	lq := v.ledgerQuery(q)
	lq.limit = n + 1
	rows, err := p.entries(v, lq)
	if err != nil {
		return err
	}
	pg := v.logPage(cams, rows, n)
	size, err := p.Ledger.Size(v.ctx)
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
	if id, err := p.Engine.Identity(v.ctx); err == nil {
		e := p.state.get(v.ctx)
		pg.Engine = ledgerInfo{Name: id.LedgerName, Key: id.LedgerKey, Size: v.N("health.entries", e.LedgerSize)}
	} else if !fault.Is(err, fault.Unavailable) {
		return err
	}
	return v.show(http.StatusOK, pg)
}

func (v *visit) ledgerQuery(q url.Values) ledgerQuery {
	l := ledgerQuery{half: map[string]string{"portal": "portal", "optager": "engine"}[q.Get("del")], text: strings.TrimSpace(q.Get("tekst"))}
	if c := q.Get("kamera"); c != "" && l.text == "" {
		l.text = `"` + c + `"`
	}
	for _, g := range kindGroups() {
		if g.name == q.Get("slags") {
			l.kinds = g.kinds
		}
	}
	if t, err := localTime(q.Get("fra"), "00:00"); err == nil {
		l.from = t
	}
	if t, err := localTime(q.Get("til"), "00:00"); err == nil {
		l.to = t.In(zone()).AddDate(0, 0, 1).UTC()
	}
	return l
}

// logPage puts the page together; there are more rows than n when there is
// more to read.
func (v *visit) logPage(cams []register.Camera, rows []historyRow, n int) *logPage {
	q := v.r.URL.Query()
	pg := &logPage{Shell: v.newShell("log", v.T("log.title")), Tabs: v.oversightTabs()}
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
	pg.Half = mark(v.field(fds.Field{ID: "del", Name: "del", Type: "select", Choices: options("log.half", "portal", "optager")}, "log.half"))
	pg.Kind = mark(v.field(fds.Field{ID: "slags", Name: "slags", Type: "select", Choices: options("log.kind", kinds...)}, "log.kind"))
	pg.Camera = fds.Field{ID: "kamera", Name: "kamera", Type: "select", Choices: []fds.Choice{{Text: v.T("deletions.camera.all")}}}
	for _, c := range cams {
		pg.Camera.Choices = append(pg.Camera.Choices, fds.Choice{Value: c.ID, Text: c.Where + ": " + c.Name})
	}
	pg.Camera = mark(v.field(pg.Camera, "deletions.camera"))
	pg.Text = v.field(fds.Field{ID: "tekst", Name: "tekst", Type: "search", Value: q.Get("tekst"), Optional: true, MaxLength: 100}, "log.text")
	pg.From = v.field(fds.Field{ID: "fra", Name: "fra", Type: "date", Value: q.Get("fra"), Optional: true}, "log.from")
	pg.To = v.field(fds.Field{ID: "til", Name: "til", Type: "date", Value: q.Get("til"), Optional: true}, "log.to")
	pg.Text.OptionalText, pg.From.OptionalText, pg.To.OptionalText = "", "", ""
	pg.Button = fds.Button{Kind: "secondary", Text: v.T("filter.button")}
	if len(q) > 0 {
		pg.Clear = "/tilsyn/log"
	}
	pg.Rows = rows[:min(n, len(rows))]
	if len(rows) > n && n < 1000 {
		more := maps(q)
		more.Set("antal", strconv.Itoa(n+logRows))
		pg.More = "/tilsyn/log?" + more.Encode()
	}
	pg.Table = fds.Table{Caption: v.T("log.title"), Columns: []fds.Column{{Text: v.T("log.column.time")}, {Text: v.T("log.column.what")}, {Text: v.T("log.column.half")}, {Text: v.T("log.column.index"), End: true}}}
	if len(rows) == 0 {
		pg.Empty = v.T("log.empty")
	} else {
		pg.Shown = v.N("log.shown", int64(len(pg.Rows)))
	}
	pg.Extracts = []fds.Link{
		{Href: "/tilsyn/log/udtraek?del=portal", Text: v.T("log.extract.portal")},
		{Href: "/tilsyn/log/udtraek?del=optager", Text: v.T("log.extract.engine")},
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
func (p *Portal) alone(v *visit) (bool, error) {
	all, err := p.Register.Controllers(v.ctx)
	return len(all) == 1, err
}

// logExtract sends a ledger as one file that vidne-verify checks without us.
// Taking it is an entry of its own, and in the file.
func (p *Portal) logExtract(v *visit) error {
	half := v.r.URL.Query().Get("del")
	if err := p.DB.Write(v.ctx, func(tx *db.Tx) error {
		_, err := p.Ledger.Append(v.ctx, tx, v.now, "ledger.extracted", map[string]any{"controller": v.person.Controller, "person": v.person.ID, "name": v.session.Person.Name, "half": half, "address": v.whence()})
		return err
	}); err != nil {
		return err
	}
	name := "vidne-" + half + "-" + v.now.In(zone()).Format("2006-01-02") + ".vidnelog"
	head := func() {
		v.w.Header().Set("Content-Type", "application/octet-stream")
		v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}
	switch half {
	case "portal":
		if _, err := p.Ledger.Checkpoint(v.ctx); err != nil {
			return err
		}
		size, err := p.Ledger.Size(v.ctx)
		if err != nil {
			return err
		}
		mine, err := p.scope(v)
		if err != nil {
			return err
		}
		head()
		return p.Ledger.ExtractSome(v.ctx, 0, size, v.w, func(e *ledger.Entry) bool { return mine.covers(e.Body) })
	case "optager":
		now, err := p.Engine.Status(v.ctx)
		if err != nil {
			return err
		}
		in, err := p.Engine.LedgerExtract(v.ctx, 0, now.LedgerSize, v.person.Controller)
		if err != nil {
			return err
		}
		defer in.Close()
		head()
		if _, err := io.Copy(v.w, in); err != nil {
			p.Log.Info("an extract was broken off", "err", err)
		}
		return nil
	}
	return fault.New(fault.NotFound, "page.unknown", "no ledger %q", half)
}
