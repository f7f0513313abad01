package law_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/req"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestTheDutiesOfEachBasis walks over §§ 2 e, 3, 3 a, 3 b, 4 c and 4 d.
func TestTheDutiesOfEachBasis(t *testing.T) {
	req.Shows(t, "LAW-7")
	r := rules(t)
	live := situation("business", "shop", "own-facade", "crime")
	live.Recording = false
	for _, c := range []struct {
		paragraph string
		basis     string
		s         law.Situation
		has       string // ids of duties that hold
		not       string // ids of duties that are told not to hold
		class     string
		holds     string
		grounds   string
	}{
		{"§ 2 e, on a road", "2d", situation("municipality", "", "own-entrance", "crime"), "polcam", "", "crime", "crime dispute", "consent law police"},
		{"§ 2 e, not indoors", "gdpr-6-1-e", situation("municipality", "", "public-room", "crime"), "", "polcam.voluntary", "crime", "crime dispute", "consent law police"},
		{"§ 3, private", "2-1-3", situation("business", "shop", "own-entrance", "crime"), "signs.private", "", "crime", "crime dispute sharing", "consent law police business"},
		{"§ 3, a workplace", "gdpr-6-1-f", situation("business", "", "closed-room", "crime"), "signs.private inform.staff consent", "", "crime", "crime dispute sharing", "consent law police business"},
		{"§ 3 stk. 2, vehicle", "2-1-2", situation("business", "", "vehicle", "crime"), "polcam", "signs.transport", "crime", "crime dispute sharing", "consent law police business"},
		{"§ 3 stk. 2, not the machine", "2-1-2", situation("business", "", "cash-machine", "crime"), "signs.private", "", "crime", "crime dispute sharing", "consent law police business"},
		{"§ 3 stk. 2, without recording", "2-1-4", live, "retention.none", "signs.live", "other", "", ""},
		{"§ 3 a, authorities", "2a", situation("municipality", "", "road", "safety"), "signs.public", "", "safety", "", "consent law police"},
		{"§ 3 b, always", "2c", situation("municipality", "", "road", "safety"), "inform", "", "safety", "", "consent law police"},
		{"§ 4 c stk. 1 and 2, a business", "2-1-1", situation("business", "", "mall", "crime"), "disclose.consent disclose.law disclose.police disclose.business", "", "crime", "crime dispute sharing", "consent law police business"},
		{"§ 4 c stk. 2, not an authority", "2d", situation("authority", "", "own-facade", "crime"), "disclose.police", "never.business", "crime", "crime dispute", "consent law police"},
		{"§ 4 c stk. 2, not an association", "gdpr-6-1-f", situation("association", "", "members-room", "crime"), "disclose.police", "never.business", "crime", "crime dispute", "consent law police"},
		{"§ 4 c stk. 4 and 5", "2d", situation("municipality", "", "schoolyard", "crime"), "retention.crime hold.crime", "", "crime", "crime dispute", "consent law police"},
		{"§ 4 c, not for other purposes", "2-1-1", situation("business", "", "mall", "other"), "retention.other", "hold.never never.business", "other", "", "consent law police"},
		{"§ 4 d stk. 1-3", "2a", situation("municipality", "", "road", "safety"), "process.safety retention.safety licence.discussion", "hold.safety never.safety", "safety", "", "consent law police"},
		{"§ 2 c stk. 2", "2c", situation("municipality", "", "road", "safety"), "licence.veto", "hold.safety", "safety", "", "consent law police"},
		{"§ 2 stk. 2 from 1 July 2025", "2-2", situation("housing", "", "residential-area", "safety"), "licence.permit hold.crime", "never.business", "crime", "crime dispute", "consent law police"},
		{"§ 2 stk. 4", "2-4", situation("business", "", "road", "crime"), "licence.permit disclose.police hold.police", "never.but-police", "crime", "crime", "police"},
		{"§ 2 d stk. 2", "orders", situation("authority", "", "own-facade", "crime"), "licence.order", "", "crime", "crime dispute", "consent law police"},
	} {
		t.Run(c.paragraph, func(t *testing.T) {
			d := r.Duties(c.basis, c.s)
			var holds, not []string
			for _, x := range d.All() {
				if x.Holds {
					holds = append(holds, x.ID)
				} else {
					not = append(not, x.ID)
				}
			}
			for _, id := range strings.Fields(c.has) {
				if !slices.Contains(holds, id) {
					t.Errorf("%s does not hold: %v", id, holds)
				}
			}
			for _, id := range strings.Fields(c.not) {
				if !slices.Contains(not, id) {
					t.Errorf("%s is not told not to hold: %v", id, not)
				}
			}
			if d.Class != c.class || strings.Join(d.Holds, " ") != c.holds || strings.Join(d.Grounds, " ") != c.grounds {
				t.Errorf("class %s, holds %v, grounds %v", d.Class, d.Holds, d.Grounds)
			}
		})
	}
	b := withFile(t, "places.toml", "[[places]]\nid = \"vault\"\nname.da = \"Boks\"\nname.en = \"Vault\"\nhelp.da = \"x\"\nhelp.en = \"x\"\nclosed = true\n")
	if d := b.At(now).Duties("gdpr-6-1-f", situation("business", "", "vault", "crime")); d.Signs.Holds || d.Signs.ID != "signs.no-access" || !d.Inform.Holds || !d.Consent.Holds {
		t.Errorf("§ 3, neither public nor a workplace: %+v", d.Signs)
	}
	if d := r.Duties("2-9", live); len(d.All()) > 0 || d.Class != "" {
		t.Errorf("a basis that is none: %+v", d)
	}
}

