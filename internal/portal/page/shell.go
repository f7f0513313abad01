package page

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fds"
)

// header is the top of the page for whoever is there.
func (v *Visit) header() fds.Header {
	h := fds.Header{
		Product: "Vidne", Home: "/min-side", LogOff: "/log-ud", Account: "/min-konto",
		Languages: v.languages(),
		Words: fds.HeaderWords{
			Menu: v.T("header.menu"), Close: v.T("header.close"), LogOff: v.T("header.logoff"), Languages: v.T("header.languages"),
			Main: v.T("header.main"), Person: v.T("header.person"), Search: v.T("header.search"), SearchButton: v.T("header.search.button"),
		},
	}
	if v.Person.ID == "" {
		return h
	}
	h.Authority = v.Controller.Name
	h.Person = v.Session.Person.Name
	var roles []string
	for _, r := range v.Person.Roles {
		roles = append(roles, v.T("role."+string(r)))
	}
	h.Role = strings.Join(roles, ", ")
	h.Search = SearchPath
	if v.R.URL.Path == SearchPath {
		h.Query = v.R.URL.Query().Get("q")
	}
	for _, m := range Entries() {
		fronts := v.Fronts(m).Items
		if len(fronts) == 0 {
			continue
		}
		h.Menu = append(h.Menu, fds.MenuItem{Href: fronts[0].Href, Text: v.T("menu." + string(m)),
			Current: v.R.URL.Path == fronts[0].Href, Active: v.Route.Menu == m})
	}
	return h
}

func (v *Visit) languages() []fds.Language {
	here := "/min-side"
	if v.R.Method == http.MethodGet && wantsPage(v.R) && !v.Route.Secret {
		here = v.R.URL.RequestURI()
	}
	out := []fds.Language{{Code: "da", Name: "Dansk"}, {Code: "en", Name: "English"}}
	for i := range out {
		out[i].Href = "/sprog/" + out[i].Code + "?" + url.Values{"til": {here}}.Encode()
		out[i].Current = out[i].Code == string(v.Lang)
	}
	return out
}

// Fronts are the front pages of an entry that the person may use, as tabs.
func (v *Visit) Fronts(menu Entry) fds.Tabs {
	t := fds.Tabs{Label: v.T("menu." + string(menu))}
	var fronts []Route
	for _, r := range v.Site.routes {
		if r.Menu == menu && r.Front != "" && (r.FrontFor == "" || r.FrontFor == v.Controller.Kind) && v.May(r.Act, access.Object{}) {
			fronts = append(fronts, r)
		}
	}
	slices.SortStableFunc(fronts, func(a, b Route) int { return cmp.Compare(a.Rank, b.Rank) })
	for _, r := range fronts {
		path := strings.TrimPrefix(r.Pattern, "GET ")
		t.Items = append(t.Items, fds.Tab{Href: path, Text: v.T(r.Front), Current: v.R.URL.Path == path})
	}
	return t
}

// SetLanguage keeps the choice of language in the browser.
func (v *Visit) SetLanguage(lang Lang) {
	http.SetCookie(v.W, &http.Cookie{Name: v.Site.langCookie(), Value: string(lang), Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: v.Site.tls, SameSite: http.SameSiteLaxMode})
}

// LanguageChosen reports whether this browser has made a choice.
func (v *Visit) LanguageChosen() bool {
	_, err := v.R.Cookie(v.Site.langCookie())
	return err == nil
}
