package oidc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// askEvery is how often the provider is asked about one person: twice within
// identity.ShutOutWithin, so that one question may go astray.
const askEvery = 2 * time.Minute

// askersAtOnce is how many are asked about at a time.
const askersAtOnce = 8

// holding is what is kept of a person who is logged in, in memory alone.
type holding struct {
	refresh string // the newest; the provider takes each one back for the next
	session string // the provider's name of the session, for its log-outs
	asked   time.Time
}

// hold keeps what is needed to ask about somebody again.
func (p *Provider) hold(subject, session, refresh string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held[subject] = &holding{refresh: refresh, session: session, asked: now}
}

// Standing asks about people by using their refresh tokens, which the provider
// refuses once it has shut somebody out or ended their sessions. Whoever has
// none, and whoever was asked about just now, is left out of the answer.
// After a restart nobody has one, and everybody logs in again.
func (p *Provider) Standing(ctx context.Context, subjects []string) (map[string]identity.Standing, error) {
	now := p.c.Clock.Now()
	due := p.due(subjects, now)
	out := map[string]identity.Standing{}
	if len(due) == 0 {
		return out, nil
	}
	f, err := p.discover(ctx)
	if err != nil {
		return out, err
	}
	var (
		mu    sync.Mutex
		fails []error
		wait  sync.WaitGroup
		turns = make(chan struct{}, askersAtOnce)
	)
	for subject, h := range due {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			s, err := p.standing(ctx, f, subject, h)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				fails = append(fails, err)
				return
			}
			out[subject] = s
		})
	}
	wait.Wait()
	return out, errors.Join(fails...)
}

// due is whom to ask about, and forgets whoever is logged in no more.
func (p *Provider) due(subjects []string, now time.Time) map[string]holding {
	p.mu.Lock()
	defer p.mu.Unlock()
	in := map[string]bool{}
	due := map[string]holding{}
	for _, s := range subjects {
		in[s] = true
		if h := p.held[s]; h != nil && h.refresh != "" && (now.Sub(h.asked) >= askEvery || now.Before(h.asked)) {
			due[s] = *h
		}
	}
	for s, h := range p.held {
		if !in[s] && now.Sub(h.asked) > keepFor(h) {
			delete(p.held, s)
		}
	}
	return due
}

// keepFor is how long something is kept of somebody who is not asked about: of
// a session that cannot be asked about, for as long as it may last.
func keepFor(h *holding) time.Duration {
	if h.refresh == "" {
		return 12 * time.Hour
	}
	return askEvery
}

// standing asks about one person. An error says that there is no answer; that
// the provider will not have the person is an answer.
func (p *Provider) standing(ctx context.Context, f *found, subject string, h holding) (s identity.Standing, err error) {
	ctx = oidc.ClientContext(ctx, p.client)
	asked := p.c.Clock.Now()
	token, err := f.oauth.TokenSource(ctx, &oauth2.Token{RefreshToken: h.refresh}).Token()
	if err != nil {
		if err = exchangeError(err); fault.Is(err, fault.Denied) {
			p.drop(subject)
			return identity.Standing{Why: "oidc.shut"}, nil
		}
		return s, err
	}
	id, said, err := p.read(ctx, f, token)
	if err != nil {
		return s, err
	}
	if got := subjectOf(id); got != subject {
		p.drop(subject)
		return s, denied("oidc.token", "asked about one person, the provider answers about another")
	}
	groups, err := p.groups(ctx, said, token.AccessToken)
	if err != nil {
		return s, err
	}
	o, err := p.outside(id, said, groups)
	if err != nil {
		return s, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.held[subject]; now != nil && now.refresh == h.refresh { // else they logged in anew meanwhile
		now.refresh, now.asked = token.RefreshToken, asked
	}
	return identity.Standing{In: true, Login: o.Login, Name: o.Name, Email: o.Email, Roles: o.Roles}, nil
}

func (p *Provider) drop(subject string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.held, subject)
}

func subjectOf(id *oidc.IDToken) string { return subject(id.Issuer, id.Subject) }
