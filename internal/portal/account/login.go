package account

import (
	"net/http"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// secondPage is the second step of logging in.
type secondPage struct {
	page.Shell
	Name   string
	Code   *fds.Field
	Button fds.Button
	Key    *PasskeyButton
	Target string
	Lost   fds.Details
}

func (v *visit) secondPage(name string, a identity.Asks, target string) *secondPage {
	pg := &secondPage{Shell: v.NewShell("second", v.T("second.title")), Name: name, Target: target, Lost: fds.Details{Summary: v.T("second.lost")}}
	pg.Button = fds.Button{Kind: "primary", Text: v.T("second.button")}
	switch {
	case a.Code:
		pg.Code = v.codeField("second.code")
	case a.Recovery:
		pg.Code = v.codeField("second.recovery")
	}
	if a.Passkey {
		pg.Key = v.passkey(page.SecondPath+"/valg", v.T("second.passkey"))
		if pg.Code == nil && pg.Key != nil {
			pg.Key.Kind = "primary"
		}
	}
	return pg
}

func (p *Screens) second(v *visit) error {
	switch {
	case v.Session.ID != "":
		return v.See(v.target())
	case v.Half.Half == identity.HalfSetUp:
		return v.See(page.SetUpPath + v.query())
	case v.Half.Half == identity.HalfLocked:
		return v.See(page.ProofPath + v.query())
	}
	if err := v.halfway(identity.HalfCode); err != nil {
		return v.See("/log-ind" + v.query())
	}
	a, err := p.People.Asked(v.Ctx, v.Half.Person)
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.secondPage(v.Half.Person.Name, a, v.target()))
}

func (v *visit) query() string {
	if v.R.URL.RawQuery == "" {
		return ""
	}
	return "?" + v.R.URL.RawQuery
}

func (p *Screens) secondDone(v *visit) error {
	if err := v.halfway(identity.HalfCode); err != nil {
		return err
	}
	who := v.Half.Person
	a, err := p.People.Asked(v.Ctx, who)
	if err != nil {
		return err
	}
	proof, ok := v.TakeProof()
	pg := v.secondPage(who.Name, a, v.target())
	if !ok {
		if pg.Code != nil {
			pg.Code.Error = v.T("second.code.missing")
		}
		return v.Show(http.StatusUnprocessableEntity, pg)
	}
	token, _, err := p.People.Second(v.Ctx, v.Token(), proof, v.From())
	if fault.Is(err, fault.Denied) {
		if _, gone := p.People.HalfSession(v.Ctx, v.Token()); gone != nil { // guessed too often, or over
			v.SetToken("")
			err = fault.New(fault.Denied, "login.over", "the half session is over")
			pg := v.ErrorPage(http.StatusForbidden, err, "")
			return v.Show(http.StatusForbidden, &pg)
		}
		pg.Notes = append(pg.Notes, v.refusal(err))
		return v.Show(http.StatusForbidden, pg)
	}
	if err != nil {
		return err
	}
	v.SetToken(token)
	f, err := p.People.Factors(v.Ctx, who.ID)
	if err != nil {
		return err
	}
	if proof.Recovery != "" || f.Recovery <= identity.FewRecovery && f.Recovery > 0 {
		return v.See(securityPath + "?besked=koder-faa")
	}
	return v.See(v.target())
}

func (p *Screens) secondChallenge(v *visit) error {
	if err := v.halfway(identity.HalfCode); err != nil {
		return err
	}
	return v.challenge(p.People.AskPasskey(v.Ctx, v.Half.Person.ID))
}

func (p *Screens) anyChallenge(v *visit) error {
	return v.challenge(p.People.AskPasskey(v.Ctx, ""))
}

// logInByKey lets in whoever shows a passkey.
func (p *Screens) logInByKey(v *visit) error {
	form, err := v.Posted()
	if err != nil {
		return err
	}
	target, draft := v.target(), form.Get("kladde")
	proof, _ := v.TakeProof()
	token, person, err := p.People.LogInByKey(v.Ctx, proof.Key, v.Token(), v.From())
	if fault.Is(err, fault.Denied) {
		pg := v.Site.LoginPage(v.Visit, target, draft)
		page.Note(pg, v.refusal(err))
		return v.Show(http.StatusForbidden, pg)
	}
	if err != nil {
		return err
	}
	v.SetToken(token)
	if !v.LanguageChosen() {
		v.SetLanguage(page.LangOf(person.Language))
	}
	if draft != "" {
		if err := p.SaveDraft(v.Ctx, person.ID, target, draft); err != nil {
			return err
		}
	}
	return v.See(target)
}

// PasskeyFor is the button on the login page; nil where there are no passkeys.
func (p *Screens) PasskeyFor(v *page.Visit) *PasskeyButton {
	return (&visit{v, p}).passkey(loginKeyPath+"/valg", v.T("login.passkey"))
}

// proofPage asks for a proof of who somebody is.
type proofPage struct {
	page.Shell
	Lead     string
	Action   string
	Target   string
	Kept     []fds.Choice // what was typed, sent along; Text is the name
	Password *fds.Field
	Code     *fds.Field
	Key      *PasskeyButton
	Button   fds.Button
	Again    string // where an outside source vouches again
	Draft    string // what was typed, as it goes there
	Locked   bool
	Foot     string
}

