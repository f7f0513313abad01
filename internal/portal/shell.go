package portal

import (
	"net/http"
	"net/url"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
)

// header is the top of the page for whoever is there.
func (v *visit) header() fds.Header {
	h := fds.Header{
		Product: "Vidne", Home: "/min-side", LogOff: "/log-ud", Account: "/min-konto",
		Languages: v.languages(),
		Words: fds.HeaderWords{
			Menu: v.T("header.menu"), Close: v.T("header.close"), LogOff: v.T("header.logoff"), Languages: v.T("header.languages"),
			Main: v.T("header.main"), Person: v.T("header.person"), Search: v.T("header.search"), SearchButton: v.T("header.search.button"),
		},
	}
	if v.person.ID == "" {
		return h
	}
	h.Authority = v.controller.Name
	h.Person = v.session.Person.Name
	var roles []string
	for _, r := range v.person.Roles {
		roles = append(roles, v.T("role."+string(r)))
	}
	h.Role = strings.Join(roles, ", ")
	h.Search = "/steder"
	for _, m := range []struct {
		href string
		act  access.Act
	}{{menuHome, access.Own}, {menuCameras, access.SeeCameras}, {menuViewing, access.View}, {menuHealth, access.SeeHealth}, {menuWatch, access.SeeLog}} {
		if !access.May(v.person, m.act, access.Object{}).OK {
			continue
		}
		h.Menu = append(h.Menu, fds.MenuItem{Href: m.href, Text: v.T("menu." + strings.TrimPrefix(m.href, "/")),
			Current: v.r.URL.Path == m.href, Active: v.route.menu == m.href})
	}
	return h
}

func (v *visit) languages() []fds.Language {
	here := "/min-side"
	if v.r.Method == http.MethodGet && wantsPage(v.r) {
		here = v.r.URL.RequestURI()
	}
	out := []fds.Language{{Code: "da", Name: "Dansk"}, {Code: "en", Name: "English"}}
	for i := range out {
		out[i].Href = "/sprog/" + out[i].Code + "?" + url.Values{"til": {here}}.Encode()
		out[i].Current = out[i].Code == string(v.Lang)
	}
	return out
}

// setLanguage keeps the choice in the browser and, for whoever is logged in,
// with the account.
func (p *Portal) setLanguage(v *visit) error {
	lang := langOf(v.r.PathValue("lang"))
	if string(lang) != v.r.PathValue("lang") {
		return fault.New(fault.NotFound, "page.unknown", "no language %q", v.r.PathValue("lang"))
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: langCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: p.tls, SameSite: http.SameSiteLaxMode,
	})
	if v.person.ID != "" {
		if err := p.People.SetLanguage(v.ctx, v.person.ID, string(lang)); err != nil {
			return err
		}
	}
	return v.see(local(v.r.URL.Query().Get("til")))
}

func (p *Portal) keepLanguage(v *visit, lang Lang) {
	http.SetCookie(v.w, &http.Cookie{Name: langCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: p.tls, SameSite: http.SameSiteLaxMode})
}

// may is access.May for what a page offers.
func (v *visit) may(act access.Act, o access.Object) bool { return access.May(v.person, act, o).OK }

// sees limits lists to the locations that the person may see; nil is all.
func (v *visit) sees() []string {
	for _, r := range []access.Role{access.Coordinator, access.DPO, access.IT} {
		if v.person.Is(r) {
			return nil
		}
	}
	return append([]string{}, v.person.Locations...)
}
