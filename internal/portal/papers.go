package portal

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/assessment"
	impact "vidne.dk/vidne/internal/portal/assessment"
	"vidne.dk/vidne/internal/portal/help"
	"vidne.dk/vidne/internal/portal/page"
	year "vidne.dk/vidne/internal/portal/yearly"
	"vidne.dk/vidne/internal/yearly"
)

// papers are the screens that write documents from what the other rooms know:
// help, the year in figures, and impact assessments.
func (p *Portal) papers(c Config) []Area {
	return []Area{
		&help.Screens{Site: p.Site},
		&year.Screens{Site: p.Site, Room: p.yearly(c)},
		&impact.Screens{Site: p.Site, Cases: c.Cases, Law: c.Law, Room: assessment.New(assessment.Config{Clock: c.Clock, Cases: c.Cases, Register: c.Register, Issuer: c.Issuer, Law: c.Law})},
	}
}

// yearly is the room of the year in figures, on the rooms that the portal shows.
func (p *Portal) yearly(c Config) *yearly.Room {
	return yearly.New(yearly.Config{Clock: c.Clock, Zone: page.Zone(), Register: c.Register, Issuer: c.Issuer, Uses: p.Accesslog(), Incidents: p.incidents,
		Disclosures: p.disclosures, Requests: p.requests, Holds: p.holds, Review: p.review, Engine: c.Engine, Breaches: p.breachesIn})
}

// breachesIn counts the breaches of personal data security that somebody knew of
// in an interval, and those of them that Datatilsynet was notified of.
func (p *Portal) breachesIn(ctx context.Context, controller string, from, to time.Time) (known, reported int64, err error) {
	all, err := p.breaches.List(ctx, controller)
	for _, b := range all {
		if !b.Personal() || b.Known.Before(from) || !b.Known.Before(to) {
			continue
		}
		known++
		if len(b.Sent) > 0 {
			reported++
		}
	}
	return known, reported, err
}
