// Package account is how people prove who they are and look after what they do
// it with: the second step of logging in, the proof before a grave act,
// passwords and the codes for those who forgot theirs, authenticator apps, passkeys, recovery codes, and what IT does
// when one is lost.
//
// What it promises: whoever has shown a password and no more reaches these
// pages and nothing else; a secret is shown once and never again; its owner is
// told by mail of whatever happened to how they log in; a lost second factor is
// taken off by two people, neither of whom is its owner.
//
// What it refuses: to keep what was typed of a password or a code, to show
// which devices another person has, and to leave an account without a second
// factor that must have one.
package account

import (
	"net/http"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// Screens are the pages of logging in beyond name and password.
type Screens struct {
	*page.Site
	// Cut ends what is being shown to a session.
	Cut func(session string)
}

// visit is a page's visit, on these screens.
type visit struct {
	*page.Visit
	s *Screens
}

func (p *Screens) on(handle func(*visit) error) func(*page.Visit) error {
	return func(v *page.Visit) error { return handle(&visit{v, p}) }
}

const (
	securityPath = "/min-konto/sikkerhed"
	passwordPath = "/min-konto/adgangskode"
	appPath      = "/min-konto/app"
	keyPath      = "/min-konto/noegle"
	codesPath    = "/min-konto/koder"
	accountsPath = "/administration/log-ind"
	loginKeyPath = "/log-ind/noegle"
)

// Routes are the addresses. Those under /log-ind are for whoever is on the way
// in: each looks itself for the session that it needs.
func (p *Screens) Routes() []page.Route {
	own := func(pattern string, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Own, Handle: p.on(handle)}
	}
	fresh := func(pattern string, handle func(*visit) error) page.Route {
		r := own(pattern, handle)
		r.Fresh = identity.Fresh
		return r
	}
	public := func(pattern string, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.Public, Handle: p.on(handle)}
	}
	admin := func(pattern string, handle func(*visit) error) page.Route {
		return page.Route{Pattern: pattern, Act: access.ManageAccounts, Handle: p.on(handle), Menu: page.Admin}
	}
	grave := func(pattern string, handle func(*visit) error) page.Route {
		r := admin(pattern, handle)
		r.Fresh = identity.Fresh
		return r
	}
	list := admin("GET "+accountsPath, p.accounts)
	list.Front, list.Rank = "accounts.title", 3
	return []page.Route{
		public("GET "+page.SecondPath, p.second), public("POST "+page.SecondPath, p.secondDone),
		public("POST "+page.SecondPath+"/valg", p.secondChallenge),
		public("GET "+page.SetUpPath, p.setUp),
		public("GET "+page.SetUpPath+"/app", p.setUpApp), public("POST "+page.SetUpPath+"/app", p.setUpAppDone),
		public("GET "+page.SetUpPath+"/noegle", p.setUpKey), public("POST "+page.SetUpPath+"/noegle", p.setUpKeyDone),
		public("POST "+page.SetUpPath+"/noegle/valg", p.setUpChallenge),
		public("POST "+loginKeyPath, p.logInByKey), public("POST "+loginKeyPath+"/valg", p.anyChallenge),
		public("GET "+forgotPath, p.forgot), public("POST "+forgotPath, p.forgotSent),
		public("GET "+codePath, p.renewalCode), public("POST "+codePath, p.renewalOpened), public("POST "+renewalPath, p.renew),
		public("GET "+page.ProofPath, p.prove), public("POST "+page.ProofPath, p.proveDone), public("POST "+page.ProofPath+"/valg", p.proofChallenge),

		own("POST /min-konto/laas", p.lock), fresh("POST /min-konto/afslut-andre", p.endOthers),
		own("GET "+securityPath, p.security),
		own("GET "+passwordPath, p.password), own("POST "+passwordPath, p.passwordDone),
		fresh("GET "+appPath, p.app), fresh("POST "+appPath, p.appDone), fresh("POST "+appPath+"/slet", p.appRemoved),
		fresh("GET "+keyPath, p.key), fresh("POST "+keyPath, p.keyDone), own("POST "+keyPath+"/valg", p.keyChallenge), fresh("POST "+keyPath+"/slet", p.keyRemoved),
		fresh("POST "+codesPath, p.codes),

		list, grave("POST "+accountsPath+"/krav", p.demand),
		admin("GET "+accountsPath+"/konto/{konto}", p.one), grave("POST "+accountsPath+"/konto/{konto}/log-ud", p.ended),
		admin("GET "+accountsPath+"/konto/{konto}/adgangskode", p.offer), grave("POST "+accountsPath+"/konto/{konto}/adgangskode", p.offered),
		admin("GET "+accountsPath+"/konto/{konto}/nulstil", p.reset), grave("POST "+accountsPath+"/konto/{konto}/nulstil", p.resetAsked),
		grave("POST "+accountsPath+"/anmodning/{anmodning}", p.resetAnswered),
	}
}

// halfway is the session of whoever is on the way in and lacks what; nobody
// else has anything to do here.
func (v *visit) halfway(lacks identity.Half) error {
	if v.Half.Half != lacks || v.Half.ID == "" {
		return fault.New(fault.Denied, access.WhyLogin, "no session that lacks its %s", lacks)
	}
	return nil
}

// target is the page to go on to: from the form or the address.
func (v *visit) target() string {
	to := v.R.PostFormValue("til")
	if to == "" {
		to = v.R.URL.Query().Get("til")
	}
	if to = page.Local(to); strings.HasPrefix(to, "/log-ind") || strings.HasPrefix(to, page.ProofPath) {
		return page.HomePath
	}
	return to
}

// refusal says on a page why a proof was refused.
func (v *visit) refusal(err error) fds.Alert {
	text := v.Explain(err)
	if wait := identity.TryAgain(err); wait > 0 {
		text = v.T("login.wait", v.Span(wait))
	}
	return fds.Alert{Tone: fds.Error, Heading: v.T("factor.refused"), Text: text, ID: "refused"}
}

// codeField is the field for a code; a recovery code goes into it too.
func (v *visit) codeField(key string) *fds.Field {
	f := v.Field(fds.Field{ID: page.ProofCode, Name: page.ProofCode, Type: "text", Autocomplete: "one-time-code", MaxLength: 20, Width: "medium"}, key)
	return &f
}

// PasskeyButton is the button that asks the browser for a passkey. It shows
// itself where the browser has any.
type PasskeyButton struct {
	Challenge string // where the challenge is fetched
	Text      string
	Create    bool   // a new passkey, not one that is there
	Kind      string // of the button
	Failed    string // what is said when the browser gives none
	Form      string // the form's id
}

func (v *visit) passkey(challenge, text string) *PasskeyButton {
	if !v.Site.People.HasPasskeys() {
		return nil
	}
	return &PasskeyButton{Challenge: challenge, Text: text, Kind: "secondary", Failed: v.T("passkey.failed")}
}

// challenge answers a script with what the browser is asked.
func (v *visit) challenge(c identity.Challenge, err error) error {
	if err != nil {
		return err
	}
	return v.JSON(http.StatusOK, c)
}