func TestSafetyFootageIsUsedForSafetyOrOnConsentAlone(t *testing.T) {
	req.Shows(t, "LAW-14")
	r := rules(t)
	for _, c := range []struct{ basis, ground, statement, refused string }{
		{"2a", "safety", "Uro ved legepladsen i nat", ""},
		{"2c", "consent", "Samtykke i sag 7", ""},
		{"2c-3", "safety", "Uro", ""},
		{"2a", "crime", "Tyveri", "process.safety"},
		{"2c", "police", "Tyveri", "process.safety"},
		{"2c", "", "Tyveri", "process.safety"},
		{"2a", "safety", " ", "process.statement"},
		{"2d", "crime", "Hærværk i nat", ""},
		{"2d", "crime", "", "process.statement"},
		{"x", "safety", "Uro", "basis.unknown"},
	} {
		if got := strings.Join(ids(r.MayProcess(c.basis, law.Reason{Ground: c.ground, Statement: c.statement})), " "); got != c.refused {
			t.Errorf("%s for %q, %q: %q, want %q", c.basis, c.ground, c.statement, got, c.refused)
		}
	}
	road := situation("municipality", "", "road", "safety")
	for ground, want := range map[string]bool{"consent": true, "law": true, "police": true, "business": false, "": false} {
		list := r.MayDisclose("2a", road, ground)
		if len(list) == 0 != want {
			t.Errorf("§ 2 a footage handed on for %q: %v", ground, list)
		}
		if !want && list[0].Cite != "tv-overvågningsloven § 4 d, stk. 2" {
			t.Errorf("refused with %q", list[0].Cite)
		}
	}
	threat := situation("business", "shop", "road", "crime")
	for ground, want := range map[string]bool{"police": true, "consent": false, "business": false, "law": false} {
		if list := r.MayDisclose("2-4", threat, ground); len(list) == 0 != want {
			t.Errorf("§ 2 stk. 4 footage handed on for %q: %v", ground, list)
		}
	}
	if list := r.MayDisclose("2d", situation("municipality", "", "own-facade", "crime"), "business"); !law.Refused(list) {
		t.Error("an authority shares as a business")
	}
}

