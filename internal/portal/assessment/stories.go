package assessment

import (
	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/assessment"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/sample"
)

// Stories are the screens with sample data.
func (p *Screens) Stories() []page.Story {
	one := func(a assessment.Assessment) func(*page.Visit) page.Page {
		return func(v *page.Visit) page.Page { return (&visit{v, p}).assessmentPage(a) }
	}
	empty := assessment.Assessment{Form: assessment.Form, Made: sample.Moment(), Controller: "Lindeby Kommune", Scope: assessment.Scope{Purpose: "safety"}}
	return []page.Story{
		{Name: "konsekvensanalyse", Who: access.DPO, Path: path + "/sted/lindeby-skole", Make: one(sampled())},
		{Name: "konsekvensanalyse-intet", Who: access.Coordinator, Path: path + "/formaal/safety", Make: one(empty)},
		{Name: "konsekvensanalyser", Who: access.DPO, Path: path, Make: func(v *page.Visit) page.Page {
			return (&visit{v, p}).listPage([]place{{register.Location{ID: "biblioteket", Name: "Lindeby Bibliotek", Address: "Torvet 3, 7400 Lindeby"}, []string{"2026-021"}, 2}, {register.Location{ID: "lindeby-skole", Name: "Lindeby Skole", Address: "Skolevej 4, 7400 Lindeby"}, []string{"2026-014", "2026-017"}, 4}})
		}},
		{Name: "konsekvensanalyser-ingen", Who: access.DPO, Path: path, Make: func(v *page.Visit) page.Page { return (&visit{v, p}).listPage(nil) }},
	}
}

func sampled() assessment.Assessment {
	now := sample.Moment()
	same := func(s string) casework.Text { return casework.Text{DA: s, EN: s} }
	item := func(id, da, en, text string) assessment.Item {
		return assessment.Item{ID: id, Label: casework.Text{DA: da, EN: en}, Text: same(text), Missing: text == ""}
	}
	opinion := item("approve-dpo", "Databeskyttelsesrådgiverens godkendelse", "The data protection officer’s approval", "Godkendt på det vilkår, at kameraet ved skolegården drejes væk fra stien.")
	opinion.Name, opinion.At = "Lars Bundgaard", now.AddDate(0, -2, 0)
	return assessment.Assessment{Form: assessment.Form, Made: now, ControllerID: "lindeby", Controller: "Lindeby Kommune", Contact: "Rådhuset, Torvet 1, 7400 Lindeby", DPO: "Lars Bundgaard, dpo@lindeby.example",
		Scope: assessment.Scope{Location: "lindeby-skole"}, Name: "Lindeby Skole",
		Cases: []assessment.Case{{ID: "2026-014", Number: "SD-4711", Title: "Hærværk på Lindeby Skole", Status: casework.Established, Revision: 2, Sent: now.AddDate(0, -3, 0), Decided: now.AddDate(0, -2, 0), ValidTo: now.AddDate(3, 0, 0), Required: "criteria", Done: now.AddDate(0, -3, -4),
			Parts: []assessment.Part{
				{ID: assessment.Described, Clause: "35(7)(a)", Items: []assessment.Item{item("purpose.text", "Formål med videoovervågningen", "Purpose of the video surveillance", "At forebygge og opklare hærværk og indbrud ved skolens indgange uden for skoletiden."), item("handling", "Hvordan videomaterialet må behandles", "How footage may be handled", "Kun efter en konstateret hændelse, og kun de kameraer og timer, den handler om.")}},
				{ID: assessment.Needed, Clause: "35(7)(b)", Items: []assessment.Item{item("tried", "Afsøgte alternativer", "Alternatives looked into", "Bedre lys ved cykelskuret: hærværket fortsatte.\nVægter i weekender: for få timer."), item("retention.reason", "Hvorfor netop så længe?", "Why that long?", "Hærværk i weekender opdages mandag.")}},
				{ID: assessment.Risks, Clause: "35(7)(c)", Items: []assessment.Item{item("risk.privacy", "Risikovurdering set fra databeskyttelsen", "Risk assessment from the data protection side", "Elever, der krydser skolegården om aftenen, bliver filmet.")}},
				{ID: assessment.Measures, Clause: "35(7)(d)", Items: []assessment.Item{item("risk.strategy", "Risikostrategi", "Risk strategy", "")}},
				{ID: assessment.Advice, Clause: "35(2)", Items: []assessment.Item{opinion}},
				{ID: assessment.Views, Clause: "35(9)", Items: []assessment.Item{item("med", "Information og drøftelse i MED-udvalget", "Information and discussion in the MED committee", ""), item("parties", "Hvem er hørt, og hvad svarede de?", "Who was heard, and what did they answer?", "Lindeby IF: ingen bemærkninger.")}},
				{ID: assessment.Conditions, Items: []assessment.Item{{ID: "v-1", Text: same("Kameraet ved skolegården drejes væk fra stien.\nDrejet og kontrolleret ved aflevering.")}}},
			}}},
		InForce: []assessment.Camera{{ID: "skole-indgang", Name: "Hovedindgang", Location: "lindeby-skole", Place: "own-entrance", Basis: "tv-overvågningsloven § 2 d, stk. 1", Hours: casework.Text{DA: "Alle dage kl. 17-7", EN: "Every day 17-7"}, RetentionHours: 14 * 24, Case: "2026-014", Until: now.AddDate(3, 0, 0)}},
	}
}