// ProofPage is page.Site's: the page that asks for a proof.
func (p *Screens) ProofPage(v *page.Visit, w page.Pending) (page.Page, error) {
	who := v.Session.Person
	if v.Half.ID != "" {
		who = v.Half.Person
	}
	a, err := p.People.Asked(v.Ctx, who)
	if err != nil {
		return nil, err
	}
	return (&visit{v, p}).proofPage(who, a, w), nil
}

func (v *visit) proofPage(who identity.Person, a identity.Asks, w page.Pending) *proofPage {
	key := "proof"
	if w.Locked {
		key = "locked"
	}
	pg := &proofPage{Shell: v.NewShell("proof", v.T(key+".title")), Lead: v.T(key+".lead", who.Name), Action: w.Action, Target: w.Target, Locked: w.Locked, Foot: v.T(key + ".foot")}
	pg.Button = fds.Button{Kind: "primary", Text: v.T(key + ".button")}
	for name, values := range w.Fields {
		for _, x := range values {
			pg.Kept = append(pg.Kept, fds.Choice{Text: name, Value: x})
		}
	}
	if a.Password {
		f := v.Field(fds.Field{ID: page.ProofPassword, Name: page.ProofPassword, Type: "password", Autocomplete: "current-password", MaxLength: identity.LongestPassword}, "proof.password")
		pg.Password = &f
		switch {
		case a.Code:
			pg.Code = v.codeField("proof.code")
		case a.Recovery:
			pg.Code = v.codeField("proof.recovery")
		}
	}
	if a.Passkey {
		pg.Key = v.passkey(page.ProofPath+"/valg", v.T("second.passkey"))
	}
	if a.Source != "" && v.Site.AgainAt != nil {
		target := w.Target
		if target == "" {
			target = v.R.URL.Path
			if from := w.Fields.Get("side"); from != "" {
				target = page.Local(from)
			}
		}
		pg.Again, pg.Target, pg.Draft = v.Site.AgainAt(a.Source, target), target, w.Fields.Encode()
	}
	if w.Wrong != nil {
		pg.Notes = append(pg.Notes, v.refusal(w.Wrong))
	}
	return pg
}

// provable is whoever has a session, whole or locked.
func (v *visit) provable() error {
	if v.Session.ID == "" && v.Half.Half != identity.HalfLocked {
		return fault.New(fault.Denied, access.WhyLogin, "nobody to prove anything")
	}
	return nil
}

func (p *Screens) prove(v *visit) error {
	if err := v.provable(); err != nil {
		return err
	}
	return v.ShowProof(page.Pending{Action: page.ProofPath, Target: v.target(), Locked: v.Half.ID != ""})
}

func (p *Screens) proveDone(v *visit) error {
	if err := v.provable(); err != nil {
		return err
	}
	target, locked := v.target(), v.Half.ID != ""
	proof, _ := v.TakeProof()
	token, err := p.People.Prove(v.Ctx, v.Token(), proof, v.From())
	switch {
	case fault.Is(err, fault.Denied) && v.WantsPage():
		return v.ShowProof(page.Pending{Action: page.ProofPath, Target: target, Locked: locked, Wrong: err})
	case fault.Is(err, fault.Denied):
		return v.JSON(http.StatusForbidden, page.Problem{Kind: "denied", Key: fault.Key(err), Text: v.refusal(err).Text})
	case err != nil:
		return err
	}
	v.SetToken(token)
	if !v.WantsPage() {
		s, err := p.People.Session(v.Ctx, token, true)
		if err != nil {
			return err
		}
		return v.JSON(http.StatusOK, map[string]string{"ends": v.ISO(s.Ends)})
	}
	return v.See(target)
}

func (p *Screens) proofChallenge(v *visit) error {
	if err := v.provable(); err != nil {
		return err
	}
	who := v.Session.Person.ID
	if who == "" {
		who = v.Half.Person.ID
	}
	return v.challenge(p.People.AskPasskey(v.Ctx, who))
}

// lock covers what an unattended session had open.
func (p *Screens) lock(v *visit) error {
	if err := p.People.Lock(v.Ctx, v.Token()); err != nil {
		return err
	}
	p.Cut(v.Session.ID)
	if v.WantsPage() {
		return v.See(page.ProofPath)
	}
	return v.JSON(http.StatusOK, map[string]bool{"locked": true})
}

// endOthers ends the person's sessions in other browsers.
func (p *Screens) endOthers(v *visit) error {
	open, err := p.People.Sessions(v.Ctx, v.Person.ID)
	if err != nil {
		return err
	}
	if _, err := p.People.EndOthers(v.Ctx, v.Person.ID, v.Session.ID, "ended by its owner"); err != nil {
		return err
	}
	for _, s := range open {
		if s.ID != v.Session.ID {
			p.Cut(s.ID)
		}
	}
	return v.See("/min-konto?besked=andre-afsluttet")
}
