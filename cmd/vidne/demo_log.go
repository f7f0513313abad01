package main

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
)

// demoUse is one thing that somebody did, so many days and hours before the
// demonstration's first evening.
type demoUse struct {
	days  int
	clock time.Duration // Danish time of day
	who   string        // login
	kind  string
	more  map[string]any
}

// demoUses are some weeks of a quiet municipality: searches, cases that were
// read, lists that were taken out, a window that was broken, and two who were
// refused.
func demoUses() []demoUse {
	at := func(h, m int) time.Duration { return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute }
	read := func(path string) map[string]any { return map[string]any{"act": "see-cases", "path": path} }
	return []demoUse{
		{33, at(8, 12), "karen", "data.searched", map[string]any{"path": "/soeg?q=skole", "terms": "skole"}},
		{33, at(8, 14), "karen", "data.read", read("/sager")},
		{32, at(9, 40), "mette", "data.read", map[string]any{"act": "see-log", "path": "/tilsyn/log"}},
		{29, at(13, 5), "soeren", "access.refused", map[string]any{"act": "view", "why": "access.it", "path": "/afspilning"}},
		{27, at(10, 2), "karen", "data.exported", map[string]any{"path": "/kameraer?format=xlsx"}},
		{25, at(7, 51), "jonas", "access.refused", map[string]any{"act": "view", "why": "access.ground", "camera": "skole-indgang", "location": "skole", "path": "/afspilning"}},
		{22, at(11, 20), "birthe", "data.read", read("/sager")},
		{21, at(14, 33), "karen", "data.searched", map[string]any{"path": "/steder?q=gymnastiksal", "terms": "gymnastiksal"}},
		{18, at(9, 3), "mette", "data.searched", map[string]any{"path": "/tilsyn/log?q=hærværk", "terms": "hærværk"}},
		{15, at(8, 45), "soeren", "data.read", map[string]any{"act": "see-mail", "path": "/administration/mail"}},
		{13, at(15, 10), "karen", "data.read", read("/sager")},
		{11, at(10, 28), "mette", "data.exported", map[string]any{"path": "/tilsyn/log?format=csv&slags=footage"}},
		{9, at(12, 6), "jonas", "data.searched", map[string]any{"path": "/soeg?q=indgang", "terms": "indgang"}},
	}
}

// demoLog lets the weeks before the first evening have left their traces. They
// are entries like any other, which only say that they are older.
func (o *office) demoLog(ctx context.Context, first time.Time) error {
	people, err := o.people.People(ctx, lindeby)
	if err != nil {
		return err
	}
	var entries []ledger.New
	midnight := inDenmark(first)
	midnight = time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, 0, 0, 0, midnight.Location())
	for _, u := range demoUses() {
		for _, p := range people {
			if p.Login != u.who {
				continue
			}
			when := midnight.AddDate(0, 0, -u.days).Add(u.clock).UTC()
			body := map[string]any{"controller": lindeby, "person": p.ID, "name": p.Name, "address": "10.20.4.17"}
			entries = append(entries, ledger.New{At: when.Add(-2 * time.Minute), Kind: "login", Body: map[string]any{"controller": lindeby, "person": p.ID, "name": p.Name, "address": "10.20.4.17"}})
			for k, v := range u.more {
				body[k] = v
			}
			entries = append(entries, ledger.New{At: when, Kind: u.kind, Body: body})
		}
	}
	return o.db.Write(ctx, func(tx *db.Tx) error {
		_, err := o.ledger.AppendAll(ctx, tx, entries)
		return err
	})
}
