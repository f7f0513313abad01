package page

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
)

// HistoryRow is one entry of a ledger in words.
type HistoryRow struct {
	Time   string
	ISO    string
	Half   string // "portal" or "engine"
	Index  int64
	Kind   string
	Text   string
	Detail string // the entry's body as it stands
	At     time.Time
}

// Happened is the foot of an object's page: {{template "happened" .Happened}}.
type Happened struct {
	Words
	Rows []HistoryRow
}

// Happened is what happened to an object, for the foot of its page: at most n
// entries of the ledgers that name its id. Who looked at what, and because of
// which incident, is shown to whoever may read the log; to others only the
// kinds that the page is about.
func (v *Visit) Happened(id string, n int, about ...string) (Happened, error) {
	var secret []string
	if !v.May(access.SeeLog, access.Object{}) {
		secret = slices.DeleteFunc([]string{"view.", "access.", "still.", "live.", "grant.", "consent.", "incident."}, func(kind string) bool { return slices.Contains(about, kind) })
	}
	rows, err := v.History(id, n, secret...)
	return Happened{v.Words, rows}, err
}

// History is what happened to an object, newest first, from both ledgers: the
// entries that name its id, at most n, and none of some kinds.
func (v *Visit) History(id string, n int, except ...string) ([]HistoryRow, error) {
	rows, err := v.Entries(LedgerQuery{Text: `"` + id + `"`, Except: append(echoes(), except...), Limit: n})
	return rows[:min(n, len(rows))], err
}

// echoes are entries that say again, for another reader, what one beside them
// says; an object's history leaves them out, the log has them all.
func echoes() []string {
	return append(engineapi.Echoes(), "ticket.issued", "viewing.opened", "stop.issued", "restart.issued")
}

// Scope says which entries a person may read: those of their own controller,
// and those that belong to none. Several controllers share the ledgers, and an
// entry names its controller, or the camera or location that it is about.
type Scope struct {
	controller string
	owns       func(id string) bool // whether it is the controller's camera or location
}

// Scope is what the person may read of the ledgers. Most entries name their
// controller, so each of the others' things is asked for when it comes up.
func (v *Visit) Scope() (Scope, error) {
	s := Scope{controller: v.Person.Controller}
	known := map[string]bool{}
	s.owns = func(id string) bool {
		yes, ok := known[id]
		if !ok && id != "" {
			_, camera := v.Site.Register.Camera(v.Ctx, s.controller, id)
			yes = camera == nil
			if !yes {
				_, location := v.Site.Register.Location(v.Ctx, s.controller, id)
				yes = location == nil
			}
			known[id] = yes
		}
		return yes
	}
	return s, nil
}

// Covers reports whether an entry's body is the controller's, or nobody's.
func (s Scope) Covers(body json.RawMessage) bool {
	var e struct {
		subject
		What subject
		Body subject
	}
	if json.Unmarshal(body, &e) != nil {
		return len(body) == 0 // expired: only that it was there is shown
	}
	for _, o := range []subject{e.subject, e.What, e.Body} {
		if o.Controller != "" {
			return o.Controller == s.controller
		}
	}
	about := false
	for _, o := range []subject{e.subject, e.What, e.Body} {
		for _, id := range append([]string{o.Camera, o.Location}, o.Cameras...) {
			if s.owns(id) {
				return true
			}
			about = about || id != ""
		}
	}
	return !about
}

// subject is what an entry may say that it is about.
type subject struct {
	Controller, Camera, Location string
	Cameras                      []string
}

// LedgerQuery selects entries of one or both ledgers.
type LedgerQuery struct {
	Half     string // "portal", "engine" or both
	From, To time.Time
	Kinds    []string
	Except   []string // none of these kinds
	Text     string
	Limit    int
}

// longestLine is how many characters of an entry a page shows.
const longestLine = 4000

// enginePast is how far back the engine answers one question about its ledger.
const enginePast = 399 * 24 * time.Hour

// Entries reads both ledgers, newest first. An engine that does not answer
// leaves its part out.
func (v *Visit) Entries(q LedgerQuery) ([]HistoryRow, error) {
	mine, err := v.Scope()
	if err != nil {
		return nil, err
	}
	var rows []HistoryRow
	if q.Half != "engine" {
		own, err := v.Site.Ledger.Find(v.Ctx, ledger.Filter{From: q.From, To: q.To, Kinds: q.Kinds, Except: q.Except, Text: q.Text, Newest: true, Limit: q.Limit})
		if err != nil {
			return nil, err
		}
		for _, e := range own {
			if !mine.Covers(e.Body) {
				continue
			}
			rows = append(rows, v.HistoryRow("portal", e.Index, e.Time, e.Kind, e.Body, e.Expired))
		}
	}
	if q.Half != "portal" {
		from, to := q.From, q.To
		if to.IsZero() {
			to = v.Now.Add(time.Minute)
		}
		if oldest := to.Add(-enginePast); from.Before(oldest) {
			from = oldest
		}
		if !from.Before(to) {
			return rows, nil
		}
		theirs, err := v.Site.Engine.LedgerFind(v.Ctx, engineapi.LedgerFilter{From: from, To: to, Kinds: q.Kinds, Except: q.Except, Text: q.Text, Controller: v.Person.Controller, Limit: q.Limit})
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
		for _, e := range theirs {
			if !mine.Covers(e.Body) {
				continue
			}
			rows = append(rows, v.HistoryRow("engine", e.Index, e.Time, e.Kind, e.Body, e.Expired))
		}
	}
	slices.SortStableFunc(rows, func(a, b HistoryRow) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(b.Index, a.Index)) })
	return rows, nil
}

