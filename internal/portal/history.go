package portal

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// historyRow is one entry of a ledger in words.
type historyRow struct {
	Time   string
	ISO    string
	Half   string // "portal" or "engine"
	Index  int64
	Kind   string
	Text   string
	Detail string // the entry's body as it stands
	at     time.Time
}

// history is what happened to a camera, newest first, from both ledgers.
func (p *Portal) history(v *visit, camera string, n int) ([]historyRow, error) {
	rows, err := p.entries(v, ledgerQuery{text: `"` + camera + `"`, limit: 20 * n})
	if err != nil {
		return nil, err
	}
	rows = slices.DeleteFunc(rows, func(r historyRow) bool { return slices.Contains(echoes(), r.Kind) })
	return rows[:min(n, len(rows))], nil
}

// echoes are entries that say again, for another reader, what one beside them
// says; a camera's history leaves them out, the log has them all.
func echoes() []string {
	return []string{"ticket.issued", "viewing.opened", "stop.issued", "restart.issued", "segment.sealed", "segment.adopted", "deletion.intended", "key.erased", "statement.lease"}
}

// scope says which entries a person may read: those of their own controller,
// and those that belong to none. Several controllers share the ledgers, and an
// entry names its controller, or the camera or location that it is about.
type scope struct {
	controller string
	things     map[string]bool // the controller's cameras and locations
}

func (p *Portal) scope(v *visit) (scope, error) {
	s := scope{v.person.Controller, map[string]bool{}}
	cams, _, err := p.Register.Cameras(v.ctx, register.Query{Controller: s.controller, Removed: true})
	if err != nil {
		return s, err
	}
	places, err := p.Register.Locations(v.ctx, s.controller)
	if err != nil {
		return s, err
	}
	for _, c := range cams {
		s.things[c.ID] = true
	}
	for _, l := range places {
		s.things[l.ID] = true
	}
	return s, nil
}

// covers reports whether an entry's body is the controller's, or nobody's.
func (s scope) covers(body json.RawMessage) bool {
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
			if s.things[id] {
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

// ledgerQuery selects entries of one or both ledgers.
type ledgerQuery struct {
	half     string // "portal", "engine" or both
	from, to time.Time
	kinds    []string
	text     string
	limit    int
}

// enginePast is how far back the engine answers one question about its ledger.
const enginePast = 399 * 24 * time.Hour

// entries reads both ledgers, newest first. An engine that does not answer
// leaves its part out.
func (p *Portal) entries(v *visit, q ledgerQuery) ([]historyRow, error) {
	mine, err := p.scope(v)
	if err != nil {
		return nil, err
	}
	var rows []historyRow
	if q.half != "engine" {
		own, err := p.Ledger.Find(v.ctx, ledger.Filter{From: q.from, To: q.to, Kinds: q.kinds, Text: q.text, Newest: true, Limit: q.limit})
		if err != nil {
			return nil, err
		}
		for _, e := range own {
			if !mine.covers(e.Body) {
				continue
			}
			rows = append(rows, v.historyRow("portal", e.Index, e.Time, e.Kind, e.Body, e.Expired))
		}
	}
	if q.half != "portal" {
		from, to := q.from, q.to
		if to.IsZero() {
			to = v.now.Add(time.Minute)
		}
		if oldest := to.Add(-enginePast); from.Before(oldest) {
			from = oldest
		}
		if !from.Before(to) {
			return rows, nil
		}
		theirs, err := p.Engine.LedgerFind(v.ctx, engineapi.LedgerFilter{From: from, To: to, Kinds: q.kinds, Text: q.text, Controller: v.person.Controller, Limit: q.limit})
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
		for _, e := range theirs {
			if !mine.covers(e.Body) {
				continue
			}
			rows = append(rows, v.historyRow("engine", e.Index, e.Time, e.Kind, e.Body, e.Expired))
		}
	}
	slices.SortStableFunc(rows, func(a, b historyRow) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.Index, a.Index)) })
	return rows, nil
}

func (v *visit) historyRow(half string, index int64, at time.Time, kind string, body json.RawMessage, expired bool) historyRow {
	r := historyRow{Time: v.DateTimeSeconds(at), ISO: v.ISO(at), Half: half, Index: index, Kind: kind, at: at}
	if expired {
		r.Text = v.T("log.expired", kind)
		return r
	}
	r.Text = v.entryWords(kind, body)
	r.Detail = string(body)
	return r
}

// entryWords puts an entry into words: the text log.<kind>, in which {name}
// stands for the field name of the body, and {a.b} for a field within one.
func (v *visit) entryWords(kind string, body json.RawMessage) string {
	var fields map[string]any
	if json.Unmarshal(body, &fields) != nil {
		fields = nil
	}
	text := v.Or("log."+kind, v.T("log.other", kind))
	var pairs []string
	v.flatten("", fields, &pairs)
	text = strings.NewReplacer(pairs...).Replace(text)
	for { // what the body does not have leaves no hole
		i := strings.IndexByte(text, '{')
		j := strings.IndexByte(text, '}')
		if i < 0 || j < i {
			return text
		}
		text = text[:i] + "–" + text[j+1:]
	}
}

func (v *visit) flatten(prefix string, fields map[string]any, pairs *[]string) {
	for k, val := range fields {
		switch x := val.(type) {
		case map[string]any:
			v.flatten(prefix+k+".", x, pairs)
			continue
		case string:
			if t, err := time.Parse(time.RFC3339Nano, x); err == nil {
				val = v.DateTime(t)
			} else if k == "why" || k == "cause" || k == "key" || k == "reason" || k == "rule" {
				val = v.Or("fault."+x, v.Or("why."+x, v.Or("deletions.rule."+x, x)))
			}
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

// issuedPermit is the permit that the portal itself holds to stand, or empty.
// One that has not reached its engine yet is no difference.
func (p *Portal) issuedPermit(ctx context.Context, camera string) (id permit.ID, settled bool, err error) {
	r, err := p.Issuer.Standing(ctx, camera, "main")
	if fault.Is(err, fault.NotFound) {
		return "", true, nil
	}
	if err != nil {
		return "", false, err
	}
	return r.ID, r.State != issuer.Waiting, nil
}
