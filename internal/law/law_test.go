package law_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
)

// now is a day on which the amendments of 2025 are in force.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func book(t testing.TB) *law.Book {
	t.Helper()
	b, err := law.Read(lawdata.Files())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func rules(t testing.TB) law.Rules { return book(t).At(now) }

// ids are the ids of findings that refuse.
func ids(list []law.Finding) []string {
	var out []string
	for _, f := range list {
		if f.Severity == law.Refuse {
			out = append(out, f.ID)
		}
	}
	return out
}

func bases(list []law.Candidate) string {
	var out []string
	for _, c := range list {
		out = append(out, c.Basis.ID)
	}
	return strings.Join(out, " ")
}

func situation(controller, activity, place, purpose string) law.Situation {
	return law.Situation{Controller: controller, Activity: activity, Place: place, Purpose: purpose, Recording: true}
}

// TestTheBasesOfEachSituation walks over the paragraphs that allow and those
// that forbid, each with something allowed and something refused.
func TestTheBasesOfEachSituation(t *testing.T) {
	req.Shows(t, "LAW-1")
	req.Shows(t, "LAW-3")
	req.Shows(t, "LAW-5")
	req.Shows(t, "LAW-6")
	live := func(s law.Situation) law.Situation { s.Recording = false; return s }
	for _, c := range []struct {
		paragraph string
		s         law.Situation
		bases     string // that can apply
		cite      string // of the refusal, where none can
	}{
		{"§ 1 stk. 1, refused", situation("business", "factory", "road", "crime"), "2-4", ""},
		{"§ 1 stk. 1, refused for other purposes", situation("business", "factory", "road", "other"), "", "§ 1, stk. 1"},
		{"§ 1 stk. 1, an association's schoolyard", situation("association", "", "schoolyard", "other"), "", "§ 1, stk. 1"},
		{"§ 1 stk. 1, does not reach indoors", situation("business", "shop", "shop-floor", "crime"), "gdpr-6-1-f", ""},
		{"nr. 1, petrol station", situation("business", "forecourt", "industrial-site", "crime"), "2-1-1 2-4", ""},
		{"nr. 1, covered mall", situation("business", "shopping-centre", "mall", "other"), "2-1-1", ""},
		{"nr. 1, no business", situation("association", "", "industrial-site", "other"), "", "§ 1, stk. 1"},
		{"nr. 2, cash machine", situation("business", "bank", "cash-machine", "crime"), "2-1-2", ""},
		{"nr. 2, vehicle", situation("business", "money-transport", "vehicle", "crime"), "2-1-2", ""},
		{"nr. 2, not a municipality's", situation("municipality", "", "cash-machine", "safety"), "", "§§ 2 a, 2 c og 2 d"},
		{"nr. 2, not for other purposes", situation("business", "bank", "cash-machine", "other"), "", "§ 1, stk. 1"},
		{"nr. 3, bank", situation("business", "bank", "own-entrance", "crime"), "2-1-3 2-4", ""},
		{"nr. 3, shop, ground beside", situation("business", "shop", "adjoining-ground", "crime"), "2-1-3 2-4", ""},
		{"nr. 3, casino, hotel, wholesale, centre", situation("business", "hotel-restaurant", "own-facade", "crime"), "2-1-3 2-4", ""},
		{"nr. 3, a factory is none of them", situation("business", "factory", "own-facade", "crime"), "2-4", ""},
		{"nr. 3, not the road", situation("business", "shop", "road", "other"), "", "§ 1, stk. 1"},
		{"nr. 4, without recording", live(situation("association", "", "own-facade", "other")), "2-1-4", ""},
		{"nr. 4, with recording", situation("association", "", "own-facade", "other"), "", "§ 1, stk. 1"},
		{"nr. 5, no rules in force", situation("association", "", "schoolyard", "crime"), "2-4", ""},
		{"§ 2 stk. 2", situation("housing", "", "residential-area", "safety"), "2-2", ""},
		{"§ 2 stk. 2, association of households", situation("association", "", "residential-area", "safety"), "2-2", ""},
		{"§ 2 stk. 2, not a business", situation("business", "shop", "residential-area", "safety"), "", "§ 1, stk. 1"},
		{"§ 2 stk. 3", situation("sports", "", "sports-ground", "safety"), "2-3", ""},
		{"§ 2 stk. 3, not an association", situation("association", "", "sports-ground", "safety"), "", "§ 1, stk. 1"},
		{"§ 2 stk. 4", situation("sports", "", "road", "crime"), "2-4", ""},
		{"§ 2 stk. 4, not authorities", situation("authority", "", "road", "crime"), "", "§§ 2 a, 2 c og 2 d"},
		{"§§ 2 a, 2 c", situation("municipality", "", "road", "safety"), "2a 2c", ""},
		{"§ 2 a", situation("municipality", "", "residential-area", "safety"), "2a", ""},
		{"§§ 2 a, 2 c, only a municipality", situation("authority", "", "road", "safety"), "", "§§ 2 a, 2 c og 2 d"},
		{"§§ 2 a, 2 c, only for safety", situation("municipality", "", "road", "crime"), "", "§§ 2 a, 2 c og 2 d"},
		{"§ 2 d", situation("municipality", "", "adjoining-ground", "crime"), "2d orders", ""},
		{"§ 2 d, other authority", situation("authority", "", "own-entrance", "crime"), "2d orders", ""},
		{"§ 2 d, not for safety", situation("authority", "", "own-entrance", "safety"), "", "§§ 2 a, 2 c og 2 d"},
		{"GDPR, authority indoors", situation("authority", "", "public-room", "crime"), "gdpr-6-1-e", ""},
		{"GDPR, fitness centre", situation("business", "other", "members-room", "crime"), "gdpr-6-1-f", ""},
		{"GDPR, safety alone", situation("business", "other", "members-room", "safety"), "", "EDPB 3/2019"},
		{"a place like none", situation("municipality", "", "other", "crime"), "", "§§ 2 a, 2 c og 2 d"},
		{"nobody", situation("", "", "road", "crime"), "", "§ 1, stk. 1"},
		{"nowhere", situation("business", "", "", "crime"), "", "§ 1, stk. 1"},
	} {
		t.Run(c.paragraph, func(t *testing.T) {
			list, refused := rules(t).Candidates(c.s)
			if got := bases(list); got != c.bases {
				t.Errorf("bases %q, want %q", got, c.bases)
			}
			if law.Refused(refused) != (len(list) == 0) {
				t.Errorf("%d bases, refused: %v", len(list), ids(refused))
			}
			if len(list) == 0 && !strings.Contains(refused[0].Cite, c.cite) {
				t.Errorf("refused with %q, want %q", refused[0].Cite, c.cite)
			}
			for _, x := range list {
				if len(x.Conditions) == 0 || x.Basis.Cite == "" || x.Duties.Class == "" {
					t.Errorf("%s: %d conditions, cite %q, class %q", x.Basis.ID, len(x.Conditions), x.Basis.Cite, x.Duties.Class)
				}
			}
			for _, f := range refused {
				if f.Cite == "" || f.Text.DA == "" || f.Text.EN == "" || f.Do.DA == "" || strings.Contains(f.Text.DA+f.Text.EN, "{") {
					t.Errorf("not a whole finding: %+v", f)
				}
			}
		})
	}
}

