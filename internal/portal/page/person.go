package page

import (
	"context"
	"slices"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/identity"
)

// PersonOf is an account as the rules see it: the roles that it has, those that
// authorisation forms in force give it, and the locations of those to look.
func (s *Site) PersonOf(ctx context.Context, a identity.Person) (access.Person, error) {
	p := access.Person{ID: a.ID, Controller: a.Controller}
	for _, r := range a.Roles {
		p.Roles = append(p.Roles, access.Role(r))
	}
	if s.Rights == nil {
		return p, nil
	}
	has, err := s.Rights.Rights(ctx, a.ID)
	if err != nil {
		return p, err
	}
	for _, h := range has {
		if !p.Is(access.Role(h.Role)) {
			p.Roles = append(p.Roles, access.Role(h.Role))
		}
		if h.Role == authorisation.Look && !slices.Contains(p.Locations, h.Location) {
			p.Locations = append(p.Locations, h.Location)
		}
	}
	return p, nil
}
