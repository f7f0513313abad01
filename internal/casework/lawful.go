package casework

import (
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/law"
	"vidne.dk/vidne/internal/permit"
)

// Law is an application as the rules read it, by what its fields mean. What
// the register and the case know beside it (discussions, permits and orders of
// the police, what cameras deliver, the DPO's word on sound) the caller adds.
func (p *Process) Law(a Application, controllerKind string) law.Application {
	line := func(means string) string {
		if f, ok := p.Meaning(means); ok && f.When.Holds(a.Answers) {
			return strings.TrimSpace(a.Answers[f.ID].Text)
		}
		return ""
	}
	rows := func(means string) []map[string]string {
		f, ok := p.Meaning(means)
		if !ok || !f.When.Holds(a.Answers) {
			return nil
		}
		var out []map[string]string
		for _, r := range a.Answers[f.ID].Rows {
			if filled(r) {
				out = append(out, r)
			}
		}
		return out
	}
	l := law.Application{
		Controller: controllerKind,
		Purpose:    law.Purpose{Text: line("purpose.text"), Kind: line("purpose.kind")},
		Risk: law.Risk{Identified: line("risk.identified"), Described: line("risk.described"), Business: line("risk.business"),
			Privacy: line("risk.privacy"), Strategy: line("risk.strategy")},
		Necessity:   line("necessity"),
		Retention:   law.Retention{Days: p.RetentionDays(a), Reason: line("retention.reason"), Longer: line("retention.longer"), Special: line("retention.special")},
		Hours:       law.Hours{Text: line("hours.text"), Open: line("hours.open") == Yes, Reason: line("hours.reason")},
		Handling:    line("handling"),
		Access:      line("access"),
		Signs:       line("signs"),
		Information: line("information"),
		Sound:       law.Sound{Reason: line("sound.reason"), Basis: line("sound.basis")},
		Covert:      line("covert") == Yes,
		Screening: law.Screening{Public: line("screening.public"), Large: line("screening.large"), Vulnerable: line("screening.vulnerable"),
			Staff: line("screening.staff"), Technology: line("screening.technology"), Combined: line("screening.combined"), Reason: line("screening.reason")},
	}
	l.Screening.Done, _ = parseDay(line("screening.done"))
	for _, r := range rows("incidents") {
		at, _ := parseDay(r["date"])
		l.Incidents = append(l.Incidents, law.Incident{Date: at, What: r["what"], Reported: r["reported"] == Yes})
	}
	for _, r := range rows("tried") {
		l.Tried = append(l.Tried, law.Alternative{What: r["what"], Outcome: r["outcome"]})
	}
	var hours, reasons []string
	for _, h := range a.Hours {
		hours = append(hours, h.Hours.Explain("da"))
		if h.Reason != "" {
			reasons = append(reasons, h.Reason)
		}
	}
	if l.Hours.Text == "" {
		l.Hours.Text = strings.Join(hours, " ")
	}
	if l.Hours.Reason == "" {
		l.Hours.Reason = strings.Join(reasons, " ")
	}
	for _, w := range a.Cameras {
		l.Cameras = append(l.Cameras, law.Camera{ID: w.Camera, Place: w.Place, Activity: w.Activity,
			Purpose: law.Purpose{Text: w.Purpose, Kind: w.PurposeKind}, Basis: w.Basis, Affirmed: w.Affirmed, Recording: w.Recording, Sound: w.Sound,
			Consent: law.Consent{By: w.Extra[ExtraConsentBy], Statement: w.Extra[ExtraConsent]}})
	}
	return l
}

// Keys of [Wanted.Extra] for places that are not freely accessible (D 3.1).
const (
	ExtraConsentBy = "consent.by" // law.ConsentPerson or law.ConsentPlace
	ExtraConsent   = "consent.statement"
)

// RetentionDays is how long an application wants to keep footage; 0 for what
// it has not said.
func (p *Process) RetentionDays(a Application) int {
	f, ok := p.Meaning(MeansRetention)
	if !ok {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(a.Answers[f.ID].Text))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Found puts what the rules found under the tasks in which it is mended.
func (p *Process) Found(list []law.Finding) map[string][]Missing {
	out := map[string][]Missing{}
	for _, x := range list {
		if x.Severity == law.Note {
			continue
		}
		task, field := p.taskOf(x.Field)
		text := Text{x.Text.DA, x.Text.EN}
		if x.Do.DA != "" {
			text = Text{x.Text.DA + " " + x.Do.DA, x.Text.EN + " " + x.Do.EN}
		}
		out[task] = append(out[task], Missing{Key: "law." + x.ID, Task: task, Field: field, Camera: x.Camera, Text: text, Cite: x.Cite, Refuses: x.Severity == law.Refuse})
	}
	return out
}

// taskOf is the task and field in which a part of law.Application is answered.
func (p *Process) taskOf(part string) (task, field string) {
	for i := range p.Tasks {
		for j := range p.Tasks[i].Fields {
			if f := &p.Tasks[i].Fields[j]; f.Means != "" && f.Means == part {
				return p.Tasks[i].ID, f.ID
			}
		}
	}
	kind := TaskFields
	switch head, rest, _ := strings.Cut(part, "."); head {
	case "camera", "cameras":
		kind, field = TaskCameras, rest
	case "hours":
		kind = TaskHours
	case "screening":
		kind = TaskScreening
	}
	for i := range p.Tasks {
		if p.Tasks[i].Kind == kind {
			return p.Tasks[i].ID, field
		}
	}
	return p.Tasks[0].ID, ""
}

// Ruling (retsfølge) is what the law makes of one camera's basis, for its
// terms.
type Ruling struct {
	Records          bool // false: the basis allows no recording (L § 2 stk. 1 nr. 4)
	Basis            Text // in full, "tv-overvågningsloven § 2 d, stk. 1"
	Class            permit.Class
	LongestHoldHours int // 0: no fixed end
	LongestDays      int // of retention
	// Until is the end of a police permit that this basis rests on; zero: none.
	Until time.Time
}

// Rulings are those of each camera of an application, by its id. Until is the
// caller's to add.
func Rulings(rules law.Rules, controllerKind string, a Application) map[string]Ruling {
	out := map[string]Ruling{}
	for _, w := range a.Cameras {
		b, ok := rules.Basis(w.Basis)
		if !ok {
			continue
		}
		d := rules.Duties(w.Basis, law.Situation{Controller: controllerKind, Activity: w.Activity, Place: w.Place, Purpose: w.PurposeKind, Recording: w.Recording})
		r := Ruling{Records: b.Recording, Basis: Text{b.Cite, b.Cite}, Class: permit.Class(d.Class), LongestDays: d.Days, LongestHoldHours: longestHours}
		if r.Class == permit.ClassCrime && len(d.Holds) > 0 {
			r.LongestHoldHours = 0
		}
		out[w.Camera] = r
	}
	return out
}

const longestHours = int(permit.LongestRetention / time.Hour)
