package sso

import (
	"context"
	"slices"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// DefaultSession is how long a session lasts whose provider cannot be asked
// whether the person may still be logged in. Whoever is shut out there is out
// here when it ends.
const DefaultSession = 15 * time.Minute

// LongestSession is how long it may be configured to last: a working hour.
const LongestSession = time.Hour

// CheckRoles refuses a mapping that gives what no group may give.
func CheckRoles(id string, roles map[string][]string) error {
	for from, to := range roles {
		if from == "" || len(to) == 0 {
			return fault.New(fault.Invalid, "sso.roles", "%s: a mapping without a group or without a role", id)
		}
		if slices.Contains(to, identity.NeverOutside) {
			return fault.New(fault.Invalid, "sso.roles", "%s: %q may not give the role %s: that is given person by person, on a form", id, from, identity.NeverOutside)
		}
	}
	return nil
}

// RolesOf is what groups give, each role once. They are compared byte by byte:
// a group of nearly the same name is another group.
func RolesOf(roles map[string][]string, groups []string) (all []string) {
	for _, g := range groups {
		all = append(all, roles[g]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// LoggedOut is a log-out that a provider tells of.
type LoggedOut struct {
	Subject string // "" when it is nobody's here
	Once    string
	Until   time.Time
}

// Teller is a provider that tells of log-outs by itself.
type Teller interface {
	LoggedOut(ctx context.Context, token string) (LoggedOut, error)
}

// LogOut takes a log-out that a provider tells of, once, and returns who is to
// be logged out: the source and subject for [identity.Directory.EndOutside].
func (r *Room) LogOut(ctx context.Context, provider, token string, from identity.Whence) (source, subject string, err error) {
	p, err := r.Provider(provider)
	if err != nil {
		return "", "", err
	}
	t, ok := p.(Teller)
	if !ok {
		return "", "", fault.New(fault.NotFound, "sso.unknown", "%s tells of no log-outs", provider)
	}
	l, err := t.LoggedOut(ctx, token)
	if err == nil {
		err = r.db.Write(ctx, func(tx *db.Tx) error {
			return r.once(ctx, tx, p, Vouched{Once: l.Once, OnceUntil: l.Until})
		})
	}
	if err != nil {
		return "", "", err // no entry: anybody can send one
	}
	return p.About().Source(), l.Subject, nil
}
