package account

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// setUpPage offers the ways to a second factor to whoever must have one before
// they are let in.
type setUpPage struct {
	page.Shell
	Lead string
	App  fds.Link
	Key  *fds.Link
}

func (v *visit) setUpPage(target string) *setUpPage {
	q := "?" + url.Values{"til": {target}}.Encode()
	pg := &setUpPage{Shell: v.NewShell("setup", v.T("setup.title")), Lead: v.T("setup.lead"), App: fds.Link{Href: page.SetUpPath + "/app" + q, Text: v.T("setup.app")}}
	if v.Site.People.HasPasskeys() {
		pg.Key = &fds.Link{Href: page.SetUpPath + "/noegle" + q, Text: v.T("setup.key")}
	}
	return pg
}

func (p *Screens) setUp(v *visit) error {
	if v.halfway(identity.HalfSetUp) != nil {
		return v.See(page.SecondPath + v.query())
	}
	return v.Show(http.StatusOK, v.setUpPage(v.target()))
}

func (p *Screens) setUpApp(v *visit) error {
	if err := v.halfway(identity.HalfSetUp); err != nil {
		return err
	}
	return p.newApp(v, v.Half.Person, page.SetUpPath+"/app", nil)
}

func (p *Screens) setUpAppDone(v *visit) error {
	if err := v.halfway(identity.HalfSetUp); err != nil {
		return err
	}
	if done, err := p.joinApp(v, v.Half.Person, page.SetUpPath+"/app"); done || err != nil {
		return err
	}
	return p.letIn(v)
}

func (p *Screens) setUpKey(v *visit) error {
	if err := v.halfway(identity.HalfSetUp); err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.keyPage(page.SetUpPath+"/noegle", ""))
}

func (p *Screens) setUpChallenge(v *visit) error {
	if err := v.halfway(identity.HalfSetUp); err != nil {
		return err
	}
	return v.challenge(p.People.NewPasskey(v.Ctx, v.Half.Person.ID))
}

func (p *Screens) setUpKeyDone(v *visit) error {
	if err := v.halfway(identity.HalfSetUp); err != nil {
		return err
	}
	if done, err := p.joinKey(v, v.Half.Person, page.SetUpPath+"/noegle"); done || err != nil {
		return err
	}
	return p.letIn(v)
}

// letIn makes the session whole, now that there is a second factor, and shows
// the recovery codes.
func (p *Screens) letIn(v *visit) error {
	target := v.target()
	token, s, err := p.People.SetUp(v.Ctx, v.Token(), v.From())
	if err != nil {
		return err
	}
	v.SetToken(token)
	if err := v.Enter(s); err != nil {
		return err
	}
	if v.Person.ID == "" {
		return fault.New(fault.Internal, "", "nobody after the set-up")
	}
	return p.joined(v, target)
}