func TestAMunicipalityMaySupportHousingOrganisationsAlone(t *testing.T) {
	r := rules(t)
	if law.Refused(r.MayFund("municipality", "2-2")) {
		t.Error("§ 2 b refused")
	}
	for _, c := range [][2]string{{"authority", "2-2"}, {"municipality", "2-3"}, {"business", "2-2"}} {
		if !law.Refused(r.MayFund(c[0], c[1])) {
			t.Errorf("%v allowed", c)
		}
	}
}

// TestTheTextThatWasInForceIsTheOneThatHolds sets the versions of 2023 and
// 2025 beside each other.
func TestTheTextThatWasInForceIsTheOneThatHolds(t *testing.T) {
	req.Shows(t, "LAW-12")
	b := book(t)
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	before := b.At(time.Date(2025, 6, 30, 23, 59, 59, 0, zone))
	after := b.At(time.Date(2025, 7, 1, 0, 0, 0, 0, zone))
	housing := situation("housing", "", "residential-area", "safety")
	if list, _ := before.Candidates(housing); len(list) != 0 {
		t.Errorf("safety was a criterion before: %s", bases(list))
	}
	if list, _ := after.Candidates(housing); bases(list) != "2-2" {
		t.Errorf("safety is no criterion after: %s", bases(list))
	}
	old, _ := before.Basis("2a")
	next, _ := after.Basis("2a")
	if !strings.Contains(old.Says.DA, "§ 2, stk. 2") || strings.Contains(next.Says.DA, "§ 2, stk. 2") {
		t.Errorf("§ 2 a: %q, then %q", old.Says.DA, next.Says.DA)
	}
	if len(b.Versions("2a")) != 2 || len(b.Versions("2d")) != 1 {
		t.Error("versions are lost")
	}
	// What is not verified is shown, and the stricter text holds.
	d, _ := after.Basis("2d")
	if len(d.Amendments) != 1 || !d.Amendments[0].From.IsZero() || !strings.Contains(d.Says.DA, "umiddelbar") {
		t.Errorf("§ 2 d: %+v", d.Rule)
	}
	list, _ := after.Candidates(situation("municipality", "", "adjoining-ground", "crime"))
	if !slices.ContainsFunc(list[0].Notes, func(f law.Finding) bool { return f.ID == "basis.amended" && strings.Contains(f.Cite, "665") }) {
		t.Errorf("the amendment of 2024 is not told: %+v", list[0].Notes)
	}
	if next.Unverified.DA == "" {
		t.Error("the day of effect of 2025 is not marked")
	}
}

