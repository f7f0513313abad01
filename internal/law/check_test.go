package law_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/req"
)

// school is an application that has everything: a school's entrance.
func school() law.Application {
	return law.Application{
		Controller:  "municipality",
		Purpose:     law.Purpose{Text: "At forebygge og opklare indbrud og hærværk ved hovedindgangen", Kind: law.PurposeCrime},
		Risk:        law.Risk{Identified: "Indbrud", Described: "Tre gange på et halvt år", Business: "80.000 kr", Privacy: "Kun uden for skoletid", Strategy: "Mindske"},
		Incidents:   []law.Incident{{now.AddDate(0, -2, 0), "Indbrud", true}, {now.AddDate(0, -1, 0), "Hærværk på dør", true}},
		Tried:       []law.Alternative{{"Lys", "Hjalp ikke"}},
		Retention:   law.Retention{Days: 14, Reason: "Opdages først efter weekend", Longer: "Ferier på op til to uger"},
		Hours:       law.Hours{Text: "Mandag-fredag 16-07, lørdag-søndag hele døgnet"},
		Handling:    "Kun skolelederen ser optagelser, kun ved konstateret kriminalitet",
		Access:      "Skolelederen",
		Signs:       "Ved alle indgange",
		Information: "Brev til forældre og ansatte, QR-kode på skilte",
		Cameras: []law.Camera{{
			ID: "cam-1", Place: "own-entrance", Purpose: law.Purpose{Text: "Viser hoveddøren", Kind: law.PurposeCrime},
			Basis: "2d", Affirmed: []string{"own", "adjoining", "necessary"}, Recording: true,
		}},
		Screening: law.Screening{Public: "yes", Large: "no", Vulnerable: "yes", Staff: "no", Technology: "no", Combined: "no", Done: now.AddDate(0, 0, -3)},
	}
}

// square is a municipality's camera for safety beside a bar.
func square(basis string) law.Application {
	a := school()
	a.Purpose = law.Purpose{Text: "Tryghed", Kind: law.PurposeSafety}
	a.Discussions = []law.Discussion{{Basis: basis, Date: now.AddDate(0, -1, 0), District: "Midt- og Vestjylland", Outcome: law.OutcomeNone}}
	conditions := map[string][]string{"2a": {"near", "council"}, "2c": {"restaurant", "council"}}
	a.Cameras = []law.Camera{{
		ID: "cam-2", Place: "road", Purpose: law.Purpose{Text: "Tryghed", Kind: law.PurposeSafety},
		Basis: basis, Affirmed: conditions[basis], Recording: true,
	}}
	return a
}

// estate is a housing organisation's, under a police permit.
func estate() law.Application {
	a := school()
	a.Controller = "housing"
	a.Permits = []law.PolicePermit{{Basis: "2-2", Area: "Afdeling 7", From: now.AddDate(-1, 0, 0), To: now.AddDate(4, 0, 0)}}
	a.Cameras[0].Place, a.Cameras[0].Basis = "residential-area", "2-2"
	a.Cameras[0].Affirmed = []string{"households", "area"}
	return a
}

// office is a business's back room.
func office() law.Application {
	a := school()
	a.Controller = "business"
	a.Cameras[0].Place, a.Cameras[0].Basis = "closed-room", "gdpr-6-1-f"
	a.Cameras[0].Affirmed = []string{"interest", "indoors"}
	a.Cameras[0].Consent = law.Consent{By: law.ConsentPlace, Statement: "Direktøren, 1. november 2026"}
	return a
}

type edit = func(*law.Application)

