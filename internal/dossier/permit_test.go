package dossier_test

import (
	"slices"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// approvals are the approvals of Herning's process.
func approvals(t *testing.T, b *bench, id string) (out []string) {
	t.Helper()
	_, p, err := b.Get(t.Context(), herning, id)
	must(t, err)
	for _, s := range p.Steps {
		if s.Approval && s.When == nil {
			out = append(out, s.ID)
		}
	}
	if len(out) < 5 {
		t.Fatalf("approvals %v", out)
	}
	return out
}

// TestNoPermitWithoutEveryApproval takes each approval away in turn: the case
// ends, nothing of it can be established, and the engine's book is empty.
func TestNoPermitWithoutEveryApproval(t *testing.T) {
	req.Shows(t, "CASE-2", "CASE-11", "CASE-12")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	steps := append([]string{"ground"}, approvals(t, b, b.apply("skole-1"))...)
	for _, step := range steps {
		id := b.apply("skole-1")
		must(t, b.herning.Until(ctx, id, step))
		must(t, b.herning.Act(ctx, id, casework.Act{Kind: casework.ActRefuse, Step: step, Remarks: "Der er ikke grundlag."}))
		c, p, err := b.Get(ctx, herning, id)
		must(t, err)
		if c.Status != casework.Refused || c.Reason != "Der er ikke grundlag." {
			t.Errorf("%s: %s %q", step, c.Status, c.Reason)
		}
		for _, s := range p.Steps {
			if err := b.herning.Step(ctx, id, s.ID); err == nil {
				t.Errorf("%s refused, and %s was done", step, s.ID)
			}
		}
		if _, err := b.Reissue(ctx, herning, id, "", hanne); fault.Key(err) != "case.unpermitted" {
			t.Errorf("%s: reissued: %v", step, err)
		}
	}
	b.deliver()
	if b.may("skole-1") || len(b.engine.book.Cameras()) > 0 {
		t.Error("a permit came out without every approval")
	}
}

// TestNobodyDecidesOnWhatTheyWrote: whoever wrote in the draft is an applicant.
func TestNobodyDecidesOnWhatTheyWrote(t *testing.T) {
	req.Shows(t, "CASE-11")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	id := b.apply("skole-1")
	must(t, b.herning.Until(ctx, id, "application"))
	dpo := b.herning.Cast["dpo"]
	d, err := b.Draft(ctx, herning, id)
	must(t, err)
	_, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: d.Version, Answers: casework.Answers{"purpose": {Text: "Forebygge indbrud og hærværk i skolens indgange om natten."}}}, dpo)
	must(t, err)
	must(t, b.herning.Until(ctx, id, "approve-dpo"))
	err = b.herning.Step(ctx, id, "approve-dpo")
	if fault.Key(err) != "case.own" {
		t.Errorf("the data protection officer approved what they wrote: %v", err)
	}
	if _, _, err := b.Act(ctx, herning, id, casework.Act{Kind: casework.ActApprove, Step: "approve-dpo", Revision: 2}, hanne); fault.Key(err) != "case.body" {
		t.Errorf("the applicant approved: %v", err)
	}
}

// recording plays a case until its cameras may record.
func (b *bench) recording(cameras ...string) string {
	b.t.Helper()
	id := b.apply(cameras...)
	must(b.t, b.herning.Until(b.t.Context(), id, "follow-up"))
	b.deliver()
	for _, c := range cameras {
		if !b.may(c) {
			b.t.Fatalf("%s may not record", c)
		}
	}
	return id
}

