package register

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func TestSuppliersAndTheirAgreements(t *testing.T) {
	req.Shows(t, "SITE-5", "CASE-4")
	each(t, func(t *testing.T, w world) {
		ctx, now := t.Context(), w.clk.Now()
		w.ok(t, w.AddSupplier(ctx, Supplier{ID: "sikker", Controller: "lindeby", Name: "Sikker Aps", CVR: "12345678", Email: "post@sikker.example"}, "p-1"))
		if err := w.AddSupplier(ctx, Supplier{ID: "x", Controller: "lindeby", Name: "X", CVR: "123"}, "p-1"); fault.Key(err) != "supplier.cvr" {
			t.Errorf("a CVR of three digits: %v", err)
		}
		s, err := w.Supplier(ctx, "lindeby", "sikker")
		w.ok(t, err)
		s.Phone = "99 99 99 99"
		w.ok(t, w.UpdateSupplier(ctx, s, "p-1"))
		if err := w.UpdateSupplier(ctx, s, "p-2"); fault.Key(err) != "register.changed" {
			t.Errorf("edited by two: %v", err)
		}
		if found, total, err := w.FindSuppliers(ctx, SupplierQuery{Controller: "lindeby", Text: "SIKKER 1234"}); err != nil || total != 1 || found[0].Phone == "" {
			t.Errorf("%v, %v", found, err)
		}
		// Which version of which paper, and that it is known.
		for v := 1; v <= 2; v++ {
			w.ok(t, w.GivePaper(ctx, SupplierPaper{Supplier: "sikker", Controller: "lindeby", Kind: PaperGuideline, Version: v, Document: "doc-1", Given: now, By: "p-1"}))
		}
		w.ok(t, w.GivePaper(ctx, SupplierPaper{Supplier: "sikker", Controller: "lindeby", Kind: PaperInstallation, Version: 4, Document: "doc-2", Given: now, By: "p-1"}))
		w.ok(t, w.ConfirmPaper(ctx, "lindeby", "sikker", PaperGuideline, 2, "p-2"))
		if err := w.ConfirmPaper(ctx, "lindeby", "sikker", PaperGuideline, 3, "p-2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a version that was not given: %v", err)
		}
		papers, err := w.Papers(ctx, "lindeby", "sikker")
		if err != nil || len(papers) != 3 || papers[0].Version != 2 || papers[0].Known.IsZero() || !papers[1].Known.IsZero() || papers[2].Kind != PaperInstallation {
			t.Errorf("%+v, %v", papers, err)
		}
		a := ServiceAgreement{ID: "aftale-1", Controller: "lindeby", Supplier: "sikker", Locations: List{"lindeby-skole"}, What: "Årligt eftersyn", Starts: now, Ends: now.AddDate(2, 0, 0)}
		w.ok(t, w.AddAgreement(ctx, a, "p-1"))
		a.Version, a.Ends = 1, now.AddDate(-1, 0, 0)
		if err := w.UpdateAgreement(ctx, a, "p-1"); fault.Key(err) != "agreement.dates" {
			t.Errorf("ends before it begins: %v", err)
		}
		a.Ends = now.AddDate(3, 0, 0)
		w.ok(t, w.UpdateAgreement(ctx, a, "p-1"))
		if all, err := w.Agreements(ctx, "lindeby", "sikker", "lindeby-skole"); err != nil || len(all) != 1 || !all[0].Ends.Equal(a.Ends) {
			t.Errorf("%+v, %v", all, err)
		}
		if all, err := w.Agreements(ctx, "lindeby", "", "lindeby-bibliotek"); err != nil || len(all) != 0 {
			t.Errorf("of another place: %v, %v", all, err)
		}
		a.ID, a.Locations, a.Version = "aftale-2", List{"kadence-skole"}, 0
		if err := w.AddAgreement(ctx, a, "p-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("about another's place: %v", err)
		}
	})
}

