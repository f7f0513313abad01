package casework_test

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/lawdata"
	"vidne.dk/vidne/processes"
)

func shipped(t testing.TB) *casework.Library {
	t.Helper()
	l, err := casework.Read(processes.Files())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// texts visits every text of a process with where it stands.
func texts(v reflect.Value, path string, visit func(path string, t casework.Text)) {
	switch v.Kind() {
	case reflect.Struct:
		if t, ok := v.Interface().(casework.Text); ok {
			visit(path, t)
			return
		}
		if _, ok := v.Interface().(time.Time); ok {
			return
		}
		for i := range v.NumField() {
			texts(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), path+"["+strconv.Itoa(i)+"]", visit)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			texts(v.Elem(), path, visit)
		}
	}
}

// TestShippedProcessesAreComplete: both languages everywhere, the law beside
// every question, and both kinds of controller served.
func TestShippedProcessesAreComplete(t *testing.T) {
	req.Shows(t, "CASE-20", "CASE-9")
	l := shipped(t)
	for _, kind := range []string{"municipality", "authority", "business", "housing", "sports", "association"} {
		if len(l.Newest(kind, start)) != 1 {
			t.Errorf("%s has no process", kind)
		}
	}
	for _, p := range l.All() {
		if !p.Protected() {
			t.Errorf("%s: nothing waits for whoever answers for data protection", p.ID)
		}
		n := 0
		texts(reflect.ValueOf(*p), p.ID, func(path string, x casework.Text) {
			n++
			if (x.DA == "") != (x.EN == "") {
				t.Errorf("%s is in one language: %q %q", path, x.DA, x.EN)
			}
			if strings.ContainsAny(x.DA+x.EN, "!") {
				t.Errorf("%s shouts: %q", path, x.DA)
			}
		})
		if n < 200 {
			t.Fatalf("%s: only %d texts were seen", p.ID, n)
		}
		elements := map[int]bool{}
		for _, task := range p.Tasks {
			for _, e := range task.Elements {
				elements[e] = true
			}
			for _, f := range task.Fields {
				if f.Cite == "" {
					t.Errorf("%s: no law beside %s", p.ID, f.ID)
				}
				if f.Help.DA == "" && f.Example.DA == "" {
					t.Errorf("%s: no help with %s", p.ID, f.ID)
				}
			}
		}
		if len(elements) != 16 {
			t.Errorf("%s answers %d of the sixteen elements", p.ID, len(elements))
		}
		for _, s := range p.Steps {
			if s.Cite == "" {
				t.Errorf("%s: no source of the step %s", p.ID, s.ID)
			}
			if s.Help.DA == "" {
				t.Errorf("%s: no help with the step %s", p.ID, s.ID)
			}
			for _, f := range s.Needs.Fields {
				if f.Cite == "" {
					t.Errorf("%s: no law beside %s of %s", p.ID, f.ID, s.ID)
				}
			}
		}
	}
}

// TestHerningHasWhatItsGuidelineSays: bodies, annexes, approvals and the ten
// steps of H 2.3-2.5.
func TestHerningHasWhatItsGuidelineSays(t *testing.T) {
	req.Shows(t, "CASE-8", "CASE-10", "CASE-11", "CASE-13", "INFO-4")
	p := newest(t, "herning")
	for _, id := range []string{"drawing", "local-guideline", "hearing", "administration", "police"} { // H 2.3 B
		if _, ok := p.Annex(id); !ok {
			t.Errorf("no annex %s", id)
		}
	}
	var given []string
	for _, s := range p.Steps {
		if s.Approval {
			given = append(given, s.Body)
		}
	}
	if want := []string{"risk", "dpo", "it", "administration", "director", "committee"}; !slices.Equal(given, want) { // H 2.4
		t.Errorf("approvals %v, want %v", given, want)
	}
	for i := range 10 { // H 2.5
		cite := "H 2.5 (" + strconv.Itoa(i+1) + ")"
		if !slices.ContainsFunc(p.Steps, func(s casework.Step) bool { return strings.HasPrefix(s.Cite, cite) }) {
			t.Errorf("no step for %s", cite)
		}
	}
	for _, id := range []string{"guideline", "installation-concept"} {
		if !slices.ContainsFunc(p.Documents, func(d casework.DocumentKind) bool { return d.ID == id }) {
			t.Errorf("no document %s", id)
		}
	}
	for _, id := range []string{"talk-management", "talk-staff", "talk-board", "talk-citizens"} {
		if s, ok := p.Step(id); !ok || !s.Omittable {
			t.Errorf("the talk %s", id)
		}
	}
	for _, id := range []string{"med", "staff-notice", "install"} {
		if s, ok := p.Step(id); !ok || s.Omittable || s.When != nil {
			t.Errorf("%s can be passed over", id)
		}
	}
	if s, _ := p.Step("install"); s.Wait == nil || s.Wait.Days != 42 || s.Wait.Since != "staff-notice" {
		t.Errorf("six weeks: %+v", s.Wait)
	}
	if p.Policy.RetentionNormal != 14 || p.Policy.DisputeCopy != "always" || p.Policy.Polcam != "all" {
		t.Errorf("%+v", p.Policy)
	}
}