func TestNothingRecordsAfterItsEnd(t *testing.T) {
	req.Shows(t, "CASE-12", "CASE-17")
	for name, end := range map[string]struct {
		do     func(b *bench, id string) error
		status casework.Status
	}{
		"withdrawn": {func(b *bench, id string) error {
			_, _, err := b.Act(b.t.Context(), herning, id, casework.Act{Kind: casework.ActWithdraw, Remarks: "Grundlaget er væk."}, b.herning.Cast["director"])
			return err
		}, casework.Withdrawn},
		"closed": {func(b *bench, id string) error {
			_, _, err := b.Act(b.t.Context(), herning, id, casework.Act{Kind: casework.ActClose, Remarks: "Overvågningen er slut."}, b.herning.Cast["it"])
			return err
		}, casework.Closed},
		"expired": {func(b *bench, id string) error {
			c, _, err := b.Get(b.t.Context(), herning, id)
			must(b.t, err)
			b.clk.Advance(c.ValidTo.Sub(b.clk.Now()))
			return b.Tick(b.t.Context())
		}, casework.Expired},
		"location shut": {func(b *bench, _ string) error {
			return b.ShutLocation(b.t.Context(), herning, "skole", "Skolen er flyttet", b.herning.Cast["it"])
		}, casework.Closed},
		"camera removed": {func(b *bench, _ string) error {
			return b.RemoveCamera(b.t.Context(), herning, "skole-1", b.herning.Cast["it"])
		}, casework.Open},
	} {
		t.Run(name, func(t *testing.T) {
			b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
			id := b.recording("skole-1")
			must(t, end.do(b, id))
			b.deliver()
			if b.may("skole-1") {
				t.Error("it may still record")
			}
			c, _, err := b.Get(t.Context(), herning, id)
			must(t, err)
			if c.Status != end.status {
				t.Errorf("%s", c.Status)
			}
			if _, err := b.Reissue(t.Context(), herning, id, "", hanne); err == nil {
				t.Error("its permits are signed again")
			}
			b.deliver()
			if b.may("skole-1") {
				t.Error("it may record again")
			}
			all, err := b.Permits(t.Context(), herning, id)
			must(t, err)
			if len(all) != 1 || all[0].Why != "revoked" {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestAPolicePermitEndsTheRecording: LAW-4, by its own end and withdrawn.
func TestAPolicePermitEndsTheRecording(t *testing.T) {
	req.Shows(t, "LAW-4", "CASE-17")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		must(t, b.register.AddController(ctx, register.Controller{ID: "bolig", Name: "Boligforeningen", Kind: register.Housing, PolcamDays: 14}, "test"))
		must(t, b.register.AddLocation(ctx, register.Location{ID: "toften", Controller: "bolig", Name: "Toften", Cadastre: "9x"}, "test"))
		must(t, b.register.AddCamera(ctx, register.Camera{ID: "toften-1", Controller: "bolig", Location: "toften", Name: "Porten", Engine: "engine-1"}, "test"))
		p := b.cast("bolig", []string{"manager", "protection", "it", "owner"})
		p.Cast["applicant"] = dossier.Who{Person: "p-bo", Name: "Bo"}
		w := wanted("toften-1", "toften", "9x", "residential-area", "2-2", b.Law.At(b.clk.Now()), "housing", "")
		id := b.write(p, p.Cast["applicant"], "Toften", []casework.Wanted{w}, "toften")
		err := p.Until(ctx, id, "technical")
		if !slices.Contains(why(err), "law.permit.none") {
			t.Fatalf("sent without the police's permit: %v", err)
		}
		ends := start.AddDate(1, 0, 0)
		must(t, b.register.AddOrder(ctx, register.PoliceOrder{ID: "p-1", Controller: "bolig", Kind: register.OrderPermit, Basis: "2-2", District: "Midtjylland", Reference: "J-1",
			Dated: start.AddDate(0, 0, -1), Starts: start.AddDate(0, 0, -1), Ends: ends, Area: "Toften og vejen langs den", Says: "Tilladelse", Locations: []string{"toften"}}, "test"))
		must(t, p.Until(ctx, id, "follow-up"))
		b.deliver()
		if !b.may("toften-1") {
			t.Fatal("may not record under the police's permit")
		}
		all, err := b.Permits(ctx, "bolig", id)
		must(t, err)
		if !all[0].Signed.ValidTo.Equal(ends) {
			t.Errorf("the permit runs to %s, the police's to %s", all[0].Signed.ValidTo, ends)
		}
		// Told half a year, three months, a month and a week ahead, once each.
		var told []string
		for _, days := range []int{200, 183, 182, 91, 30, 29, 7, 6} {
			b.clk.Advance(ends.AddDate(0, 0, -days).Sub(b.clk.Now()))
			must(t, b.Tick(ctx))
			must(t, b.Tick(ctx))
		}
		journal, err := b.Journal(ctx, "bolig", id, 0)
		must(t, err)
		for _, e := range journal {
			if e.Kind == dossier.EventWarning {
				told = append(told, e.Data["of"]+" "+e.Data["days"])
			}
		}
		if !slices.Equal(told, []string{"licence 183", "licence 91", "licence 30", "licence 7"}) {
			t.Errorf("told %v", told)
		}
		b.clk.Advance(ends.Sub(b.clk.Now()))
		if b.may("toften-1") {
			t.Error("the engine itself goes past the end")
		}
		must(t, b.Tick(ctx))
		if c, _, err := b.Get(ctx, "bolig", id); err != nil || c.Status != casework.Expired {
			t.Errorf("%s, %v", c.Status, err)
		}
	})
}

// hours saves other hours in the draft.
func (b *bench) hours(id string, from, to string) {
	b.t.Helper()
	d, err := b.Draft(b.t.Context(), herning, id)
	must(b.t, err)
	h := []casework.Pattern{{ID: "uden", Name: "Uden for åbningstid", Hours: dossiertest.Hours(from, to)}}
	_, err = b.SaveDraft(b.t.Context(), herning, id, dossier.Edit{Base: d.Version, Hours: &h}, b.herning.Cast["it"])
	must(b.t, err)
}

func TestAChangeWithinTheApprovalReplacesThePermits(t *testing.T) {
	req.Shows(t, "CASE-15", "CASE-16")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		id := b.recording("skole-1", "skole-2")
		it := b.herning.Cast["it"]
		// Other hours in the frame, one camera less.
		b.hours(id, "23:50", "05:00")
		draft, err := b.Draft(ctx, herning, id)
		must(t, err)
		list := draft.Application.Cameras[:1]
		_, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: draft.Version, Cameras: &list}, it)
		must(t, err)
		diff, err := b.Differences(ctx, herning, id)
		must(t, err)
		if len(diff) == 0 || !casework.Inside(diff) {
			t.Fatalf("%+v", diff)
		}
		_, _, err = b.Act(ctx, herning, id, casework.Act{Kind: casework.ActAdjust, Remarks: "Aftalt med skolen."}, it)
		must(t, err)
		b.deliver()
		if b.may("skole-1") || b.may("skole-2") {
			t.Error("the old hours hold, or a camera that is gone records")
		}
		all, err := b.Permits(ctx, herning, id)
		must(t, err)
		if len(all) != 3 || !all[0].Ended.IsZero() || all[0].Camera != "skole-1" || all[0].Deviates != "" || all[0].Revision != 3 {
			t.Errorf("%+v", all)
		}
		// Every version of what was allowed is there, and who made it.
		rev, err := b.Revisions(ctx, herning, id)
		must(t, err)
		if len(rev) != 3 || rev[0].Kind != dossier.RevisionAdjusted || rev[0].Person != it.Person || rev[2].Person != hanne.Person {
			t.Errorf("%d revisions", len(rev))
		}
		_, process, err := b.Get(ctx, herning, id)
		must(t, err)
		var fields []string
		for _, c := range dossier.Diff(process, rev[1].Application, rev[0].Application) {
			fields = append(fields, c.Field)
		}
		if !slices.Equal(fields, []string{"camera", "hours.uden"}) {
			t.Errorf("differ in %v", fields)
		}
		// What lies outside changes nothing: another purpose.
		draft, err = b.Draft(ctx, herning, id)
		must(t, err)
		list = slices.Clone(draft.Application.Cameras)
		list[0].Purpose = "Se, hvem der ryger i skolegården"
		_, err = b.SaveDraft(ctx, herning, id, dossier.Edit{Base: draft.Version, Cameras: &list}, it)
		must(t, err)
		if _, _, err = b.Act(ctx, herning, id, casework.Act{Kind: casework.ActAdjust, Remarks: "Nyt formål"}, it); fault.Key(err) != "case.outside" {
			t.Errorf("%v", err)
		}
		// It is a new application, filled in from the old one and its reason.
		c, err := b.Begin(ctx, dossier.New{Controller: herning, Title: "Skolen igen", Locations: []string{"skole"}, Replaces: id}, hanne)
		must(t, err)
		anew, err := b.Draft(ctx, herning, c.ID)
		must(t, err)
		f, ok := process.Meaning(casework.MeansRenewal)
		if !ok || anew.Application.Answers[f.ID].Text == "" || anew.Application.Cameras[0].Purpose != list[0].Purpose || len(anew.Application.Annexes) == 0 {
			t.Errorf("filled in with %+v", anew.Application)
		}
	})
}