// TestWhatAnApplicationMustHave takes one thing away at a time.
func TestWhatAnApplicationMustHave(t *testing.T) {
	req.Shows(t, "LAW-4")
	req.Shows(t, "LAW-5")
	req.Shows(t, "LAW-6")
	req.Shows(t, "LAW-9")
	req.Shows(t, "LAW-10")
	r := rules(t)
	for _, whole := range []law.Application{school(), square("2a"), square("2c"), estate(), office()} {
		if list := r.Check(whole); law.Refused(list) {
			t.Fatalf("%s: refused: %v", whole.Controller, ids(list))
		}
	}
	for _, c := range []struct {
		name    string
		from    law.Application
		edit    edit
		refused string // ids, empty: nothing
		field   string // of the first refusal
	}{
		{"no purpose", school(), func(a *law.Application) { a.Purpose.Text = " " }, "purpose.none", "purpose.text"},
		{"no kind of purpose", school(), func(a *law.Application) { a.Purpose.Kind = "fun" }, "purpose.kind", "purpose.kind"},
		{"safety alone", school(), func(a *law.Application) { a.Purpose.Text = "At skabe mere tryghed for alle." }, "purpose.safety", "purpose.text"},
		{"safety and what happened", school(), func(a *law.Application) { a.Purpose.Text = "Tryghed efter tre indbrud" }, "", ""},
		{"safety alone, of a camera", school(), func(a *law.Application) { a.Cameras[0].Purpose.Text = "Sikkerhed" }, "purpose.safety", "camera.purpose.text"},
		{"no purpose of the camera", school(), func(a *law.Application) { a.Cameras[0].Purpose.Text = "" }, "camera.purpose", "camera.purpose.text"},
		{"no cameras", school(), func(a *law.Application) { a.Cameras = nil }, "cameras.none", "cameras"},
		{"no risks", school(), func(a *law.Application) { a.Risk = law.Risk{} }, "risk.identified risk.described risk.privacy", "risk.identified"},
		{"a single theft", school(), func(a *law.Application) { a.Incidents = a.Incidents[:1] }, "incidents.single", "incidents"},
		{"the same theft twice", school(), func(a *law.Application) { a.Incidents[1] = a.Incidents[0] }, "incidents.single", "incidents"},
		{"a single theft, clearly necessary", school(), func(a *law.Application) {
			a.Incidents, a.Necessity = nil, "Trusler mod personalet"
		}, "", ""},
		{"no date", school(), func(a *law.Application) { a.Incidents[1].Date = time.Time{} }, "incidents.date incidents.single", "incidents.1.date"},
		{"tomorrow", school(), func(a *law.Application) { a.Incidents[1].Date = now.AddDate(0, 0, 1) }, "incidents.date incidents.single", "incidents.1.date"},
		{"nothing happened", school(), func(a *law.Application) { a.Incidents[0].What = "" }, "incidents.what incidents.single", "incidents.0.what"},
		{"nothing tried", school(), func(a *law.Application) { a.Tried = nil }, "tried.none", "tried"},
		{"tried, and then", school(), func(a *law.Application) { a.Tried[0].Outcome = "" }, "tried.outcome", "tried.0.outcome"},
		{"no retention", school(), func(a *law.Application) { a.Retention = law.Retention{} }, "retention.none", "retention.days"},
		{"retention without reason", school(), func(a *law.Application) { a.Retention = law.Retention{Days: 1} }, "retention.reason", "retention.reason"},
		{"three days", school(), func(a *law.Application) { a.Retention = law.Retention{Days: 3, Reason: "x"} }, "", ""},
		{"four days", school(), func(a *law.Application) { a.Retention = law.Retention{Days: 4, Reason: "x"} }, "retention.longer", "retention.longer"},
		{"fifteen days", school(), func(a *law.Application) { a.Retention.Days = 15 }, "retention.special", "retention.special"},
		{"thirty days", school(), func(a *law.Application) { a.Retention.Days, a.Retention.Special = 30, "Sommerferie" }, "", ""},
		{"thirty-one days", school(), func(a *law.Application) { a.Retention.Days, a.Retention.Special = 31, "Sommerferie" }, "retention.most", "retention.days"},
		{"no hours", school(), func(a *law.Application) { a.Hours.Text = "" }, "hours.none", "hours.text"},
		{"while the school is open", school(), func(a *law.Application) { a.Hours.Open = true }, "hours.open", "hours.reason"},
		{"while open, with a reason", school(), func(a *law.Application) { a.Hours.Open, a.Hours.Reason = true, "Tyveri i frikvarteret" }, "", ""},
		{"no handling, access, signs, information", school(), func(a *law.Application) { a.Handling, a.Access, a.Signs, a.Information = "", "", "", "" }, "handling access signs information", "handling"},
		{"covert", school(), func(a *law.Application) { a.Covert = true }, "covert", "covert"},
		{"sound", school(), func(a *law.Application) { a.Cameras[0].Sound = true }, "sound", "camera.sound"},
		{"sound without the DPO", school(), func(a *law.Application) {
			a.Cameras[0].Sound, a.Sound = true, law.Sound{Reason: "x", Basis: "y"}
		}, "sound", "camera.sound"},
		{"sound with all three", school(), func(a *law.Application) {
			a.Cameras[0].Sound, a.Sound = true, law.Sound{Reason: "x", Basis: "y", Approved: true}
		}, "", ""},
		{"sound under § 2 c", square("2c"), func(a *law.Application) {
			a.Cameras[0].Sound, a.Sound = true, law.Sound{Reason: "x", Basis: "y", Approved: true}
		}, "sound.safety", "camera.sound"},

		{"no basis", school(), func(a *law.Application) { a.Cameras[0].Basis = "" }, "basis.none", "camera.basis"},
		{"another's basis", school(), func(a *law.Application) { a.Cameras[0].Basis = "2-1-3" }, "basis.controller", "camera.basis"},
		{"a basis for elsewhere", school(), func(a *law.Application) { a.Cameras[0].Basis = "gdpr-6-1-e" }, "basis.place", "camera.place"},
		{"a basis that is none", school(), func(a *law.Application) { a.Cameras[0].Basis = "99" }, "basis.unknown", "camera.basis"},
		{"a condition that is not so", school(), func(a *law.Application) { a.Cameras[0].Affirmed = []string{"own", "necessary"} }, "condition.hard", "camera.affirmed"},
		{"a condition not assessed", school(), func(a *law.Application) { a.Cameras[0].Affirmed = []string{"own", "adjoining"} }, "condition.open", "camera.affirmed"},
		{"a toilet", school(), func(a *law.Application) { a.Cameras[0].Place = "toilet" }, "place.forbidden", "camera.place"},
		{"Greenland", school(), func(a *law.Application) { a.Territory = "greenland" }, "territory", "camera."},
		{"the road for crime", school(), func(a *law.Application) { a.Cameras[0].Place = "road" }, "none.authority", "camera."},
		{"recording under nr. 4", office(), func(a *law.Application) {
			a.Cameras[0].Place, a.Cameras[0].Basis, a.Cameras[0].Affirmed = "own-facade", "2-1-4", []string{"own", "no-recording"}
		}, "basis.recording", "camera.recording"},
		{"watching under nr. 4", office(), func(a *law.Application) {
			a.Cameras[0].Place, a.Cameras[0].Basis, a.Cameras[0].Affirmed, a.Cameras[0].Recording = "own-facade", "2-1-4", []string{"own", "no-recording"}, false
			a.Retention = law.Retention{}
		}, "", ""},
		{"nr. 2, not aimed beside", office(), func(a *law.Application) {
			a.Cameras[0].Place, a.Cameras[0].Basis, a.Cameras[0].Affirmed = "cash-machine", "2-1-2", []string{"disposal"}
		}, "condition.hard", "camera.affirmed"},

		{"an office without consent", office(), func(a *law.Application) { a.Cameras[0].Consent = law.Consent{} }, "consent.none", "camera.consent.by"},
		{"consent of a neighbour", office(), func(a *law.Application) { a.Cameras[0].Consent.By = "neighbour" }, "consent.none", "camera.consent.by"},
		{"consent of nobody named", office(), func(a *law.Application) { a.Cameras[0].Consent.Statement = "" }, "consent.statement", "camera.consent.statement"},

		{"no police permit", estate(), func(a *law.Application) { a.Permits = nil }, "permit.none", "camera.permit"},
		{"permit for another basis", estate(), func(a *law.Application) { a.Permits[0].Basis = "2-3" }, "permit.none", "camera.permit"},
		{"permit for another camera", estate(), func(a *law.Application) { a.Permits[0].Cameras = []string{"cam-9"} }, "permit.none", "camera.permit"},
		{"permit without area", estate(), func(a *law.Application) { a.Permits[0].Area = "" }, "permit.form", "camera.permit"},
		{"permit of six years", estate(), func(a *law.Application) { a.Permits[0].To = now.AddDate(5, 0, 0) }, "permit.years", "camera.permit"},
		{"permit that ended", estate(), func(a *law.Application) { a.Permits[0].To = now }, "permit.over", "camera.permit"},
		{"§ 2 stk. 4 without permit", office(), func(a *law.Application) {
			a.Cameras[0].Place, a.Cameras[0].Basis, a.Cameras[0].Affirmed = "road", "2-4", []string{"threat", "extent"}
		}, "permit.none", "camera.permit"},

		{"no discussion", square("2a"), func(a *law.Application) { a.Discussions = nil }, "discussion.none", "camera.discussion"},
		{"a discussion about another basis", square("2a"), func(a *law.Application) { a.Discussions[0].Basis = "2c" }, "discussion.none", "camera.discussion"},
		{"a discussion to come", square("2a"), func(a *law.Application) { a.Discussions[0].Date = now.AddDate(0, 0, 1) }, "discussion.none", "camera.discussion"},
		{"a discussion without outcome", square("2c"), func(a *law.Application) { a.Discussions[0].Outcome = "" }, "discussion.form", "camera.discussion"},
		{"a discussion without district", square("2c"), func(a *law.Application) { a.Discussions[0].District = "" }, "discussion.form", "camera.discussion"},
		{"refused under § 2 c", square("2c"), func(a *law.Application) { a.Discussions[0].Outcome = law.OutcomeRefused }, "discussion.refused", "camera.discussion"},
		{"refused, then not", square("2c"), func(a *law.Application) {
			a.Discussions[0].Outcome = law.OutcomeRefused
			a.Discussions = append(a.Discussions, law.Discussion{Basis: "2c", Date: now.AddDate(0, 0, -1), District: "x", Outcome: law.OutcomeNone})
		}, "", ""},
		{"postponed under § 2 c", square("2c"), func(a *law.Application) {
			a.Discussions[0].Outcome, a.Discussions[0].Until = law.OutcomePostponed, now.AddDate(0, 1, 0)
		}, "discussion.postponed", "camera.discussion"},
		{"postponed until no day", square("2c"), func(a *law.Application) { a.Discussions[0].Outcome = law.OutcomePostponed }, "discussion.form", "camera.discussion"},
		{"postponed until yesterday", square("2c"), func(a *law.Application) {
			a.Discussions[0].Outcome, a.Discussions[0].Until = law.OutcomePostponed, now.AddDate(0, 0, -1)
		}, "", ""},
		{"against under § 2 a: the council weighs it", square("2a"), func(a *law.Application) { a.Discussions[0].Outcome = law.OutcomeRefused }, "", ""},

		{"no order", school(), func(a *law.Application) {
			a.Cameras[0].Basis, a.Cameras[0].Affirmed = "orders", []string{"own", "within"}
		}, "order.none", "camera.order"},
		{"an order", school(), func(a *law.Application) {
			a.Cameras[0].Basis, a.Cameras[0].Affirmed = "orders", []string{"own", "within"}
			a.Orders = []law.Order{{ID: "o", Kind: law.OrderEstablish}}
		}, "", ""},
		{"an order that was withdrawn", school(), func(a *law.Application) {
			a.Cameras[0].Basis, a.Cameras[0].Affirmed = "orders", []string{"own", "within"}
			a.Orders = []law.Order{{ID: "o", Kind: law.OrderEstablish, Withdrawn: true}}
		}, "order.none", "camera.order"},

		{"screening not answered", school(), func(a *law.Application) { a.Screening.Staff = "" }, "screening.open", "screening"},
		{"screening demands, not made", school(), func(a *law.Application) { a.Screening.Done = time.Time{} }, "screening.missing", "screening.done"},
		{"screening demands as a rule, DPO wrote", school(), func(a *law.Application) {
			a.Screening.Done, a.Screening.Reason = time.Time{}, "Kun uden for skoletid"
		}, "", ""},
		{"the statute demands, whatever the DPO wrote", school(), func(a *law.Application) {
			a.Screening = law.Screening{Public: "yes", Large: "yes", Vulnerable: "no", Staff: "no", Technology: "no", Combined: "no", Reason: "nej"}
		}, "screening.missing", "screening.done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.edit(&c.from)
			list := r.Check(c.from)
			if got := strings.Join(ids(list), " "); got != c.refused {
				t.Fatalf("refused %q, want %q", got, c.refused)
			}
			for _, f := range list {
				if f.Severity == law.Refuse {
					if f.Field != c.field || f.Cite == "" || f.Do.EN == "" || strings.Contains(f.Text.DA+f.Do.DA, "{") {
						t.Errorf("%+v, want field %q", f, c.field)
					}
					break
				}
			}
		})
	}
}

