package dossier_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var ole = dossier.Who{Person: "p-ole", Name: "Ole Friis"}

func (b *bench) begin(title string) casework.Case {
	b.t.Helper()
	c, err := b.Begin(b.t.Context(), dossier.New{Controller: herning, Title: title, Number: "SD-1", Locations: []string{"skole"}}, hanne)
	must(b.t, err)
	return c
}

func text(pairs ...string) casework.Answers {
	out := casework.Answers{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = casework.Answer{Text: pairs[i+1]}
	}
	return out
}

func TestCasesAreNumberedByControllerAndYear(t *testing.T) {
	req.Shows(t, "CASE-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		if a, c := b.begin("En"), b.begin("To"); a.ID != "2026-001" || c.ID != "2026-002" || a.Number != "SD-1" || a.Applicant != hanne.Person || a.Administration != "boern" {
			t.Errorf("%+v, %s", a, c.ID)
		}
		k, err := b.Begin(ctx, dossier.New{Controller: kadence, Title: "Salen", Locations: []string{"havnen"}}, ole)
		if err != nil || k.ID != "2026-001" || k.Process != "virksomhed" {
			t.Errorf("%+v, %v", k, err)
		}
		// The year is Danish: half past midnight on New Year's Day.
		b.clk.Advance(time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC).Sub(b.clk.Now()))
		if c := b.begin("Nytår"); c.ID != "2027-001" {
			t.Error(c.ID)
		}
		for key, n := range map[string]dossier.New{
			"case.title":       {Controller: herning, Locations: []string{"skole"}},
			"case.locations":   {Controller: herning, Title: "x"},
			"location.unknown": {Controller: herning, Title: "x", Locations: []string{"havnen"}},
			"process.none":     {Controller: herning, Title: "x", Locations: []string{"skole"}, Process: "virksomhed"},
			"case.undecided":   {Controller: herning, Title: "x", Locations: []string{"skole"}, Replaces: "2026-001"},
			"case.unknown":     {Controller: herning, Title: "x", Locations: []string{"skole"}, From: "2025-001"},
		} {
			if _, err := b.Begin(ctx, n, hanne); fault.Key(err) != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		must(t, b.Rename(ctx, herning, "2026-001", "SD-77", "Skolens indgange", hanne))
		if c, _, err := b.Get(ctx, herning, "2026-001"); err != nil || c.Number != "SD-77" || c.Title != "Skolens indgange" {
			t.Errorf("%+v, %v", c, err)
		}
	})
}