// TestAReplacingCaseChangesNothingUntilItsOwnPermits: the old permits stand
// until then, and the old case ends with them.
func TestAReplacingCaseChangesNothingUntilItsOwnPermits(t *testing.T) {
	req.Shows(t, "CASE-15", "CASE-12")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	old := b.recording("skole-1", "skole-2")
	must(t, b.herning.Until(ctx, old, ""))
	before, err := b.Permits(ctx, herning, old)
	must(t, err)
	c, err := b.Begin(ctx, dossier.New{Controller: herning, Title: "Skolen igen", Locations: []string{"skole"}, Replaces: old}, hanne)
	must(t, err)
	d, err := b.Draft(ctx, herning, c.ID)
	must(t, err)
	list := append(slices.Clone(d.Application.Cameras[:1]), wanted("skole-3", "skole", "1a", "schoolyard", "2d", b.Law.At(b.clk.Now()), "municipality", "school"))
	answers := dossiertest.Answers(process(t, b, c), said(), b.clk.Now())
	_, err = b.SaveDraft(ctx, herning, c.ID, dossier.Edit{Base: d.Version, Cameras: &list, Answers: answers}, hanne)
	must(t, err)
	must(t, b.herning.Until(ctx, c.ID, "pattern"))
	b.deliverUntil(func() bool { return b.may("skole-2") }) // six weeks have gone by: it is a new lease
	after, err := b.Permits(ctx, herning, old)
	must(t, err)
	if len(before) != 2 || len(after) != 2 || before[0].Permit != after[0].Permit || !after[1].Ended.IsZero() || !b.may("skole-2") || b.may("skole-3") {
		t.Fatal("something changed before the new case's own permit step")
	}
	must(t, b.herning.Step(ctx, c.ID, "pattern"))
	b.deliver()
	if !b.may("skole-1") || b.may("skole-2") || !b.may("skole-3") {
		t.Error("the new case's cameras record, and no others")
	}
	was, _, err := b.Get(ctx, herning, old)
	must(t, err)
	if was.Status != casework.Closed {
		t.Errorf("the old case is %s", was.Status)
	}
	if len(b.engine.errs) > 0 {
		t.Errorf("the engine refused: %v", b.engine.errs)
	}
}