// TestWarningsAreToldAndDoNotStop are what whoever decides must look at.
func TestWarningsAreToldAndDoNotStop(t *testing.T) {
	r := rules(t)
	for want, change := range map[string]edit{
		"risk.business":       func(a *law.Application) { a.Risk.Business = "" },
		"risk.strategy":       func(a *law.Application) { a.Risk.Strategy = "" },
		"incidents.necessity": func(a *law.Application) { a.Incidents, a.Necessity = nil, "Trusler" },
		"incidents.old": func(a *law.Application) {
			a.Incidents[0].Date, a.Incidents[1].Date = now.AddDate(-3, 0, 0), now.AddDate(-4, 0, 0)
		},
		"incidents.reported": func(a *law.Application) { a.Incidents[0].Reported, a.Incidents[1].Reported = false, false },
		"basis.amended":      func(*law.Application) {},
		"screening.criteria": func(*law.Application) {},
		"screening.not":      func(a *law.Application) { a.Screening.Vulnerable = "no" },
		"screening.statute":  func(a *law.Application) { a.Screening.Large = "yes" },
		"order.answer":       func(a *law.Application) { a.Orders = []law.Order{{ID: "h", Kind: law.OrderRecommendation}} },
	} {
		a := school()
		change(&a)
		list := r.Check(a)
		if law.Refused(list) || !slices.ContainsFunc(list, func(f law.Finding) bool { return f.ID == want }) {
			t.Errorf("%s: %v", want, list)
		}
	}
}

