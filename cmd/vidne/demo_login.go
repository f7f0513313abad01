package main

import (
	"context"
	"encoding/base32"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// demoSecret is the secret of the one authenticator app of the demonstration,
// to be typed into any such app.
const demoSecret = "VIDNEDEMOVIDNEDEMOVIDNEDEMOVIDNE"

// demoFactors are the people who show the second step: one who has an app, and
// one who has to set one up.
func demoFactors() []member {
	m := func(login, name, controller string, role access.Role) member {
		return member{identity.NewAccount{Login: login, Name: name, Controller: controller, Roles: []string{string(role)}, Language: "da", Password: demoPassword}, nil, nil}
	}
	return []member{m("vera", "Vera Toft", lindeby, access.IT), m("maja", "Maja Krog", kadence, access.Manager)}
}

// giveFactors gives one of the people an app, and demands a second step of
// another.
func (o *office) giveFactors(ctx context.Context, login, id string) error {
	switch login {
	case "vera":
		secret, err := base32.StdEncoding.DecodeString(demoSecret)
		if err != nil {
			return fault.As(fault.Internal, "", err)
		}
		return o.people.GiveCode(ctx, id, secret, "vidne demo")
	case "maja":
		return o.people.DemandOf(ctx, id, true, "vidne demo")
	}
	return nil
}
