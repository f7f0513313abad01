package portal

import (
	"net/http"
	"net/url"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
)

// errorPage says what happened, what it means and what to do.
type errorPage struct {
	Shell
	Heading   string
	What      string
	Do        string
	Reference string // to be read to whoever looks in the log
	Links     []fds.Link
}

// problem is an error for a script: the key, and the words to show.
type problem struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Text string `json:"text"`
}

// fail answers with an error, in words.
func (v *visit) fail(err error) {
	if v.ctx.Err() != nil {
		return // nobody is there
	}
	key, code := fault.Key(err), status(err)
	if key == access.WhyLogin {
		v.lost()
		return
	}
	ref := ""
	if code >= 500 {
		ref = reference()
	}
	v.log(err, ref)
	if !wantsPage(v.r) {
		v.sent(v.json(code, problem{fault.Of(err).String(), key, v.words(err)}))
		return
	}
	pg := v.errorPage(code, err, ref)
	v.sent(v.show(code, &pg))
}

// errorPage puts an error into words.
func (v *visit) errorPage(code int, err error, ref string) errorPage {
	pg := errorPage{Shell: v.newShell("error", v.T("error.title."+kindOf(code))), Reference: ref}
	pg.Heading = pg.Title
	pg.What = v.words(err)
	pg.Do = v.T("error.do." + kindOf(code))
	if v.person.ID != "" {
		pg.Links = []fds.Link{{Href: menuHome, Text: v.T("error.home")}}
	} else {
		pg.Links = []fds.Link{{Href: "/log-ind", Text: v.T("login.button")}}
	}
	return pg
}

func (v *visit) sent(err error) {
	if err != nil {
		v.p.Log.Error("an error page failed", "err", err)
		http.Error(v.w, v.T("error.title.500"), http.StatusInternalServerError)
	}
}

func kindOf(code int) string {
	switch code {
	case http.StatusForbidden:
		return "403"
	case http.StatusNotFound:
		return "404"
	case http.StatusUnprocessableEntity, http.StatusConflict:
		return "422"
	case http.StatusServiceUnavailable:
		return "503"
	}
	return "500"
}

// words are what a person reads of an error: the text of its key, never the
// error itself.
func (v *visit) words(err error) string {
	return v.Or("fault."+fault.Key(err), v.T("fault.kind."+fault.Of(err).String()))
}

// unknown answers every address that is no route.
func (p *Portal) unknown(v *visit) error {
	return fault.New(fault.NotFound, "page.unknown", "no page %s", v.r.URL.Path)
}

// lost answers whoever is not logged in, or not any more: the login page, which
// goes on to where they were. A form that was sent is kept in that page and
// filled in again.
func (v *visit) lost() {
	if !wantsPage(v.r) {
		v.sent(v.json(http.StatusUnauthorized, problem{"denied", "session.ended", v.T("session.over")}))
		return
	}
	target := v.r.URL.RequestURI()
	draft := ""
	if v.r.Method == http.MethodPost {
		target = draftTarget(v.r)
		if v.r.ParseForm() == nil {
			draft = v.r.PostForm.Encode()
		}
	}
	if v.r.Method != http.MethodPost && v.r.URL.Path == menuHome && !v.hadSession() {
		v.sent(v.see("/log-ind"))
		return
	}
	pg := v.newLogin(target, draft)
	if v.hadSession() {
		n := fds.Alert{Tone: fds.Info, Heading: v.T("login.again"), Text: v.T("login.again.text")}
		if draft != "" {
			n.Text = v.T("login.again.kept")
		}
		pg.Notes = append(pg.Notes, n)
	}
	v.sent(v.show(http.StatusUnauthorized, pg))
}

func (v *visit) hadSession() bool {
	c, err := v.r.Cookie(identity.CookieName(v.p.tls))
	return err == nil && c.Value != ""
}

// draftTarget is the page whose form was sent.
func draftTarget(r *http.Request) string {
	if from := local(r.PostFormValue("side")); r.PostFormValue("side") != "" {
		return from
	}
	return (&url.URL{Path: r.URL.Path}).String()
}