func TestMountingCountsAsUsing(t *testing.T) {
	req.Shows(t, "LAW-2")
	r := rules(t)
	everySituation(r, func(s law.Situation) {
		list, refused := r.Candidates(s)
		s.Mounted = true
		mounted, why := r.Candidates(s)
		if bases(list) != bases(mounted) || law.Refused(refused) != law.Refused(why) {
			t.Fatalf("%+v: %q when used, %q when mounted", s, bases(list), bases(mounted))
		}
	})
	s := situation("business", "factory", "road", "other")
	s.Recording, s.Mounted = false, true
	if _, why := r.Candidates(s); why[0].Cite != "tv-overvågningsloven § 1, stk. 2" {
		t.Errorf("refused with %q", why[0].Cite)
	}
}

// everySituation walks over all that can be asked.
func everySituation(r law.Rules, f func(law.Situation)) {
	for _, c := range r.Controllers() {
		for _, a := range r.Activities() {
			for _, p := range r.Places() {
				for _, purpose := range []string{law.PurposeCrime, law.PurposeSafety, law.PurposeOther} {
					for _, recording := range []bool{true, false} {
						f(law.Situation{Controller: c.ID, Activity: a.ID, Place: p.ID, Purpose: purpose, Recording: recording})
					}
				}
			}
		}
	}
}