func TestCamerasAndApplicationsAreHeldAgainstOrders(t *testing.T) {
	req.Shows(t, "LAW-8")
	r := rules(t)
	hd := law.Quality{Width: 1920, Height: 1080, FPS: 12}
	cam := func(id string, q law.Quality) law.Camera {
		return law.Camera{ID: id, Recording: true, Quality: q, Basis: "2d"}
	}
	order := law.Order{ID: "pålæg 7", Kind: law.OrderQuality, Width: 1920, Height: 1080, FPS: 10, KeepHours: 14 * 24}
	for name, c := range map[string]struct {
		order   law.Order
		cameras []law.Camera
		days    int
		want    string // id and camera of each finding
	}{
		"met":             {order, []law.Camera{cam("a", hd)}, 14, ""},
		"too small":       {order, []law.Camera{cam("a", hd), cam("b", law.Quality{Width: 1280, Height: 720, FPS: 25})}, 14, "order.quality b"},
		"too slow":        {order, []law.Camera{cam("a", law.Quality{Width: 1920, Height: 1080, FPS: 8})}, 14, "order.quality a"},
		"not known":       {order, []law.Camera{cam("a", law.Quality{})}, 14, "order.unknown a"},
		"kept too short":  {order, []law.Camera{cam("a", hd)}, 7, "order.keep a"},
		"kept no longer":  {law.Order{ID: "x", Kind: law.OrderQuality, KeepHours: 60 * 24}, []law.Camera{cam("a", hd)}, 30, "order.too-long "},
		"another camera":  {law.Order{ID: "x", Kind: law.OrderQuality, Width: 4000, Cameras: []string{"b"}}, []law.Camera{cam("a", hd)}, 14, ""},
		"withdrawn":       {law.Order{ID: "x", Kind: law.OrderQuality, Width: 4000, Withdrawn: true}, []law.Camera{cam("a", hd)}, 14, ""},
		"not recorded":    {order, []law.Camera{{ID: "a"}}, 1, ""},
		"not answered":    {law.Order{ID: "x", Kind: law.OrderRecommendation}, nil, 14, "order.answer "},
		"answered":        {law.Order{ID: "x", Kind: law.OrderRecommendation, Answer: "Nej tak"}, nil, 14, ""},
		"order to set up": {law.Order{ID: "x", Kind: law.OrderEstablish}, nil, 14, ""},
	} {
		var got []string
		for _, f := range r.CheckOrders([]law.Order{c.order}, c.cameras, c.days) {
			got = append(got, f.ID+" "+f.Camera)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: %v, want %q", name, got, c.want)
		}
	}
	a := school()
	a.Orders = []law.Order{{ID: "x", Kind: law.OrderQuality, KeepHours: 20 * 24}}
	if got := ids(r.Check(a)); !slices.Equal(got, []string{"order.keep"}) {
		t.Errorf("an application that keeps too short: %v", got)
	}
}