func TestDraftsAreMergedAndCollisionsShown(t *testing.T) {
	req.Shows(t, "CASE-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		id := b.begin("En").ID
		cams := []casework.Wanted{{Camera: "skole-1", Name: "Ind", Purpose: "A"}, {Camera: "skole-2", Name: "Ud"}}
		v1, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: 1, Answers: text("purpose", "et", "handling", "to"), Cameras: &cams}, hanne)
		must(t, err)
		// Two begin from v1. Ole changes one field, a camera, and adds one.
		theirs := []casework.Wanted{{Camera: "skole-1", Name: "Ind", Purpose: "A", Quality: "1080p"}, {Camera: "skole-2", Name: "Ud"}, {Camera: "skole-3", Name: "Hal"}}
		v2, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v1, Answers: text("purpose", "Oles"), Cameras: &theirs}, ole)
		must(t, err)
		// Hanne another field, another field of the same camera, and takes one away.
		mine := []casework.Wanted{{Camera: "skole-1", Name: "Ind", Purpose: "B"}}
		v3, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v1, Answers: text("purpose", "et", "handling", "Hannes"), Cameras: &mine}, hanne)
		must(t, err)
		got, err := b.Draft(ctx, herning, id)
		must(t, err)
		a := got.Application
		if got.Version != v3 || a.Answers["purpose"].Text != "Oles" || a.Answers["handling"].Text != "Hannes" || len(a.Cameras) != 2 ||
			a.Cameras[0].Purpose != "B" || a.Cameras[0].Quality != "1080p" || a.Cameras[1].Camera != "skole-3" {
			t.Errorf("merged into %+v", a)
		}
		if !slices.Equal(got.Writers, []string{hanne.Person, ole.Person}) || got.Name != hanne.Name || !got.Open {
			t.Errorf("%+v", got)
		}
		// The same field to another end: both texts are shown, nothing is saved.
		_, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v2, Answers: text("handling", "Oles", "access", "ny")}, ole)
		var clash *dossier.ClashError
		if !fault.Is(err, fault.Conflict) || !errors.As(err, &clash) || len(clash.Clashes) != 1 || clash.Version != v3 {
			t.Fatalf("%v", err)
		}
		if c := clash.Clashes[0]; c.Field != "handling" || c.Mine != "Oles" || c.Theirs != "Hannes" || c.Name != hanne.Name {
			t.Errorf("%+v", c)
		}
		if again, err := b.Draft(ctx, herning, id); err != nil || again.Version != v3 {
			t.Errorf("%d, %v", again.Version, err)
		}
		// A camera that one changes and the other takes away collides too.
		none := []casework.Wanted{{Camera: "skole-1", Name: "Ind", Purpose: "B", Quality: "1080p"}}
		v4, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v3, Cameras: &none}, hanne)
		must(t, err)
		changed := []casework.Wanted{a.Cameras[0], {Camera: "skole-3", Name: "Hallen"}}
		if _, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v3, Cameras: &changed}, ole); !errors.As(err, &clash) || clash.Clashes[0].Camera != "skole-3" {
			t.Errorf("%v", err)
		}
		// Nothing new is no new version; what nobody knows any more differs.
		if v, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: v4, Answers: text("purpose", "Oles")}, ole); err != nil || v != v4 {
			t.Errorf("%d, %v", v, err)
		}
		if _, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: -7, Answers: text("purpose", "et")}, ole); !errors.As(err, &clash) {
			t.Errorf("%v", err)
		}
	})
}