func process(t *testing.T, b *bench, c casework.Case) *casework.Process {
	t.Helper()
	p, err := b.Process(c.Process, c.Version)
	must(t, err)
	return p
}

// TestOneTransaction: where a permit cannot go out, nothing of the act stands.
func TestOneTransaction(t *testing.T) {
	req.Shows(t, "CASE-12")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		b.recording("skole-1")
		id := b.apply("skole-2", "skole-1")
		must(t, b.herning.Until(ctx, id, "pattern"))
		entries, err := b.ledger.Find(ctx, ledger.Filter{})
		must(t, err)
		if err := b.herning.Step(ctx, id, "pattern"); fault.Key(err) != "permit.other" {
			t.Fatalf("took another case's camera: %v", err)
		}
		c, _, err := b.Get(ctx, herning, id)
		must(t, err)
		again, err := b.ledger.Find(ctx, ledger.Filter{})
		must(t, err)
		if c.Permitted != 0 || c.Steps["pattern"].Status != casework.StepOpen || len(again) != len(entries) {
			t.Errorf("half of it stands: %+v", c.Steps["pattern"])
		}
		b.deliver()
		if b.may("skole-2") {
			t.Error("a permit of the act went out")
		}
	})
}

func TestTheEngineIsHeldAgainstWhatWasDecided(t *testing.T) {
	req.Shows(t, "CASE-17")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	id := b.recording("skole-1")
	if all, err := b.Deviations(ctx); err != nil || len(all) > 0 {
		t.Fatalf("%+v, %v", all, err)
	}
	all, err := b.Permits(ctx, herning, id)
	must(t, err)
	if len(all) != 1 || len(all[0].Lines("da")) == 0 || all[0].Engine == nil || all[0].Engine.Permit.ID != all[0].Permit {
		t.Errorf("%+v", all)
	}
	b.engine.book = nil // an engine that lost what it knew
	b.engine.book = newBook()
	if all, err := b.Deviations(ctx); err != nil || len(all) != 1 || all[0].Key != "permit.missing" || all[0].Case != id {
		t.Errorf("%+v, %v", all, err)
	}
	if known := b.Deviating(herning); len(known) != 1 || known[0].Case != id || len(b.Deviating("en-anden")) != 0 {
		t.Errorf("known of it without asking again: %+v", known)
	}
	_, err = b.Reissue(ctx, herning, id, "skole-1", b.herning.Cast["it"])
	must(t, err)
	if all, err := b.Deviations(ctx); err != nil || len(all) != 1 || all[0].Key != "permit.waiting" {
		t.Errorf("%+v, %v", all, err)
	}
	b.engine.away = true
	if all, err := b.Deviations(ctx); err != nil || len(all) > 0 {
		t.Errorf("an engine that is away: %+v, %v", all, err)
	}
}

