package account

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

func (v *visit) crumbs() []fds.Link {
	return []fds.Link{{Href: "/min-konto", Text: v.T("account.title")}, {Href: securityPath, Text: v.T("security.title")}}
}

func (p *Screens) security(v *visit) error {
	f, err := p.People.Factors(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	pg := v.securityPage(f)
	v.Said(&pg.Shell)
	return v.Show(http.StatusOK, pg)
}

// securityPage is what a person logs in with.
func (v *visit) securityPage(f identity.Factors) *page.Record {
	pg := v.NewRecord(v.T("security.title"), v.T("security.lead"), v.crumbs()[:1]...)
	if f.Demanded && !f.Any() {
		pg.Notes = append(pg.Notes, fds.Alert{Tone: fds.Warning, Heading: v.T("security.demanded"), Text: v.T("security.demanded.text")})
	}
	if f.Local {
		pg.Add(page.Section{ID: "adgangskode", Heading: v.T("security.password"), Lead: v.T("security.password.lead", identity.ShortestPassword), Links: []fds.Link{{Href: passwordPath, Text: v.T("security.password.change")}}})
	} else {
		pg.Add(page.Section{ID: "adgangskode", Heading: v.T("security.password"), Lead: v.T("security.password.elsewhere")})
	}
	keys := page.Section{ID: "noegler", Heading: v.T("security.keys"), Lead: v.T("security.keys.lead")}
	if len(f.Passkeys) > 0 {
		keys.Grid = page.NewGrid(v.T("security.keys"), v.T("security.keys.name"), v.T("security.keys.made"), v.T("security.keys.used"), v.T("security.keys.act"))
	}
	for _, k := range f.Passkeys {
		used := v.T("security.keys.never")
		if !k.Used.IsZero() {
			used = v.When(k.Used, v.Now)
		}
		keys.Grid.Add(page.Cell{Text: k.Name}, page.Cell{Text: v.When(k.Made, v.Now)}, page.Cell{Text: used}, page.Cell{Form: &page.ActForm{
			Action: keyPath + "/slet", Button: fds.Button{Kind: "tertiary", Text: v.T("security.keys.remove", k.Name), Icon: "delete"}, Hidden: []fds.Choice{{Text: "noegle", Value: k.ID}}}})
	}
	if v.Site.People.HasPasskeys() {
		keys.Links = []fds.Link{{Href: keyPath, Text: v.T("security.keys.add")}}
	} else {
		keys.Empty = v.T("security.keys.unavailable")
	}
	pg.Add(keys)
	app := page.Section{ID: "app", Heading: v.T("security.app"), Lead: v.T("security.app.lead"), Links: []fds.Link{{Href: appPath, Text: v.T("security.app.add")}}}
	if !f.Code.IsZero() {
		app.Lead = v.T("security.app.on", v.Date(f.Code))
		app.Links = []fds.Link{{Href: appPath, Text: v.T("security.app.replace")}}
		app.Grid = page.NewGrid(v.T("security.app"), v.T("security.keys.name"), v.T("security.keys.act"))
		app.Grid.Add(page.Cell{Text: v.T("security.app")}, page.Cell{Form: &page.ActForm{Action: appPath + "/slet", Button: fds.Button{Kind: "tertiary", Text: v.T("security.app.remove"), Icon: "delete"}}})
	}
	pg.Add(app)
	codes := page.Section{ID: "koder", Heading: v.T("security.codes"), Lead: v.T("security.codes.none")}
	if f.Any() {
		codes.Lead = v.N("security.codes.left", int64(f.Recovery))
		if f.Recovery <= identity.FewRecovery {
			codes.Alert = &fds.Alert{Tone: fds.Warning, Heading: v.T("security.codes.few"), Text: v.T("security.codes.few.text")}
		}
		codes.Grid = page.NewGrid(v.T("security.codes"), v.T("security.codes.column"), v.T("security.keys.act"))
		codes.Grid.Add(page.Cell{Text: v.T("security.codes")}, page.Cell{Form: &page.ActForm{Action: codesPath, Button: fds.Button{Kind: "secondary", Text: v.T("security.codes.make")}}})
	}
	pg.Add(codes)
	return pg
}

func (v *visit) passwordForm() *page.Form {
	return v.newPasswords(v.NewForm("newpassword").Add(fds.Field{Name: "gammel_adgangskode", Type: "password", Autocomplete: "current-password", MaxLength: identity.LongestPassword}))
}

func (v *visit) passwordPage(f *page.Form) *page.FormPage { return v.NewFormPage(f, v.crumbs()) }

func (p *Screens) password(v *visit) error { return v.ShowForm(v.passwordPage(v.passwordForm())) }

func (p *Screens) passwordDone(v *visit) error {
	in, err := v.Posted()
	if err != nil {
		return err
	}
	f := v.passwordForm()
	old, fresh := in.Get("gammel_adgangskode"), v.chosen(f, in)
	if old == "" {
		f.Fail("gammel_adgangskode", v.T("newpassword.gammel_adgangskode.missing"))
	}
	if f.OK() {
		token, err := p.People.ChangePassword(v.Ctx, v.Token(), old, fresh, v.From())
		switch {
		case err == nil:
			v.SetToken(token)
			return v.See(securityPath + "?besked=adgangskode-skiftet")
		case fault.Is(err, fault.Denied):
			f.Fail("gammel_adgangskode", v.wrongPassword(err))
		case fault.Is(err, fault.Invalid):
			f.FailWith("ny_adgangskode", err)
		default:
			return err
		}
	}
	return v.ShowForm(v.passwordPage(f)) // the fields stay empty: a password is not sent back
}

func (v *visit) wrongPassword(err error) string {
	if fault.Key(err) == "login.wrong" {
		return v.T("newpassword.wrong")
	}
	return v.refusal(err).Text
}

// appPage joins an authenticator app.
type appPage struct {
	page.Shell
	Lead    string
	Picture Picture
	Secret  string // in groups of four, to be typed
	Sealed  string
	Code    fds.Field
	Button  fds.Button
	Action  string
	Cancel  *fds.Link
	Target  string
}

func (v *visit) appPage(s identity.CodeSetUp, action string, crumbs ...fds.Link) (*appPage, error) {
	pic, err := picture(s.URI)
	if err != nil {
		return nil, err
	}
	pg := &appPage{Shell: v.NewShell("app", v.T("app.title"), crumbs...), Lead: v.T("app.lead"), Picture: pic, Secret: groups(s.Secret), Sealed: s.Sealed, Action: action}
	pg.Code = *v.codeField("app.code")
	pg.Button = fds.Button{Kind: "primary", Text: v.T("app.button")}
	if len(crumbs) > 0 {
		pg.Cancel = &fds.Link{Href: securityPath, Text: v.T("form.cancel")}
	}
	return pg, nil
}

func groups(s string) string {
	var parts []string
	for len(s) > 4 {
		parts, s = append(parts, s[:4]), s[4:]
	}
	return strings.Join(append(parts, s), " ")
}

// newApp shows the picture for an account, again with what was wrong.
func (p *Screens) newApp(v *visit, who identity.Person, action string, wrong error, crumbs ...fds.Link) error {
	s, err := p.People.NewCode(who)
	if err != nil {
		return err
	}
	pg, err := v.appPage(s, action, crumbs...)
	if err != nil {
		return err
	}
	pg.Target = v.target()
	code := http.StatusOK
	if wrong != nil {
		pg.Code.Error = v.Explain(wrong)
		code = http.StatusUnprocessableEntity
	}
	return v.Show(code, pg)
}

func (p *Screens) app(v *visit) error {
	return p.newApp(v, v.Session.Person, appPath, nil, v.crumbs()...)
}

// joinApp joins the app of a form. done says that the page has been shown
// again; the picture is a new one then, unless it is still good.
func (p *Screens) joinApp(v *visit, who identity.Person, action string, crumbs ...fds.Link) (done bool, err error) {
	in, err := v.Posted()
	if err != nil {
		return true, err
	}
	err = p.People.AddCode(v.Ctx, who.ID, in.Get("forsegling"), in.Get(page.ProofCode))
	if !fault.Is(err, fault.Invalid) {
		return err != nil, err
	}
	if fault.Key(err) == "factor.setup.old" {
		return true, p.newApp(v, who, action, err, crumbs...)
	}
	// The app has this secret already: the same picture again.
	s, again := p.People.SameCode(who, in.Get("forsegling"))
	if again != nil {
		return true, again
	}
	pg, again := v.appPage(s, action, crumbs...)
	if again != nil {
		return true, again
	}
	pg.Target, pg.Code.Error = v.target(), v.Explain(err)
	return true, v.Show(http.StatusUnprocessableEntity, pg)
}

func (p *Screens) appDone(v *visit) error {
	if done, err := p.joinApp(v, v.Session.Person, appPath, v.crumbs()...); done || err != nil {
		return err
	}
	return p.joined(v, securityPath+"?besked=app-tilfoejet")
}

// joined goes on after a second factor was joined: the first time the recovery
// codes are made and shown.
func (p *Screens) joined(v *visit, next string) error {
	f, err := p.People.Factors(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	if f.Recovery > 0 {
		return v.See(next)
	}
	return p.showCodes(v, next)
}

func (p *Screens) appRemoved(v *visit) error {
	if err := p.People.RemoveCode(v.Ctx, v.Person.ID); err != nil {
		return err
	}
	return v.See(securityPath + "?besked=app-fjernet")
}

// codesPage shows recovery codes, this once.
type codesPage struct {
	page.Shell
	Codes []string
	Login string
	Next  fds.Link
}

func (v *visit) codesPage(codes []string, next string) *codesPage {
	return &codesPage{Shell: v.NewShell("codes", v.T("codes.title")), Codes: codes, Login: v.Session.Person.Login, Next: fds.Link{Href: next, Text: v.T("codes.next")}}
}

func (p *Screens) showCodes(v *visit, next string) error {
	codes, err := p.People.MakeRecovery(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.codesPage(codes, next))
}

func (p *Screens) codes(v *visit) error { return p.showCodes(v, securityPath) }

// keyPage joins a passkey.
type keyPage struct {
	page.Shell
	Name   fds.Field
	Key    *PasskeyButton
	Action string
	Target string
	Cancel *fds.Link
	None   string // where there are no passkeys
}

func (v *visit) keyPage(action, name string, crumbs ...fds.Link) *keyPage {
	pg := &keyPage{Shell: v.NewShell("key", v.T("key.title"), crumbs...), Action: action, Target: v.target()}
	pg.Name = v.Field(fds.Field{ID: "navn", Name: "navn", Type: "text", MaxLength: identity.LongestKeyName, Value: name, Spellcheck: true}, "key.name")
	if pg.Key = v.passkey(action+"/valg", v.T("key.button")); pg.Key != nil {
		pg.Key.Create, pg.Key.Kind = true, "primary"
	} else {
		pg.None = v.T("security.keys.unavailable")
	}
	if len(crumbs) > 0 {
		pg.Cancel = &fds.Link{Href: securityPath, Text: v.T("form.cancel")}
	}
	return pg
}

func (p *Screens) key(v *visit) error {
	return v.Show(http.StatusOK, v.keyPage(keyPath, "", v.crumbs()...))
}

func (p *Screens) keyChallenge(v *visit) error {
	return v.challenge(p.People.NewPasskey(v.Ctx, v.Person.ID))
}

// joinKey joins the passkey of a form; done says that the page has been shown
// again.
func (p *Screens) joinKey(v *visit, who identity.Person, action string, crumbs ...fds.Link) (done bool, err error) {
	in, err := v.Posted()
	if err != nil {
		return true, err
	}
	err = p.People.AddPasskey(v.Ctx, who.ID, in.Get("navn"), identity.Answer{Ceremony: in.Get(page.ProofCeremony), Response: in.Get(page.ProofResponse)})
	if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Denied) {
		return err != nil, err
	}
	pg := v.keyPage(action, in.Get("navn"), crumbs...)
	pg.Name.Error = v.Explain(err)
	return true, v.Show(http.StatusUnprocessableEntity, pg)
}

func (p *Screens) keyDone(v *visit) error {
	if done, err := p.joinKey(v, v.Session.Person, keyPath, v.crumbs()...); done || err != nil {
		return err
	}
	return p.joined(v, securityPath+"?besked=noegle-tilfoejet")
}

func (p *Screens) keyRemoved(v *visit) error {
	if err := p.People.RemovePasskey(v.Ctx, v.Person.ID, v.R.PostFormValue("noegle")); err != nil {
		return err
	}
	return v.See(securityPath + "?besked=noegle-fjernet")
}