func TestWhatThePoliceHaveSaid(t *testing.T) {
	req.Shows(t, "LAW-8", "LAW-4")
	each(t, func(t *testing.T, w world) {
		ctx, now := t.Context(), w.clk.Now()
		w.ok(t, w.AddCamera(ctx, cam("s-1", "lindeby", "lindeby-skole", "Indgang"), "p-1"))
		base := PoliceOrder{Controller: "lindeby", District: "Midt- og Vestjyllands Politi", Dated: now, Reference: "4700-00000-00001-26"}
		with := func(id, kind string, change func(*PoliceOrder)) PoliceOrder {
			o := base
			o.ID, o.Kind = id, kind
			change(&o)
			return o
		}
		good := []PoliceOrder{
			with("henstilling", OrderRecommendation, func(o *PoliceOrder) { o.Says = "Overvåg stien"; o.Locations = List{"lindeby-skole"} }),
			with("paalaeg", OrderQuality, func(o *PoliceOrder) {
				o.Says = "4K, 30 dage"
				o.Demands = Demands{3840, 2160, 0, 720}
				o.Cameras = List{"s-1"}
			}),
			with("etabler", OrderEstablish, func(o *PoliceOrder) { o.Says = "Etablér overvågning" }),
			with("tilladelse", OrderPermit, func(o *PoliceOrder) {
				o.Basis, o.Area, o.Terms, o.Starts, o.Ends = "2-3", "Lindeby Stadion", "Kun kampdage", now, now.AddDate(5, 0, 0)
			}),
			with("droeftelse", OrderDiscussion, func(o *PoliceOrder) {
				o.Basis, o.Participants, o.Outcome, o.Postponed = "2c", "Politidirektøren; borgmesteren", OutcomePostponed, now.AddDate(0, 6, 0)
			}),
			with("overtagelse", OrderTakeover, func(o *PoliceOrder) {
				o.Participants, o.Says, o.Starts, o.Cameras = "Kriminalassistent Kjær", "Kendelse af i går", now, List{"s-1"}
			}),
		}
		for _, o := range good {
			w.ok(t, w.AddOrder(ctx, o, "p-1"))
		}
		for key, o := range map[string]PoliceOrder{
			"order.years":          with("x", OrderPermit, func(o *PoliceOrder) { o.Basis, o.Area, o.Starts, o.Ends = "2-2", "Vest", now, now.AddDate(5, 0, 1) }),
			"order.dates":          with("x", OrderPermit, func(o *PoliceOrder) { o.Basis, o.Area, o.Starts = "2-2", "Vest", now }),
			"order.area":           with("x", OrderPermit, func(o *PoliceOrder) { o.Basis, o.Starts, o.Ends = "2-2", now, now.AddDate(1, 0, 0) }),
			"order.basis":          with("x", OrderPermit, func(o *PoliceOrder) { o.Basis, o.Area, o.Starts, o.Ends = "2a", "Vest", now, now.AddDate(1, 0, 0) }),
			"order.outcome":        with("x", OrderDiscussion, func(o *PoliceOrder) { o.Basis, o.Outcome = "2a", "approved" }),
			"order.postponed":      with("x", OrderDiscussion, func(o *PoliceOrder) { o.Basis, o.Outcome = "2a", OutcomePostponed }),
			"order.says":           with("x", OrderQuality, func(*PoliceOrder) {}),
			"order.takeover":       with("x", OrderTakeover, func(o *PoliceOrder) { o.Says, o.Starts = "Kendelse", now }),
			"order.takeover-dates": with("x", OrderTakeover, func(o *PoliceOrder) { o.Says, o.Participants, o.Starts, o.Ends = "Kendelse", "Kjær", now, now }),
			"order.kind":           with("x", "gossip", func(*PoliceOrder) {}),
			"order.date":           with("x", OrderQuality, func(o *PoliceOrder) { o.Says = "x"; o.Dated = time.Time{} }),
		} {
			if err := w.AddOrder(ctx, o, "p-1"); fault.Key(err) != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		if err := w.AddOrder(ctx, with("x", OrderQuality, func(o *PoliceOrder) { o.Says = "x"; o.Locations = List{"kadence-skole"} }), "p-1"); !fault.Is(err, fault.NotFound) {
			t.Errorf("about another's place: %v", err)
		}
		// A permit ends with its last day; what was postponed blocks until then.
		p, err := w.Order(ctx, "lindeby", "tilladelse")
		w.ok(t, err)
		if !p.InForce(p.Ends.Add(-time.Second)) || p.InForce(p.Ends) || p.InForce(now.Add(-time.Second)) {
			t.Error("a permit is in force from its beginning to its end")
		}
		d, err := w.Order(ctx, "lindeby", "droeftelse")
		w.ok(t, err)
		if !d.Blocks(now) || d.Blocks(d.Postponed) || p.Blocks(now) {
			t.Error("a postponement blocks until its end")
		}
		q, err := w.Order(ctx, "lindeby", "paalaeg")
		w.ok(t, err)
		if !q.Touches("lindeby-skole", "s-1") || q.Touches("lindeby-skole", "s-2") || q.Demands.KeepHours != 720 {
			t.Errorf("%+v", q)
		}
		o, err := w.Order(ctx, "lindeby", "overtagelse")
		w.ok(t, err)
		if !o.InForce(now.AddDate(1, 0, 0)) || o.Blocks(now) || !o.Touches("lindeby-skole", "s-1") || o.Touches("lindeby-skole", "s-2") {
			t.Errorf("a take-over lasts until it ends: %+v", o)
		}
		r, err := w.Order(ctx, "lindeby", "henstilling")
		w.ok(t, err)
		if !r.Touches("lindeby-skole", "s-2") || r.Touches("lindeby-bibliotek", "b-1") {
			t.Error("of a place, all its cameras")
		}
		r.Answer, r.Answered, r.AnsweredBy = "Følges", now, "p-1"
		w.ok(t, w.UpdateOrder(ctx, r, "p-1"))
		if err := w.UpdateOrder(ctx, r, "p-2"); fault.Key(err) != "register.changed" {
			t.Errorf("edited by two: %v", err)
		}
		r.Version, r.Answer = r.Version+1, ""
		if err := w.UpdateOrder(ctx, r, "p-1"); fault.Key(err) != "order.answer" {
			t.Errorf("answered without an answer: %v", err)
		}
		if all, err := w.Orders(ctx, "lindeby", OrderPermit, OrderDiscussion); err != nil || len(all) != 2 {
			t.Errorf("%v, %v", all, err)
		}
		if all, err := w.Orders(ctx, "kadence"); err != nil || len(all) != 0 {
			t.Errorf("another controller's: %v, %v", all, err)
		}
	})
}

func TestWhatPOLCAMIsToKnow(t *testing.T) {
	req.Shows(t, "SITE-4")
	each(t, func(t *testing.T, w world) {
		ctx, start := t.Context(), w.clk.Now()
		state := func() PolcamState {
			p, changes, err := w.Polcam(ctx, "lindeby", "lindeby-skole")
			w.ok(t, err)
			return p.State(changes, w.clk.Now())
		}
		want := func(s PolcamState) {
			t.Helper()
			if got := state(); got != s {
				t.Errorf("%s, want %s", got, s)
			}
		}
		commission := func(id string) {
			w.ok(t, w.db.Write(ctx, func(tx *db.Tx) error { return w.Commission(ctx, tx, "lindeby", id, w.clk.Now(), Mounted, "p-1") }))
		}
		for _, id := range []string{"s-1", "s-2", "s-3"} {
			w.ok(t, w.AddCamera(ctx, cam(id, "lindeby", "lindeby-skole", id), "p-1"))
		}
		p := Polcam{Location: "lindeby-skole", Controller: "lindeby", Duty: PolcamRequired, Why: "§ 2 e", Placement: "Indgang"}
		if err := w.SetPolcam(ctx, p, "p-1"); fault.Key(err) != "polcam.contact" {
			t.Errorf("nobody to reach: %v", err)
		}
		p.Contact, p.Phone = "Vagten", "99 99 99 99"
		w.ok(t, w.SetPolcam(ctx, p, "p-1"))
		want(PolcamWaiting)
		commission("s-1")
		commission("s-2")
		want(PolcamDue)
		got, _, err := w.Polcam(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		if !got.Due.Equal(start.AddDate(0, 0, 14)) {
			t.Errorf("due %s: fourteen days after it was taken into use", got.Due)
		}
		w.clk.Advance(14 * 24 * time.Hour)
		want(PolcamOverdue)
		now := w.clk.Now()
		for receipt, at := range map[string]time.Time{"": now, "doc-9": now.Add(time.Hour)} {
			if err := w.RegisterPolcam(ctx, "lindeby", "lindeby-skole", got.Version, at, receipt, "p-1"); fault.Key(err) != "polcam.receipt" {
				t.Errorf("receipt %q at %s: %v", receipt, at, err)
			}
		}
		w.ok(t, w.RegisterPolcam(ctx, "lindeby", "lindeby-skole", got.Version, now, "doc-9", "p-1"))
		want(PolcamRegistered)
		got, _, err = w.Polcam(ctx, "lindeby", "lindeby-skole")
		w.ok(t, err)
		if strings.Join(got.Cameras, " ") != "s-1 s-2" {
			t.Errorf("registered: %v", got.Cameras)
		}
		// Every change of what is registered counts at Herning.
		w.clk.Advance(time.Hour)
		commission("s-3")
		c, err := w.Camera(ctx, "lindeby", "s-1")
		w.ok(t, err)
		c.Direction = "Mod vejen"
		w.ok(t, w.UpdateCamera(ctx, c, "p-1"))
		w.ok(t, w.RemoveCamera(ctx, "lindeby", "s-2", "p-1"))
		got.Phone = "88 88 88 88"
		w.ok(t, w.SetPolcam(ctx, got, "p-1"))
		want(PolcamChangeDue)
		all, open, err := w.Polcams(ctx, "lindeby")
		w.ok(t, err)
		var kinds []string
		for _, o := range open {
			kinds = append(kinds, o.Kind)
		}
		if s := strings.Join(kinds, " "); len(all) != 1 || s != "camera.added view camera.removed contact" {
			t.Errorf("open: %s", s)
		}
		// What is to be entered by hand stands in the order of the police's form.
		table, err := w.PolcamSheet(ctx, "lindeby", func(string) int { return 14 }, time.UTC)
		w.ok(t, err)
		row := ""
		for _, c := range table.Rows[0] {
			row += c.String() + "|"
		}
		if row != "Torvet 1||Indgang|2|14||Vagten||88 88 88 88|Åby skole|ja|Ændring skal registreres|21-11-2026|19-12-2026|05-12-2026|4|" || len(table.Rows) != 1 || len(table.Head) != len(table.Rows[0]) {
			t.Errorf("%s", row)
		}
		if err := w.WaivePolcam(ctx, "lindeby", open[0].ID, "Uvæsentlig", "p-1"); fault.Key(err) != "polcam.every" {
			t.Errorf("who registers every change leaves none out: %v", err)
		}
		// Who registers substantial changes says why one is not.
		mun, err := w.Controller(ctx, "lindeby")
		w.ok(t, err)
		mun.PolcamEvery = false
		w.ok(t, w.UpdateController(ctx, mun, "p-1"))
		w.ok(t, w.WaivePolcam(ctx, "lindeby", open[1].ID, "Samme område", "p-1"))
		w.clk.Advance(15 * 24 * time.Hour)
		want(PolcamChangeOverdue)
		w.ok(t, w.RegisterPolcam(ctx, "lindeby", "lindeby-skole", got.Version+1, w.clk.Now(), "doc-10", "p-1"))
		want(PolcamRegistered)
	})
}