// full answers everything that a process asks.
func full(p *casework.Process) casework.Application {
	a, _ := school()
	a.Answers = casework.Answers{}
	for _, task := range p.Tasks {
		for _, f := range task.Fields {
			if f.Means != casework.MeansRenewal && !strings.HasPrefix(f.Means, "sound.") {
				a.Answers[f.ID] = answer(f, start)
			}
		}
	}
	a.Annexes = nil
	for _, k := range p.Annexes {
		a.Annexes = append(a.Annexes, casework.Annex{Kind: k.ID, Document: "doc-" + k.ID, Name: k.ID})
	}
	return a
}

// TestMissingNamesEveryGap: a full application lacks nothing, and each answer,
// camera, annex and pattern that is taken away is named with its task.
func TestMissingNamesEveryGap(t *testing.T) {
	req.Shows(t, "CASE-9", "CASE-10")
	for _, p := range shipped(t).All() {
		if got := p.Missing(full(p)); len(got) > 0 {
			t.Fatalf("%s: a full application lacks %v", p.ID, got)
		}
		for _, task := range p.Tasks {
			for _, f := range task.Fields {
				a := full(p)
				delete(a.Answers, f.ID)
				named := slices.ContainsFunc(p.Missing(a)[task.ID], func(m casework.Missing) bool {
					return m.Field == f.ID && m.Key == "field.missing" && m.Text.DA != "" && m.Text.EN != "" && m.Refuses
				})
				if asked := f.When.Holds(full(p).Answers); named != (asked && !f.Optional) {
					t.Errorf("%s: %s left out: named %v", p.ID, f.ID, named)
				}
			}
		}
		for _, c := range []struct {
			key  string
			take func(*casework.Application)
		}{
			{"camera.none", func(a *casework.Application) { a.Cameras = nil }},
			{"camera.purpose", func(a *casework.Application) { a.Cameras[0].Purpose = " " }},
			{"camera.basis", func(a *casework.Application) { a.Cameras[0].Basis = "" }},
			{"camera.place", func(a *casework.Application) { a.Cameras[0].Place = "" }},
			{"camera.element", func(a *casework.Application) { a.Cameras[0].Quality = "" }},
			{"camera.element", func(a *casework.Application) { a.Cameras[0].Storage = "" }},
			{"camera.hours", func(a *casework.Application) { a.Cameras[0].Pattern = "none" }},
			{"camera.twice", func(a *casework.Application) { a.Cameras[1].Camera = "a" }},
			{"hours.none", func(a *casework.Application) { a.Hours = nil }},
			{"hours.form", func(a *casework.Application) { a.Hours[0].Hours.Zone = "Mars" }},
			{"hours.twice", func(a *casework.Application) { a.Hours = append(a.Hours, a.Hours[0]) }},
			{"hours.frame", func(a *casework.Application) { a.Hours[0].Hours = evenings("12:00") }},
			{"drawing.none", func(a *casework.Application) { a.Drawings, a.Annexes = nil, nil }},
			{"case.annex", func(a *casework.Application) { a.Annexes = nil }},
			{"field.number", func(a *casework.Application) { a.Answers["retention"] = casework.Answer{Text: "to uger"} }},
			{"field.most", func(a *casework.Application) { a.Answers["retention"] = casework.Answer{Text: "31"} }},
			{"field.least", func(a *casework.Application) { a.Answers["retention"] = casework.Answer{Text: "0"} }},
			{"field.short", func(a *casework.Application) { a.Answers["handling"] = casework.Answer{Text: "Ses."} }},
			{"field.long", func(a *casework.Application) {
				a.Answers["purpose"] = casework.Answer{Text: strings.Repeat("æ", 20_001)}
			}},
			{"field.choice", func(a *casework.Application) { a.Answers["purpose-kind"] = casework.Answer{Text: "sjov"} }},
			{"field.choice", func(a *casework.Application) { a.Answers["hours-open"] = casework.Answer{Text: "måske"} }},
			{"field.date", func(a *casework.Application) { a.Answers["screening-done"] = casework.Answer{Text: "i går"} }},
		} {
			a := full(p)
			c.take(&a)
			found := false
			for _, list := range p.Missing(a) {
				found = found || slices.ContainsFunc(list, func(m casework.Missing) bool { return m.Key == c.key && !strings.Contains(m.Text.DA+m.Text.EN, "%!") })
			}
			if !found {
				t.Errorf("%s: %s is not found: %v", p.ID, c.key, p.Missing(a))
			}
		}
	}
}

