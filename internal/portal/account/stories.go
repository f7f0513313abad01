package account

import (
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/portal/page"
)

// Stories are the screens of logging in beyond name and password.
func (p *Screens) Stories() []page.Story {
	jonas := identity.Person{ID: "p-2", Login: "jonas", Name: "Jonas Lund", Controller: "lindeby"}
	button := func(v *visit, challenge, text, kind string, create bool) *PasskeyButton {
		return &PasskeyButton{Challenge: challenge, Text: text, Kind: kind, Create: create, Failed: v.T("passkey.failed")}
	}
	return []page.Story{
		{Name: "trin-2", Path: page.SecondPath, Make: p.pose(func(v *visit) page.Page {
			pg := v.secondPage("Jonas Lund", identity.Asks{Code: true, Recovery: true, Passkey: true}, page.HomePath)
			pg.Key = button(v, page.SecondPath+"/valg", v.T("second.passkey"), "secondary", false)
			return pg
		})},
		{Name: "trin-2-forkert", Path: page.SecondPath, Code: http.StatusForbidden, Make: p.pose(func(v *visit) page.Page {
			pg := v.secondPage("Jonas Lund", identity.Asks{Recovery: true}, page.HomePath)
			pg.Notes = append(pg.Notes, v.refusal(fault.New(fault.Denied, "login.recovery", "sample")))
			return pg
		})},
		{Name: "opsaet", Path: page.SetUpPath, Make: p.pose(func(v *visit) page.Page {
			return v.setUpPage(page.HomePath)
		})},
		{Name: "bekraeft", Who: access.Coordinator, Path: "/kameraer/x/genstart", Code: http.StatusForbidden, Make: p.pose(func(v *visit) page.Page {
			pg := v.proofPage(jonas, identity.Asks{Password: true, Code: true, Passkey: true}, page.Pending{Action: "/kameraer/x/genstart", Fields: url.Values{"grund": {"Nabohaven er dækket af"}}})
			pg.Key = button(v, page.ProofPath+"/valg", v.T("second.passkey"), "secondary", false)
			return pg
		})},
		{Name: "bekraeft-laast", Path: page.ProofPath, Make: p.pose(func(v *visit) page.Page {
			return v.proofPage(jonas, identity.Asks{Password: true}, page.Pending{Action: page.ProofPath, Target: "/afspilning", Locked: true, Wrong: fault.New(fault.Denied, "login.wrong", "sample")})
		})},
		{Name: "min-konto-sikkerhed", Who: access.Operator, Path: securityPath, Make: p.pose(func(v *visit) page.Page {
			return v.securityPage(identity.Factors{Local: true, Code: v.Now.AddDate(0, -2, 0), Recovery: 2, Passkeys: []identity.Passkey{
				{ID: "a", Name: "Arbejdstelefon", Made: v.Now.AddDate(0, -1, 0), Used: v.Now.Add(-time.Hour)}, {ID: "b", Name: "Blå sikkerhedsnøgle", Made: v.Now.AddDate(0, 0, -2)}}})
		})},
		{Name: "min-konto-sikkerhed-kraevet", Who: access.Operator, Path: securityPath, Make: p.pose(func(v *visit) page.Page {
			return v.securityPage(identity.Factors{Local: true, Demanded: true})
		})},
		{Name: "min-konto-adgangskode", Who: access.Operator, Path: passwordPath, Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			f := v.passwordForm()
			f.FailWith("ny_adgangskode", fault.New(fault.Invalid, "password.common", "sample"))
			return v.passwordPage(f)
		})},
		{Name: "min-konto-app", Who: access.Operator, Path: appPath, Make: p.pose(func(v *visit) page.Page {
			pg, _ := v.appPage(identity.CodeSetUp{Secret: "VIDNEDEMOVIDNEDEMOVIDNEDEMOVIDNE", URI: "otpauth://totp/Vidne:jonas?secret=VIDNEDEMOVIDNEDEMOVIDNEDEMOVIDNE&issuer=Vidne&algorithm=SHA1&digits=6&period=30", Sealed: "x"}, appPath, v.crumbs()...)
			return pg
		})},
		{Name: "min-konto-noegle", Who: access.Operator, Path: keyPath, Make: p.pose(func(v *visit) page.Page {
			pg := v.keyPage(keyPath, "", v.crumbs()...)
			pg.None, pg.Key = "", button(v, keyPath+"/valg", v.T("key.button"), "primary", true)
			return pg
		})},
		{Name: "min-konto-koder", Who: access.Operator, Path: codesPath, Make: p.pose(func(v *visit) page.Page {
			return v.codesPage([]string{"k7m2p-9q4xd", "0a3rt-vw8zn", "h5jc1-e2ygs", "n4fb6-t9kqm", "3dxr8-p0wav", "y1zc7-m5hgj", "8srnt-4kbe2", "qv6wd-a9x3f", "c0mhp-7yj1z", "t2gk5-n8erb"}, securityPath)
		})},
		{Name: "administration-log-ind", Who: access.IT, Path: accountsPath, Make: p.pose(func(v *visit) page.Page {
			who := func(id, login, name, source string) identity.Person {
				return identity.Person{ID: id, Login: login, Name: name, Controller: "lindeby", Source: source}
			}
			all := []row{
				{who("p-1", "karen", "Karen Holm", ""), identity.Factors{Code: v.Now, Recovery: 9}},
				{who("p-2", "jonas", "Jonas Lund", ""), identity.Factors{}},
				{who("p-3", "vera", "Vera Toft", ""), identity.Factors{Passkeys: []identity.Passkey{{ID: "a"}}, Recovery: 2}},
				{who("p-4", "mette@lindeby", "Mette Dahl", "directory:lindeby"), identity.Factors{}},
			}
			return v.accountsPage(all, true, []identity.Reset{{ID: "r-1", Account: "p-3", Asker: "p-1", Reason: "Telefonen er faldet i havnen. Jeg har talt med hende på hendes kontor.", Asked: v.Now.Add(-time.Hour)},
				{ID: "r-2", Account: "p-1", Asker: "p-2", Reason: "Nøglen er væk.", Asked: v.Now.Add(-2 * time.Hour)}})
		})},
		{Name: "glemt-adgangskode", Path: forgotPath, Make: p.pose(func(v *visit) page.Page { return v.forgotPage() })},
		{Name: "glemt-adgangskode-kode", Path: codePath, Code: http.StatusUnprocessableEntity, Make: p.pose(func(v *visit) page.Page {
			pg := v.codePage()
			pg.Form.FailWith("kode", fault.New(fault.Denied, "renewal.wrong", "sample"))
			return pg
		})},
		{Name: "glemt-adgangskode-ny", Path: codePath, Make: p.pose(func(v *visit) page.Page {
			pg := v.renewalPage(identity.Renewal{Person: jonas, Asks: identity.Asks{Code: true, Passkey: true}, Ends: v.Now.Add(identity.RenewalFor)}, "k7m2-p9q4-xd0a-3rtv")
			pg.Key = button(v, loginKeyPath+"/valg", v.T("renewal.passkey"), "secondary", false)
			return pg
		})},
		{Name: "administration-log-ind-konto", Who: access.IT, Path: onePath("p-3"), Make: p.pose(func(v *visit) page.Page {
			return v.onePage(row{identity.Person{ID: "p-3", Login: "vera", Name: "Vera Toft", Email: "vera@lindeby.example"}, identity.Factors{Local: true, Code: v.Now, Recovery: 7}}, 2)
		})},
		{Name: "administration-log-ind-adgangskode", Who: access.IT, Path: onePath("p-3") + "/adgangskode", Make: p.pose(func(v *visit) page.Page {
			return v.offerPage(identity.Person{ID: "p-3", Name: "Vera Toft"})
		})},
		{Name: "administration-log-ind-nulstil", Who: access.IT, Path: accountsPath + "/konto/p-3/nulstil", Make: p.pose(func(v *visit) page.Page { return v.resetPage(identity.Person{ID: "p-3", Name: "Vera Toft"}) })},
	}
}

func (p *Screens) pose(f func(*visit) page.Page) func(*page.Visit) page.Page {
	return func(v *page.Visit) page.Page { return f(&visit{v, p}) }
}