// TestPoliceVetoBlocks: what was approved is not established against the
// police director's word (L § 2 c stk. 2).
func TestPoliceVetoBlocks(t *testing.T) {
	req.Shows(t, "LAW-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	rules := b.Law.At(b.clk.Now())
	basis, ok := rules.Basis("2c")
	if !ok || !basis.Veto || basis.Licence != law.LicenceDiscussion {
		t.Fatalf("%+v", basis)
	}
	w := wanted("skole-1", "skole", "1a", "road", "2c", rules, "municipality", "")
	w.PurposeKind = "safety"
	id := b.write(b.herning, hanne, "Gaden", []casework.Wanted{w}, "skole")
	must(t, b.register.AddOrder(ctx, register.PoliceOrder{ID: "d-1", Controller: herning, Kind: register.OrderDiscussion, Basis: "2c", District: "Midtjylland", Reference: "J-9",
		Dated: start, Says: "Nej", Outcome: register.OutcomePostponed, Postponed: start.AddDate(0, 3, 0), Locations: []string{"skole"}}, "test"))
	v, err := b.Look(ctx, herning, id, hanne)
	must(t, err)
	if len(v.Facts.Blocked) != 1 || v.Facts.Blocked[0].Key != "police.veto" {
		t.Errorf("%+v", v.Facts.Blocked)
	}
	b.clk.Advance(100 * 24 * time.Hour)
	if v, err = b.Look(ctx, herning, id, hanne); err != nil || len(v.Facts.Blocked) != 0 {
		t.Errorf("%+v, %v", v.Facts.Blocked, err)
	}
}