// TestTheRulesReadWhatTheFieldsMean: an application is checked by the law's own
// rules, and what they find stands at the task where it is mended.
func TestTheRulesReadWhatTheFieldsMean(t *testing.T) {
	req.Shows(t, "LAW-1", "LAW-10", "CASE-9", "KEEP-2")
	book, err := law.Read(lawdata.Files())
	if err != nil {
		t.Fatal(err)
	}
	rules := book.At(start)
	p := newest(t, "herning")
	a := full(p)
	l := p.Law(a, "municipality")
	if l.Purpose.Text == "" || l.Purpose.Kind != "crime" || l.Retention.Days != 1 || l.Risk.Privacy == "" || len(l.Incidents) != 1 || l.Incidents[0].Date.IsZero() ||
		len(l.Tried) != 1 || l.Handling == "" || l.Signs == "" || l.Screening.Public != "yes" || len(l.Cameras) != 2 || l.Hours.Text == "" {
		t.Errorf("%+v", l)
	}
	delete(a.Answers, "retention")
	a.Cameras[0].Place = "toilet"
	found := p.Found(rules.Check(p.Law(a, "municipality")))
	if !slices.ContainsFunc(found["retention"], func(m casework.Missing) bool { return m.Field == "retention" && m.Refuses && m.Cite != "" }) {
		t.Errorf("no retention: %v", found["retention"])
	}
	if !slices.ContainsFunc(found["cameras"], func(m casework.Missing) bool { return m.Camera == "a" && m.Refuses && m.Text.DA != "" }) {
		t.Errorf("a toilet: %v", found["cameras"])
	}
	a, _ = school()
	a.Cameras[1].Basis, a.Cameras[1].Place = "2c", "road"
	a.Cameras[1].PurposeKind = "safety"
	got := casework.Rulings(rules, "municipality", a)
	if r := got["a"]; !r.Records || r.Class != permit.ClassCrime || r.LongestHoldHours != 0 || r.LongestDays != 30 || r.Basis.DA == "" {
		t.Errorf("§ 2 d: %+v", r)
	}
	if r := got["b"]; r.Class != permit.ClassSafety || r.LongestHoldHours != 720 {
		t.Errorf("§ 2 c: %+v", r)
	}
	a.Cameras[0].Basis, a.Cameras[0].Recording = "2-1-4", true
	if r := casework.Rulings(rules, "business", a)["a"]; r.Records {
		t.Errorf("§ 2 stk. 1 nr. 4: %+v", r)
	}
}

// TestTheProcessDemandsMore: what a process asks beside the law, and what a
// purpose other than crime asks for.
func TestTheProcessDemandsMore(t *testing.T) {
	req.Shows(t, "KEEP-2", "LAW-5", "CASE-18", "CASE-20")
	has := func(p *casework.Process, a casework.Application, key string) bool {
		for _, list := range p.Missing(a) {
			if slices.ContainsFunc(list, func(m casework.Missing) bool { return m.Key == key && m.Refuses && m.Task != "" }) {
				return true
			}
		}
		return false
	}
	for _, p := range everyProcess(t) {
		a := full(p)
		f, _ := p.Meaning(casework.MeansRetention)
		for days := 1; days <= 30; days++ {
			a.Answers[f.ID] = casework.Answer{Text: strconv.Itoa(days)}
			special, asked := p.Meaning("retention.special")
			if asked {
				a.Answers[special.ID] = casework.Answer{}
			}
			over := days > p.Policy.RetentionNormal
			if got := has(p, a, "policy.special") || has(p, a, "policy.retention"); got != over {
				t.Errorf("%s: %d days: %v", p.ID, days, got)
			}
			if asked {
				a.Answers[special.ID] = casework.Answer{Text: "Skoleferien er seks uger"}
				if has(p, a, "policy.special") {
					t.Errorf("%s: %d days with a reason", p.ID, days)
				}
			}
		}
	}
	p := newest(t, "herning")
	a := full(p)
	a.Cameras[0].Place, a.Cameras[0].PurposeKind = "road", "safety"
	if has(p, a, "policy.police") {
		t.Error("the police director's approval is attached")
	}
	a.Annexes = slices.DeleteFunc(a.Annexes, func(x casework.Annex) bool { return x.Kind == casework.AnnexPolice })
	if !has(p, a, "policy.police") {
		t.Error("the police director's approval is not asked for")
	}
	a.Cameras[0].PurposeKind = "crime"
	if has(p, a, "policy.police") {
		t.Error("H 3.2 is about safety")
	}
	a = full(p)
	a.Answers["purpose-kind"] = casework.Answer{Text: "other"}
	for _, id := range []string{"weighty", "other-handling", "other-consent"} { // H 5.3
		delete(a.Answers, id)
		if !slices.ContainsFunc(p.Missing(a)["purpose"], func(m casework.Missing) bool { return m.Field == id }) {
			t.Errorf("another purpose without %s", id)
		}
	}
}