func TestWhatIsBeingDecidedOnIsNotWrittenIn(t *testing.T) {
	req.Shows(t, "CASE-3", "CASE-16")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	id := b.apply("skole-1")
	must(t, b.herning.Until(ctx, id, "ground"))
	d, err := b.Draft(ctx, herning, id)
	must(t, err)
	if _, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: d.Version, Answers: text("purpose", "noget andet")}, hanne); fault.Key(err) != "case.sent" || d.Open {
		t.Errorf("%v, open %t", err, d.Open)
	}
	// Back with the coordinator's remarks in view, mended and sent again.
	must(t, b.herning.Act(ctx, id, casework.Act{Kind: casework.ActReturn, Step: "ground", Remarks: "Skriv, hvad I har prøvet."}))
	v, err := b.Look(ctx, herning, id, hanne)
	must(t, err)
	if !v.MayWrite || v.Case.Steps["ground"].Remarks != "Skriv, hvad I har prøvet." || len(v.Turns) != 1 || v.Turns[0].Body != "applicant" || !v.Turns[0].Since.Equal(b.clk.Now()) {
		t.Errorf("%+v, %+v", v.Turns, v.Case.Steps["ground"])
	}
	stranger := dossier.Who{Person: "p-ida", Name: "Ida"}
	if _, err := b.SaveDraft(ctx, herning, id, dossier.Edit{Base: d.Version, Answers: text("purpose", "mit")}, stranger); fault.Key(err) != "case.body" || !fault.Is(err, fault.Denied) {
		t.Errorf("a stranger wrote: %v", err)
	}
	if _, err := b.Attach(ctx, herning, id, dossier.File{Name: "x.pdf", Body: strings.NewReader(dossiertest.PDF)}, stranger); fault.Key(err) != "case.body" {
		t.Errorf("a stranger attached: %v", err)
	}
	if v, err = b.Look(ctx, herning, id, stranger); err != nil || v.MayWrite || len(v.Offers) > 0 {
		t.Errorf("a stranger may %+v, %v", v.Offers, err)
	}
	must(t, b.herning.Until(ctx, id, "application"))
	first, err := b.Revision(ctx, herning, id, 1)
	must(t, err)
	d, err = b.Draft(ctx, herning, id)
	must(t, err)
	_, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: d.Version, Answers: text("purpose", "Forebygge indbrud i skolens indgange om natten og i ferier.")}, hanne)
	must(t, err)
	must(t, b.herning.Until(ctx, id, "it-remarks"))
	again, err := b.Revision(ctx, herning, id, 1)
	must(t, err)
	all, err := b.Revisions(ctx, herning, id)
	must(t, err)
	if again.SHA256 != first.SHA256 || len(all) != 3 || all[0].Application.Answers["purpose"].Text == first.Application.Answers["purpose"].Text {
		t.Errorf("%d revisions", len(all))
	}
	// A revision that was changed behind our back is found.
	must(t, b.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE case_revisions SET application = REPLACE(application, 'indbrud', 'indblik') WHERE revision = 1`)
		return err
	}))
	if _, err := b.Revision(ctx, herning, id, 1); !fault.Is(err, fault.Corrupt) {
		t.Errorf("%v", err)
	}
}

func TestAnnexes(t *testing.T) {
	req.Shows(t, "CASE-10", "CASE-16")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		id := b.apply("skole-1")
		attach := func(kind, body string) (casework.Annex, error) {
			return b.Attach(ctx, herning, id, dossier.File{Kind: kind, Name: "plan.exe", Body: strings.NewReader(body)}, hanne)
		}
		for key, c := range map[string][2]string{"annex.kind": {"nothing", dossiertest.PDF}, "document.type": {"drawing", "hej"}} {
			if _, err := attach(c[0], c[1]); fault.Key(err) != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		a, err := attach("local-guideline", dossiertest.PDF)
		must(t, err)
		if a.Name != "plan.exe.pdf" || a.By != hanne.Person {
			t.Errorf("%+v", a)
		}
		if ids, err := b.CasesOf(ctx, herning, a.Document); err != nil || !slices.Equal(ids, []string{id}) {
			t.Errorf("%v, %v", ids, err)
		}
		// Off a draft, the file is gone.
		must(t, b.Detach(ctx, herning, id, a.Document, hanne))
		if _, err := b.documents.Get(ctx, herning, a.Document); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		a, err = attach("local-guideline", dossiertest.PDF)
		must(t, err)
		must(t, b.herning.Until(ctx, id, "ground"))
		if err := b.Detach(ctx, herning, id, a.Document, hanne); fault.Key(err) != "case.sent" {
			t.Errorf("off what is being decided on: %v", err)
		}
		must(t, b.herning.Act(ctx, id, casework.Act{Kind: casework.ActReturn, Step: "ground", Remarks: "Nyt bilag"}))
		// Off the next draft; what was sent has it for good.
		must(t, b.Detach(ctx, herning, id, a.Document, hanne))
		v, err := b.Look(ctx, herning, id, hanne)
		must(t, err)
		sent, err := b.Revision(ctx, herning, id, 1)
		must(t, err)
		has := func(list []casework.Annex) bool {
			return slices.ContainsFunc(list, func(x casework.Annex) bool { return x.Document == a.Document })
		}
		if has(v.Draft.Application.Annexes) || !has(sent.Application.Annexes) {
			t.Error("detached wrongly")
		}
		if _, c, err := b.documents.Read(ctx, herning, a.Document); err != nil {
			t.Error(err)
		} else {
			must(t, c.Close())
		}
	})
}

// TestDocumentsInForceAtEachDecision: CASE-8.
func TestDocumentsInForceAtEachDecision(t *testing.T) {
	req.Shows(t, "CASE-8")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	publish := func() {
		d, err := b.documents.Add(ctx, document.New{Controller: herning, Kind: "guideline", Name: "r.pdf", By: "it"}, strings.NewReader(dossiertest.PDF))
		must(t, err)
		_, err = b.documents.Publish(ctx, document.Version{Controller: herning, Kind: "guideline", Title: "Retningslinje", Document: d.ID, By: "it"})
		must(t, err)
	}
	publish()
	id := b.apply("skole-1")
	must(t, b.herning.Until(ctx, id, "application"))
	b.clk.Advance(time.Hour)
	publish()
	must(t, b.herning.Until(ctx, id, "coordinate"))
	c, _, err := b.Get(ctx, herning, id)
	must(t, err)
	if c.Steps["ground"].Documents["guideline"] != 1 || c.Steps["approve-dpo"].Documents["guideline"] != 2 || c.Documents["guideline"] != 2 {
		t.Errorf("%v, %v, %v", c.Steps["ground"].Documents, c.Steps["approve-dpo"].Documents, c.Documents)
	}
}

func TestJournalAndWhatIsNewToWhom(t *testing.T) {
	req.Shows(t, "CASE-1", "CASE-16")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		id := b.apply("skole-1")
		must(t, b.herning.Until(ctx, id, "ground"))
		all, err := b.Journal(ctx, herning, id, 0)
		must(t, err)
		if len(all) < 4 || all[0].Kind != casework.CaseOpened || all[0].Seq != 1 || all[len(all)-1].Body != "risk" {
			t.Fatalf("%+v", all)
		}
		// What others did, until one has seen it.
		fresh, err := b.Since(ctx, herning, id, hanne.Person)
		must(t, err)
		if len(fresh) == 0 || slices.ContainsFunc(fresh, func(e dossier.Entry) bool { return e.Person == hanne.Person }) {
			t.Errorf("%+v", fresh)
		}
		must(t, b.Seen(ctx, herning, id, hanne.Person, all[len(all)-1].Seq))
		must(t, b.Seen(ctx, herning, id, hanne.Person, 1)) // never back
		if fresh, err = b.Since(ctx, herning, id, hanne.Person); err != nil || len(fresh) != 0 {
			t.Errorf("%+v, %v", fresh, err)
		}
		must(t, b.herning.Act(ctx, id, casework.Act{Kind: casework.ActReturn, Step: "ground", Remarks: "Mere"}))
		if fresh, err = b.Since(ctx, herning, id, hanne.Person); err != nil || len(fresh) == 0 || fresh[0].Remarks != "Mere" {
			t.Errorf("%+v, %v", fresh, err)
		}
		some, err := b.Happened(ctx, start, b.clk.Now().Add(time.Second))
		if err != nil || len(some) <= len(all) {
			t.Errorf("%d, %v", len(some), err)
		}
		// Each act has its entry in the ledger, with who and what.
		for _, kind := range []string{"case.opened", "case.drafted", "case.send", "case.revision", "case.return", "case.complete", "case.attached"} {
			if found, err := b.ledger.Find(ctx, ledger.Filter{Kinds: []string{kind}, Text: id}); err != nil || len(found) == 0 {
				t.Errorf("no %s, %v", kind, err)
			}
		}
	})
}

func TestListsFindCases(t *testing.T) {
	req.Shows(t, "CASE-1")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		a, draft := b.apply("skole-1"), b.begin("Gården bagved").ID
		must(t, b.herning.Until(ctx, a, "ground"))
		refused := b.apply("skole-2")
		must(t, b.herning.Until(ctx, refused, "ground"))
		must(t, b.herning.Act(ctx, refused, casework.Act{Kind: casework.ActRefuse, Step: "ground", Remarks: "Nej"}))
		b.fitness()
		risk := b.herning.Cast["risk"].Person
		for name, c := range map[string]struct {
			q    dossier.Query
			want []string
		}{
			"all":       {dossier.Query{}, []string{a, draft, refused}},
			"words":     {dossier.Query{Text: "bagved GÅRDEN"}, []string{draft}},
			"place":     {dossier.Query{Text: "skolevej", Location: "skole"}, []string{a, draft, refused}},
			"percent":   {dossier.Query{Text: "%"}, nil},
			"open":      {dossier.Query{Status: []casework.Status{casework.Open}}, []string{a, draft}},
			"body":      {dossier.Query{Body: "risk"}, []string{a}},
			"mine":      {dossier.Query{Mine: risk}, []string{a}},
			"applicant": {dossier.Query{Mine: hanne.Person}, []string{draft}},
			"part":      {dossier.Query{Person: risk}, []string{refused}},
			"camera":    {dossier.Query{Camera: "skole-2"}, []string{refused}},
			"elsewhere": {dossier.Query{Location: "gaard"}, nil},
			"limited":   {dossier.Query{Locations: []string{"gaard"}}, nil},
			"none":      {dossier.Query{Locations: []string{}}, nil},
			"late":      {dossier.Query{Late: true}, nil},
		} {
			c.q.Controller, c.q.Sort = herning, "id"
			rows, total, err := b.List(ctx, c.q)
			var got []string
			for _, r := range rows {
				got = append(got, r.ID)
			}
			if err != nil || !slices.Equal(got, c.want) || total != len(c.want) {
				t.Errorf("%s: %v of %d, %v; want %v", name, got, total, err, c.want)
			}
		}
		rows, _, err := b.List(ctx, dossier.Query{Controller: herning, Body: "risk"})
		must(t, err)
		if r := rows[0]; r.Step != "ground" || r.Body != "risk" || r.Open != 1 || r.Cameras != 1 || r.ApplicantName != hanne.Name || !slices.Equal(r.Locations, []string{"skole"}) {
			t.Errorf("%+v", r)
		}
		b.clk.Advance(60 * day)
		must(t, b.Tick(ctx))
		if _, n, err := b.List(ctx, dossier.Query{Controller: herning, Late: true}); err != nil || n != 1 {
			t.Errorf("%d late, %v", n, err)
		}
	})
}

// BenchmarkList is one page of 2,000 cases with 50 documents each.
func BenchmarkList(b *testing.B) {
	for _, address := range []string{dbtest.SQLite(b), dbtest.Postgres(b)} {
		d := dbtest.Open(b, address)
		s := set(b, d)
		ctx := b.Context()
		must(b, d.Write(ctx, func(tx *db.Tx) error {
			for i := range 2000 {
				id := fmt.Sprintf("2025-%04d", i)
				status := []string{"open", "established", "refused"}[i%3]
				if _, err := tx.Exec(ctx, `INSERT INTO cases VALUES (?, ?, '', 'boern', ?, 'p', 'Navn', 'herning', 1, ?, 'ground', 'risk', ?, 0, ?, 0, 0, 1, '', '["skole"]', 4, 0, ?, 9, ?, '{}')`,
					herning, id, "Sag om sted", status, i, i, i, "2025 sag om sted skolevej "+id); err != nil {
					return err
				}
				for _, q := range []string{`INSERT INTO case_turns VALUES (?, ?, 'ground', 'risk', '', 1, 0)`, `INSERT INTO case_locations VALUES (?, ?, 'skole')`} {
					if _, err := tx.Exec(ctx, q, herning, id); err != nil {
						return err
					}
				}
				for n := range 50 {
					if _, err := tx.Exec(ctx, `INSERT INTO case_documents VALUES (?, ?, ?, 'other', 'annex', 'x.pdf', 1, 1, 'p', 0)`, herning, id, fmt.Sprint(i, "-", n)); err != nil {
						return err
					}
				}
			}
			return nil
		}))
		b.Run(d.Dialect(), func(b *testing.B) {
			for b.Loop() {
				rows, total, err := s.List(ctx, dossier.Query{Controller: herning, Text: "skolevej", Mine: s.herning.Cast["risk"].Person, Location: "skole"})
				if err != nil || total != 2000 || len(rows) != 50 {
					b.Fatal(len(rows), total, err)
				}
			}
		})
	}
}