// HistoryRow puts one entry into words.
func (v *Visit) HistoryRow(half string, index int64, at time.Time, kind string, body json.RawMessage, expired bool) HistoryRow {
	r := HistoryRow{Time: v.DateTimeSeconds(at), ISO: v.ISO(at), Half: half, Index: index, Kind: kind, At: at}
	if expired {
		r.Text = v.T("log.expired", kind)
		return r
	}
	r.Text = accesslog.Clean(v.EntryWords(kind, body), longestLine)
	r.Detail = accesslog.Clean(string(body), longestLine)
	return r
}

// EntryWords puts an entry into words: the text log.<kind>, in which {name}
// stands for the field name of the body, and {a.b} for a field within one.
func (v *Visit) EntryWords(kind string, body json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		fields = nil
	}
	text := v.Or("log."+kind, v.T("log.other", kind))
	var pairs []string
	v.flatten("", fields, &pairs)
	if one, ok := fields["camera"].(string); ok && fields["cameras"] == nil { // one of what is said of several
		pairs = append(pairs, "{cameras}", one)
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	for { // what the body does not have leaves no hole
		i := strings.IndexByte(text, '{')
		j := strings.IndexByte(text, '}')
		if i < 0 || j < i {
			if strings.HasSuffix(text, ". –") { // a sentence that was not said
				return strings.TrimSuffix(text, " –")
			}
			return text
		}
		text = text[:i] + "–" + text[j+1:]
	}
}

func (v *Visit) flatten(prefix string, fields map[string]any, pairs *[]string) {
	for k, val := range fields {
		switch x := val.(type) {
		case map[string]any:
			if k == "changes" {
				val = v.changes(x)
				break
			}
			v.flatten(prefix+k+".", x, pairs)
			continue
		case string:
			val = v.entryText(k, x)
		case float64: // the archive writes times in microseconds
			if x > 1e15 && x < 1e16 {
				val = v.DateTime(db.Time(int64(x)))
			}
		case []any:
			var parts []string
			for _, e := range x {
				parts = append(parts, fmt.Sprint(e))
			}
			val = strings.Join(parts, ", ")
		}
		*pairs = append(*pairs, "{"+prefix+k+"}", fmt.Sprint(val))
	}
}

// entryText is a field of an entry that holds text, as people read it.
func (v *Visit) entryText(name, text string) string {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return v.DateTime(t)
	}
	switch name {
	case "why", "cause", "key", "reason", "rule":
		return v.Or("fault."+text, v.Or("why."+text, v.Or("deletions.rule."+text, text)))
	case "body", "kind", "duty":
		if v.Site.BodyName != nil && name == "body" {
			if said := v.Site.BodyName(text, v.Lang); said != "" {
				return said
			}
		}
		return v.Or("body."+text, v.Or("police.kind."+text, v.Or("paper.kind."+text, text)))
	case "crime":
		return v.Or("crime."+text, text)
	case "by":
		return v.nameOf(text)
	case "path":
		return v.where(text)
	}
	return text
}

// where is an address as people know its page: at.<folder> in the texts, with
// .one, or what follows in the address, for a page below it. What has no words
// stands as it is.
func (v *Visit) where(address string) string {
	plain, _, _ := strings.Cut(address, "?")
	folder, rest, _ := strings.Cut(strings.Trim(plain, "/"), "/")
	below, _, _ := strings.Cut(rest, "/")
	for _, key := range []string{"at." + folder + "." + below, "at." + folder + ".one", "at." + folder} {
		if below == "" && strings.HasPrefix(key, "at."+folder+".") {
			continue
		}
		if v.Has(key) {
			return v.T(key, below)
		}
	}
	return address
}

// nameOf is the name of a person of the controller by id; what no person did,
// the system did.
func (v *Visit) nameOf(id string) string {
	if id == "" {
		return v.T("history.system")
	}
	if v.names == nil {
		v.names = map[string]string{}
		people, err := v.Site.People.People(v.Ctx, v.Person.Controller)
		if err != nil {
			v.Site.Log.Warn("names could not be read", "err", err)
		}
		for _, p := range people {
			v.names[p.ID] = p.Name
		}
	}
	if name := v.names[id]; name != "" {
		return name
	}
	return id
}

// longestChange is how much of a changed value a line of history shows.
const longestChange = 60

// changes are the fields that an entry says were changed, with what stood
// there where that is short.
func (v *Visit) changes(fields map[string]any) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		said := v.Or("field."+name, name)
		c, _ := fields[name].(map[string]any)
		was, one := c["was"].(string)
		is, two := c["is"].(string)
		if one && two && len(was) <= longestChange && len(is) <= longestChange {
			said = v.T("history.change", said, v.changed(name, was), v.changed(name, is))
		}
		names[i] = said
	}
	return strings.Join(names, "; ")
}

func (v *Visit) changed(name, text string) string {
	if text == "" {
		return v.T("history.nothing")
	}
	return v.entryText(name, text)
}