// TestNothingLetsARefusalBePassed changes applications at random and holds
// that what is demanded beside the law only adds, that nothing that a
// refusal says can be argued with, and that no name of the package offers it.
func TestNothingLetsARefusalBePassed(t *testing.T) {
	req.Shows(t, "LAW-13")
	r := rules(t)
	more := func(law.Rules, law.Application) []law.Finding {
		return []law.Finding{{ID: "herning.police", Severity: law.Refuse}}
	}
	none := func(law.Rules, law.Application) []law.Finding { return nil }
	rapid.Check(t, func(t *rapid.T) {
		a := []law.Application{school(), square("2a"), square("2c"), estate(), office()}[rapid.IntRange(0, 4).Draw(t, "which")]
		a.Covert = rapid.Bool().Draw(t, "covert")
		a.Retention.Days = rapid.IntRange(-5, 400).Draw(t, "days")
		a.Cameras[0].Basis = rapid.SampledFrom([]string{"2d", "2a", "2c", "2-2", "gdpr-6-1-f", ""}).Draw(t, "basis")
		a.Cameras[0].Place = rapid.SampledFrom([]string{"road", "toilet", "own-entrance", "closed-room"}).Draw(t, "place")
		plea := rapid.String().Draw(t, "plea")
		a.Necessity, a.Retention.Special, a.Screening.Reason, a.Hours.Reason = plea, plea, plea, plea
		list := r.Check(a)
		if got := r.Check(a, none); !reflect.DeepEqual(got, list) {
			t.Fatalf("a demand took something away: %v, %v", ids(list), ids(got))
		}
		if got := r.Check(a, none, more); len(got) != len(list)+1 || !law.Refused(got) {
			t.Fatalf("a demand adds more or less than itself")
		}
		got := ids(list)
		for id, must := range map[string]bool{
			"covert":          a.Covert,
			"retention.most":  a.Retention.Days > 30,
			"retention.none":  a.Retention.Days < 1,
			"place.forbidden": a.Cameras[0].Place == "toilet",
		} {
			if must != slices.Contains(got, id) {
				t.Fatalf("%s: %v, refused %v", id, must, got)
			}
		}
	})
	ty := reflect.TypeFor[law.Rules]()
	for i := range ty.NumMethod() {
		for _, word := range []string{"override", "dispens", "waive", "ignore", "force", "exempt", "allow"} {
			if strings.Contains(strings.ToLower(ty.Method(i).Name), word) {
				t.Errorf("law.Rules.%s", ty.Method(i).Name)
			}
		}
	}
	for _, v := range []any{law.Application{}, law.Camera{}, law.Finding{}, law.Basis{}, law.Place{}} {
		for f := range fields(reflect.TypeOf(v)) {
			if strings.Contains(strings.ToLower(f), "override") || strings.Contains(strings.ToLower(f), "dispens") {
				t.Errorf("%T.%s", v, f)
			}
		}
	}
}

func fields(t reflect.Type) map[string]bool {
	out := map[string]bool{}
	for i := range t.NumField() {
		out[t.Field(i).Name] = true
	}
	return out
}

func TestTextsAreInTheLanguageAskedFor(t *testing.T) {
	x := law.Text{DA: "vej", EN: "road"}
	for lang, want := range map[string]string{"da": "vej", "en": "road", "": "vej", "de": "vej"} {
		if got := x.In(lang); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
}

// BenchmarkCheck measures a large application.
func BenchmarkCheck(b *testing.B) {
	r := rules(b)
	a := school()
	for i := range 200 {
		c := a.Cameras[0]
		c.ID = fmt.Sprint("cam-", i)
		a.Cameras = append(a.Cameras, c)
	}
	for b.Loop() {
		r.Check(a)
	}
}