// TestEverySituationIsAnswered holds the promise over all that can be asked:
// a basis with its duties, or a refusal with its paragraph; and never a basis
// that the law keeps from the place.
func TestEverySituationIsAnswered(t *testing.T) {
	req.Shows(t, "LAW-1")
	req.Shows(t, "LAW-15")
	r := rules(t)
	n := 0
	everySituation(r, func(s law.Situation) {
		n++
		list, refused := r.Candidates(s)
		place, _ := r.Place(s.Place)
		if len(list) == 0 && (len(refused) == 0 || refused[0].Severity != law.Refuse || refused[0].Cite == "") {
			t.Fatalf("%+v: neither basis nor refusal", s)
		}
		for _, c := range list {
			d := c.Duties
			switch {
			case place.Forbidden != "":
				t.Fatalf("%+v: %s at a forbidden place", s, c.Basis.ID)
			case s.Recording && c.Basis.ID == "2-1-4":
				t.Fatalf("%+v: recorded under 2-1-4", s)
			case place.Traffic && strings.HasPrefix(c.Basis.ID, "gdpr"):
				t.Fatalf("%+v: %s where there is traffic", s, c.Basis.ID)
			case d.Days > 30 || s.Recording && d.Days < 1:
				t.Fatalf("%+v: kept %d days under %s", s, d.Days, c.Basis.ID)
			case d.Class == law.ClassSafety && (len(d.Holds) > 0 || slices.Contains(d.Grounds, law.GroundBusiness)):
				t.Fatalf("%+v: %s holds %v, discloses %v", s, c.Basis.ID, d.Holds, d.Grounds)
			case s.Recording && (len(d.Grounds) == 0 || d.Inform.ID == "" || d.Polcam.Holds != place.Traffic):
				t.Fatalf("%+v: duties of %s are not whole: %+v", s, c.Basis.ID, d)
			}
			for _, x := range d.All() {
				if x.Title.DA == "" || x.Why.DA == "" || x.Why.EN == "" || x.Cite == "" {
					t.Fatalf("%+v: duty %s of %s has no words", s, x.ID, c.Basis.ID)
				}
			}
		}
	})
	if n < 500 {
		t.Errorf("%d situations", n)
	}
	for _, id := range []string{"changing-room", "toilet", "solarium"} {
		for _, purpose := range []string{"crime", "safety", "other"} {
			list, refused := r.Candidates(situation("business", "shop", id, purpose))
			if len(list) > 0 || ids(refused)[0] != "place.forbidden" || !strings.Contains(refused[0].Cite, "artikel 5") {
				t.Errorf("%s: %v, %v", id, bases(list), refused)
			}
		}
	}
}

func TestTheActDoesNotHoldInTheFaroeIslandsAndGreenland(t *testing.T) {
	req.Shows(t, "LAW-11")
	s := situation("municipality", "", "own-entrance", "crime")
	for _, where := range []string{"faroe", "greenland", "mars"} {
		s.Territory = where
		list, refused := rules(t).Candidates(s)
		if len(list) > 0 || refused[0].ID != "territory" || refused[0].Cite != "tv-overvågningsloven § 7" {
			t.Errorf("%s: %s, %v", where, bases(list), refused)
		}
	}
	s.Territory = "denmark"
	if list, _ := rules(t).Candidates(s); len(list) == 0 {
		t.Error("nothing in Denmark")
	}
	// A royal decree opens it from its day.
	b := withFile(t, "decrees.toml", "[[decrees]]\nid = \"k\"\nname.da = \"a\"\nname.en = \"a\"\ncite = \"AND 1\"\nterritory = \"greenland\"\nfrom = 2027-01-01\n")
	s.Territory = "greenland"
	for day, want := range map[time.Time]int{now: 0, now.AddDate(1, 0, 0): 2} {
		if list, _ := b.At(day).Candidates(s); len(list) != want {
			t.Errorf("%s: %s", day, bases(list))
		}
	}
}

func TestTheMinistersRulesOpenABasisWhileTheyHold(t *testing.T) {
	req.Shows(t, "LAW-3")
	req.Shows(t, "LAW-5")
	text := ""
	for _, basis := range []string{"2-1-5", "2c-3"} { // § 2 stk. 6, § 2 c stk. 3
		text += "[[decrees]]\nid = \"" + basis + "\"\nname.da = \"a\"\nname.en = \"a\"\ncite = \"BEK 1\"\nbasis = \"" + basis + "\"\nfrom = 2027-01-01\nto = 2027-07-01\n"
	}
	b := withFile(t, "decrees.toml", text)
	for day, want := range map[string]bool{"2026-12-31": false, "2027-01-01": true, "2027-06-30": true, "2027-07-01": false} {
		at, _ := time.Parse(time.DateOnly, day)
		for _, s := range []law.Situation{situation("business", "shop", "road", "crime"), situation("municipality", "", "cash-machine", "safety")} {
			list, refused := b.At(at.Add(12 * time.Hour)).Candidates(s)
			got := slices.ContainsFunc(list, func(c law.Candidate) bool { return c.Basis.Licence == law.LicenceDecree })
			if got != want {
				t.Errorf("%s %s: %s", day, s.Controller, bases(list))
			}
			said := slices.ContainsFunc(refused, func(f law.Finding) bool { return f.ID == "basis.decree" })
			if said == want {
				t.Errorf("%s %s: said that there are none: %v", day, s.Controller, said)
			}
		}
	}
}
