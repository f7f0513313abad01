package portal

import (
	"context"

	answers "vidne.dk/vidne/internal/inspection"
	"vidne.dk/vidne/internal/portal/inspection"
	"vidne.dk/vidne/internal/portal/safeguards"
	record "vidne.dk/vidne/internal/processing"
	description "vidne.dk/vidne/internal/safeguards"
)

// openSafeguards opens the room of the security description on the portal's
// database; without documents there is none.
func (p *Portal) openSafeguards(ctx context.Context, c Config) (err error) {
	if c.Documents == nil {
		return nil
	}
	p.safeguards, err = description.Open(ctx, description.Config{DB: c.DB, Ledger: c.Ledger, Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Rights: c.Rights, Review: p.review,
		Uses: p.Accesslog(), Documents: c.Documents, Setup: p.setup(c)})
	return err
}

// setup is how the platform is set up, as far as the portal knows by itself.
func (p *Portal) setup(c Config) description.Setup {
	s := c.Setup
	s.Encrypted, s.SelfSigned = p.TLS(), c.SelfSigned
	return s
}

// Safeguards is the room of the security description that the portal shows; nil
// without documents.
func (p *Portal) Safeguards() *description.Room { return p.safeguards }

// oversightScreens are the front of papers and oversight, the answers to an
// inspection and the security description.
func (p *Portal) oversightScreens(c Config, records *record.Room) []Area {
	if c.Documents == nil {
		return nil
	}
	from := answers.Config{Clock: c.Clock, Register: c.Register, Issuer: c.Issuer, Law: c.Law, Rights: c.Rights, Review: p.review, Uses: p.Accesslog(), Holds: p.holds, Disclosures: p.disclosures,
		Sharing: p.sharing, Notices: p.notices, Safeguards: p.safeguards, Setup: p.setup(c), BaseURL: c.BaseURL, Staff: p.staff, Breaches: p.breaches}
	if c.Cases != nil {
		from.Cases = c.Cases
	}
	return []Area{
		&inspection.Screens{Site: p.Site, Room: answers.New(from), State: p.state, Law: c.Law, Documents: c.Documents, Safeguards: p.safeguards, Guideline: p.office.guideline, Letters: p.office.letters, Deletions: p.deletions},
		&safeguards.Screens{Site: p.Site, Room: p.safeguards, Records: records, State: p.state, Documents: c.Documents},
	}
}

// Described are the screens of the security description, which also issue it;
// nil without documents.
func (p *Portal) Described() *safeguards.Screens {
	for _, a := range p.areas {
		if s, ok := a.(*safeguards.Screens); ok {
			return s
		}
	}
	return nil
}
