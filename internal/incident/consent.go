package incident

import (
	"context"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/grant"
)

// MostConsents is how many registered persons an incident lists.
const MostConsents = 200

// AddConsent enters a registered person who can be seen, with the consent that
// they gave, or without it: then nobody looks until it is there (H 5.3). The
// ledger hears that a consent was entered and not whose it is.
func (r *Room) AddConsent(ctx context.Context, id string, c Consent, who Who) (Incident, error) {
	c.Registered, c.Kept = tidy(c.Registered), tidy(c.Kept)
	return r.act(ctx, id, who, "consent.entered", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		now := r.Clock.Now()
		if err := CheckText(c.Registered, 2, LongLine); err != nil {
			return nil, err
		}
		switch {
		case c.Given.After(now):
			return nil, fault.New(fault.Invalid, "incident.future", "given %s", c.Given)
		case !c.Given.IsZero() && c.Kept == "":
			return nil, fault.New(fault.Invalid, "consent.kept", "where is it kept")
		case len(i.Consents) >= MostConsents:
			return nil, fault.New(fault.Exhausted, "consent.many", "%d consents", len(i.Consents))
		}
		if err := CheckText(c.Kept, 0, Longest); err != nil {
			return nil, err
		}
		c.ID, c.Entered, c.Name, c.Withdrawn = db.NewID(), now, who.Name, time.Time{}
		i.Consents = append(i.Consents, c)
		if _, err := tx.Exec(ctx, `INSERT INTO incident_consents (id, incident, registered, given, kept, withdrawn, entered, person, name) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)`,
			c.ID, i.ID, c.Registered, c.Given, c.Kept, c.Entered, who.Person, who.Name); err != nil {
			return nil, err
		}
		return map[string]any{"consent": c.ID, "given": !c.Given.IsZero()}, r.endUnlessConsented(ctx, tx, *i, who)
	})
}

// GiveConsent enters that a person who was asked has consented.
func (r *Room) GiveConsent(ctx context.Context, id, consent string, given time.Time, kept string, who Who) (Incident, error) {
	kept = tidy(kept)
	return r.act(ctx, id, who, "consent.given", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		if given.IsZero() || given.After(r.Clock.Now()) {
			return nil, fault.New(fault.Invalid, "incident.future", "given %s", given)
		}
		if kept == "" {
			return nil, fault.New(fault.Invalid, "consent.kept", "where is it kept")
		}
		if err := CheckText(kept, 0, Longest); err != nil {
			return nil, err
		}
		c, err := i.consent(consent)
		if err != nil {
			return nil, err
		}
		if !c.Given.IsZero() || !c.Withdrawn.IsZero() {
			return nil, fault.New(fault.Conflict, "consent.done", "consent %s", consent)
		}
		c.Given, c.Kept = given, kept
		_, err = tx.Exec(ctx, `UPDATE incident_consents SET given = ?, kept = ? WHERE id = ? AND incident = ?`, given, kept, c.ID, i.ID)
		return map[string]any{"consent": c.ID}, err
	})
}

// Withdraw enters that a person has taken the consent back. Nobody looks from
// then on, and what is being looked at on that ground ends.
func (r *Room) Withdraw(ctx context.Context, id, consent string, who Who) (Incident, error) {
	return r.act(ctx, id, who, "consent.withdrawn", func(tx *db.Tx, i *Incident) (map[string]any, error) {
		c, err := i.consent(consent)
		if err != nil {
			return nil, err
		}
		if !c.Withdrawn.IsZero() {
			return nil, fault.New(fault.Conflict, "consent.done", "consent %s", consent)
		}
		c.Withdrawn = r.Clock.Now()
		if _, err := tx.Exec(ctx, `UPDATE incident_consents SET withdrawn = ? WHERE id = ? AND incident = ?`, c.Withdrawn, c.ID, i.ID); err != nil {
			return nil, err
		}
		return map[string]any{"consent": c.ID}, r.endUnlessConsented(ctx, tx, *i, who)
	})
}

// consent is one of the incident's, to be changed.
func (i *Incident) consent(id string) (*Consent, error) {
	for n := range i.Consents {
		if i.Consents[n].ID == id {
			return &i.Consents[n], nil
		}
	}
	return nil, fault.New(fault.NotFound, "consent.unknown", "no consent %.40q", id)
}

// endUnlessConsented ends what rests on consents that are not all there.
func (r *Room) endUnlessConsented(ctx context.Context, tx *db.Tx, i Incident, who Who) error {
	if i.Consented() {
		return nil
	}
	for _, g := range []access.Ground{access.GroundPurpose, access.GroundConsent} {
		if _, err := r.Grants.EndIn(ctx, tx, grant.Which{Incident: i.ID, Ground: g}, grant.EndGround, who.by()); err != nil {
			return err
		}
	}
	return nil
}
