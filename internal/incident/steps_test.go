package incident_test

import (
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/req"
)

// The steps of H 7 in their order: guardians are told before anything goes out,
// the central leadership is consulted before the police get it, and a criminal
// case does not close without them or a record that it is none.
func TestTheStepsBlockWhatFollows(t *testing.T) {
	req.Shows(t, "EVID-1", "EVID-3", "EVID-4", "EVID-11")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		refused := func(key string, _ incident.Incident, err error) {
			t.Helper()
			if err != nil && fault.Key(err) != key || err == nil && key != "" {
				t.Errorf("%v, not %s", err, key)
			}
		}
		done := func(i incident.Incident, err error) incident.Incident {
			t.Helper()
			must(t, err)
			return i
		}
		now := b.clk.Now()
		id := done(b.Begin(ctx, "lindeby-skole", incident.Account{What: "Rude knust ved indgangen", From: now.Add(-2 * time.Hour), To: now}, jonas)).ID
		shut := func(key string) {
			t.Helper()
			i, err := b.Close(ctx, id, "Det er slut nu, alt er gjort", jonas)
			refused(key, i, err)
		}
		hand := incident.Handover{Police: "4100-70121-00417-26", To: "Vagthavende, Herning", Medium: "Krypteret usb-nøgle", On: now}
		handOver := func(key string) {
			t.Helper()
			i, err := b.HandOver(ctx, id, hand, birthe)
			refused(key, i, err)
		}
		shut("steps.police") // nobody has said whether it is a crime
		i := done(b.Assess(ctx, id, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Glasset ligger på gulvet"}, jonas))
		if i.Steps.Assessed.Name != jonas.Name || !i.Steps.Assessed.At.Equal(now) {
			t.Errorf("assessed %+v", i.Steps.Assessed)
		}
		shut("steps.police")
		i, err := b.AskOthers(ctx, id, "", "De så ingen efter kl. 21", jonas)
		refused("steps.line", i, err)
		done(b.AskOthers(ctx, id, "Håndboldklubben", "De så ingen efter kl. 21", jonas))
		done(b.SecureNothing(ctx, id, "Der ses ingen på optagelserne", jonas))

		handOver("steps.minors")
		i, err = b.Talk(ctx, id, "De blev talt med på skolen", jonas)
		refused("steps.guardians", i, err)
		done(b.SayMinors(ctx, id, true, time.Time{}, "", jonas))
		handOver("steps.guardians")
		i, err = b.SayMinors(ctx, id, true, now.Add(time.Hour), "Ringet op af skolelederen", birthe)
		refused("steps.day", i, err)
		done(b.SayMinors(ctx, id, true, now, "Ringet op af skolelederen", birthe))
		handOver("steps.consult")
		i, err = b.Consult(ctx, id, incident.Consultation{Done: incident.Done{Words: "kort"}, With: "Børn og Unge", On: now}, birthe)
		refused("text.short", i, err)
		done(b.Consult(ctx, id, incident.Consultation{Done: incident.Done{Words: "Enige om at overdrage til politiet"}, With: "Forvaltningschefen i Børn og Unge", On: now}, birthe))
		hand.To = ""
		handOver("steps.line")
		hand.To = "Vagthavende, Herning"
		handOver("")
		i, err = b.SayMinors(ctx, id, false, time.Time{}, "", jonas)
		refused("steps.handed", i, err)
		i, err = b.SayNoCase(ctx, id, "Ruden var knust i forvejen", jonas)
		refused("steps.handed", i, err)
		shut("steps.talk")
		done(b.Talk(ctx, id, "Værgerne og eleven var til samtale på skolen", birthe))
		i, err = b.Get(ctx, "lindeby", id)
		must(t, err)
		s := i.Steps
		if s.Others.Who != "Håndboldklubben" || s.Minors.Told.Name != birthe.Name || s.Consulted.With == "" || s.Handed.Police != hand.Police || !s.Handed.On.Equal(now) {
			t.Errorf("on record: %+v", s)
		}
		shut("")
		i, err = b.AskOthers(ctx, id, "Rengøringen", "De så ingen efter kl. 21", jonas)
		refused("incident.closed", i, err)
		for kind, want := range map[string]int{"incident.others": 1, "incident.secured": 1, "incident.minors": 2, "incident.consulted": 1, "incident.handed": 1, "incident.talk": 1, "incident.closed": 1, "incident.no-case": 0} {
			if n := b.count(kind); n != want {
				t.Errorf("%d entries of %s, not %d", n, kind, want)
			}
		}

		// Of another, it is on record that it is no criminal case.
		id = done(b.Begin(ctx, "lindeby-skole", incident.Account{What: "Døren stod åben i morges", From: now.Add(-2 * time.Hour), To: now}, jonas)).ID
		done(b.Assess(ctx, id, incident.Assessment{Crime: incident.CrimePresumed, Rests: "Ingen ved hvorfor"}, jonas))
		shut("steps.police")
		done(b.SayNoCase(ctx, id, "Pedellen havde glemt at låse", birthe))
		handOver("steps.no-case")
		shut("")
	})
}