func TestAChangedRuleListsTheCamerasThatItTouches(t *testing.T) {
	req.Shows(t, "LAW-12")
	cameras := [][2]string{{"cam-1", "2d"}, {"cam-2", "2a"}, {"cam-3", "gdpr-6-1-e"}, {"cam-4", "2-1-4"}}
	touched := func(list []law.Change, rule string) string {
		for _, c := range list {
			if c.Rule == rule {
				var ids []string
				for _, x := range cameras {
					if slices.Contains(c.Bases, x[1]) {
						ids = append(ids, x[0])
					}
				}
				return strings.Join(ids, " ")
			}
		}
		return "no change"
	}
	b := book(t)
	coming := b.Coming(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), now)
	if len(coming) != 3 || touched(coming, "2a") != "cam-2" || touched(coming, "2-2") != "" {
		t.Errorf("coming: %+v", coming)
	}
	if c := coming[0]; c.Kind != law.RuleChanges || c.Before == c.After || c.Since.Format(time.DateOnly) != "2025-06-30" {
		t.Errorf("%+v", c)
	}
	if same := law.Changes(b, book(t), now); len(same) > 0 {
		t.Errorf("nothing changed: %+v", same)
	}
	f := files(t)
	edit := func(file, old, next string) {
		text := string(f[file].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, file)
		}
		f[file].Data = []byte(strings.Replace(text, old, next, 1))
	}
	edit("rules.toml", "id = \"4d-3\"\ncite = \"tv-overvågningsloven § 4 d, stk. 3\"", "id = \"4d-3\"\ncite = \"tv-overvågningsloven § 4 d, stk. 9\"")
	edit("bases.toml", "text.da = \"Det er vores egen bygning.\"", "text.da = \"Det er vores bygning.\"")
	edit("rules.toml", "id = \"3b\"\n", "id = \"3b\"\nto = 2026-01-01\n")
	edit("rules.toml", "id = \"2e-2\"\n", "id = \"2e-3\"\n")
	f["polcam.toml"].Data = []byte(strings.ReplaceAll(string(f["polcam.toml"].Data), "\"2e-2\"", "\"2e-3\""))
	next, err := law.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	list := law.Changes(b, next, now)
	for rule, want := range map[string]string{"4d-3": "cam-2", "2d": "cam-1", "3b": "cam-1 cam-2 cam-3 cam-4", "2e-2": "cam-1 cam-2 cam-4", "2e-3": "cam-1 cam-2 cam-4", "1": "no change"} {
		if got := touched(list, rule); got != want {
			t.Errorf("%s touches %q, want %q", rule, got, want)
		}
	}
	kinds := map[string]law.ChangeKind{}
	for _, c := range list {
		kinds[c.Rule] = c.Kind
	}
	if kinds["3b"] != law.RuleEnds || kinds["2e-2"] != law.RuleEnds || kinds["2e-3"] != law.RuleBegins || kinds["2d"] != law.RuleChanges || len(list) != 5 {
		t.Errorf("%v", kinds)
	}
}

func TestEachRuleSaysWhereItBites(t *testing.T) {
	req.Shows(t, "LAW-12")
	acts := rules(t).ActsThrough()
	for rule, want := range map[string]string{
		"2d": "2d", "4d-3": "2a 2c 2c-3", "4c-3": "2-1-1 2-1-2 2-1-3 2-1-5 gdpr-6-1-f",
		"1": "2-1-1 2-1-2 2-1-3 2-1-4 2-1-5 2-2 2-3 2-4 gdpr-6-1-f", "264a": "gdpr-6-1-e gdpr-6-1-f", "2b": "2-2",
	} {
		if got := strings.Join(acts[rule], " "); got != want {
			t.Errorf("%s acts through %q, want %q", rule, got, want)
		}
	}
	if len(acts["1-2"]) != len(rules(t).Bases()) {
		t.Errorf("§ 1, stk. 2 acts through %v", acts["1-2"])
	}
}

func TestEveryParagraphIsInTheBook(t *testing.T) {
	req.Shows(t, "LAW-12")
	r := rules(t)
	for _, id := range strings.Fields("1 1-2 2-1-1 2-1-2 2-1-3 2-1-4 2-1-5 2-2 2-3 2-4 2-5 2-6 2a 2b 2c 2c-2 2c-3 2d orders 2d-3 2e 2e-2 3 3-2 3a 3a-2 3b 4 4a 4b 4c-1 4c-2 4c-3 4c-4 4c-5 4d-1 4d-2 4d-3 4e 7") {
		if _, ok := r.Rule(id); !ok {
			t.Errorf("%s is not in force", id)
		}
	}
	for _, x := range r.All() {
		if s, ok := r.Source(x.Source); !ok || s.Cite == "" || !x.InForce(now) {
			t.Errorf("%s: source %q", x.ID, x.Source)
		}
	}
	if len(r.Decrees()) != 0 || r.Time() != now {
		t.Error("a decree that nobody has found")
	}
}

// BenchmarkActsThrough measures what each page of rules asks for.
func BenchmarkActsThrough(b *testing.B) {
	r := rules(b)
	for b.Loop() {
		r.ActsThrough()
	}
}
