package account

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

const (
	forgotPath  = "/log-ind/glemt"
	codePath    = "/log-ind/kode"
	renewalPath = "/log-ind/ny-adgangskode"
)

func (v *visit) loginCrumbs() []fds.Link {
	return []fds.Link{{Href: "/log-ind", Text: v.T("login.title")}}
}

// Help are the ways on for whoever has forgotten their password.
func (p *Screens) Help(v *page.Visit) []fds.Link {
	links := []fds.Link{{Href: codePath, Text: v.T("login.code")}}
	if p.People.CanPost() {
		links = append([]fds.Link{{Href: forgotPath, Text: v.T("login.forgot")}}, links...)
	}
	return links
}

func (v *visit) forgotPage() *page.FormPage {
	f := v.NewForm("forgot").Add(fds.Field{Name: "navn", Autocomplete: "username", MaxLength: 120})
	return v.NewFormPage(f, v.loginCrumbs())
}

func (p *Screens) forgot(v *visit) error { return v.ShowForm(v.forgotPage()) }

// forgotSent answers whoever is there and whoever is not in the same way.
func (p *Screens) forgotSent(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.forgotPage()
	pg.Form.Fill(in).Check()
	if pg.Form.OK() {
		err := p.People.Forgot(v.Ctx, pg.Form.Get("navn"), v.From())
		switch {
		case err == nil:
			return v.See(codePath + "?besked=kode-sendt")
		case !fault.Is(err, fault.Denied):
			return err
		}
		pg.Notes = append(pg.Notes, v.refusal(err))
		return v.Show(http.StatusForbidden, pg)
	}
	return v.ShowForm(pg)
}

func (v *visit) codePage() *page.FormPage {
	f := v.NewForm("renewalcode").Add(fds.Field{Name: "kode", Autocomplete: "one-time-code", MaxLength: 40, Width: "medium"})
	pg := v.NewFormPage(f, v.loginCrumbs())
	pg.Action = codePath
	return pg
}

func (p *Screens) renewalCode(v *visit) error {
	pg := v.codePage()
	v.Said(&pg.Shell)
	return v.ShowForm(pg)
}

// renewalOpened shows what a code opens. The code goes along in the page and
// never in an address.
func (p *Screens) renewalOpened(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	pg := v.codePage()
	pg.Form.Fill(in).Check()
	if !pg.Form.OK() {
		return v.ShowForm(pg)
	}
	code := pg.Form.Get("kode")
	r, err := p.People.Renewal(v.Ctx, code, v.From())
	if fault.Is(err, fault.Denied) {
		pg.Form.Fail("kode", v.refusal(err).Text)
		return v.ShowForm(pg)
	}
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.renewalPage(r, code))
}

// renewalPage is where a new password is chosen.
type renewalPage struct {
	page.Shell
	Name   string
	Given  string // the code, which goes along
	Form   *page.Form
	Code   *fds.Field
	Key    *PasskeyButton
	Button fds.Button
	Foot   string
}

func (v *visit) renewalPage(r identity.Renewal, code string) *renewalPage {
	pg := &renewalPage{Shell: v.NewShell("renewal", v.T("renewal.title"), v.loginCrumbs()...), Name: r.Person.Name, Given: code, Form: v.newPasswords(v.NewForm("newpassword")),
		Button: fds.Button{Kind: "primary", Text: v.T("renewal.button")}, Foot: v.T("renewal.foot", v.DateTime(r.Ends))}
	switch {
	case r.Asks.Code:
		pg.Code = v.codeField("proof.code")
	case r.Asks.Recovery:
		pg.Code = v.codeField("proof.recovery")
	}
	if r.Asks.Passkey {
		pg.Key = v.passkey(loginKeyPath+"/valg", v.T("renewal.passkey"))
	}
	return pg
}

func (p *Screens) renew(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	code := in.Get("kode")
	r, err := p.People.Renewal(v.Ctx, code, v.From())
	if fault.Is(err, fault.Denied) {
		pg := v.codePage()
		pg.Form.Fail("kode", v.refusal(err).Text)
		return v.ShowForm(pg)
	}
	if err != nil {
		return err
	}
	pg := v.renewalPage(r, code)
	proof, ok := v.TakeProof()
	fresh := v.chosen(pg.Form, in)
	if (pg.Code != nil || pg.Key != nil) && !ok {
		if pg.Code != nil {
			pg.Code.Error = v.T("second.code.missing")
		} else {
			pg.Notes = append(pg.Notes, v.refusal(fault.New(fault.Denied, "login.passkey", "no passkey was shown")))
		}
	}
	if !pg.Form.OK() || pg.Code != nil && pg.Code.Error != "" || len(pg.Notes) > 0 {
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	err = p.People.Renew(v.Ctx, code, fresh, proof, v.From())
	switch {
	case err == nil:
		return v.See("/log-ind?besked=adgangskode-valgt")
	case fault.Is(err, fault.Invalid):
		pg.Form.FailWith("ny_adgangskode", err)
		return v.Show(http.StatusUnprocessableEntity, pg)
	case fault.Is(err, fault.Denied):
		pg.Notes = append(pg.Notes, v.refusal(err))
		return v.Show(http.StatusForbidden, pg)
	}
	return err
}

// newPasswords adds the fields for a new password.
func (v *visit) newPasswords(f *page.Form) *page.Form {
	for _, name := range []string{"ny_adgangskode", "igen_adgangskode"} {
		f.Add(fds.Field{Name: name, Type: "password", Autocomplete: "new-password", MaxLength: identity.LongestPassword})
	}
	return f
}

// chosen is the new password of a form, which is noted when it is not there or
// was typed in two ways. The fields stay empty: a password is not sent back.
func (v *visit) chosen(f *page.Form, in url.Values) string {
	fresh := in.Get("ny_adgangskode")
	switch {
	case fresh == "":
		f.Fail("ny_adgangskode", v.T("newpassword.ny_adgangskode.missing"))
	case fresh != in.Get("igen_adgangskode"):
		f.Fail("igen_adgangskode", v.T("newpassword.igen_adgangskode.other"))
	}
	return fresh
}
