package page

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity"
)

// ErrorPage says what happened, what it means and what to do.
type ErrorPage struct {
	Shell
	Heading   string
	What      string
	Do        string
	Reference string // to be read to whoever looks in the log
	Links     []fds.Link
}

// Problem is an error for a script: the key, and the words to show.
type Problem struct {
	Kind string `json:"kind"`
	Key  string `json:"key"`
	Text string `json:"text"`
}

// Fail answers with an error, in words.
func (v *Visit) Fail(err error) {
	if v.Ctx.Err() != nil {
		return // nobody is there
	}
	key, code := fault.Key(err), status(err)
	var wrong wrongProof
	switch {
	case key == keyStale || errors.As(err, &wrong) || key == access.WhyLogin && v.Half.Half == identity.HalfLocked:
		v.askProof(err)
		return
	case key == access.WhyLogin:
		v.lost()
		return
	}
	ref := ""
	if code >= 500 {
		ref = reference()
	}
	v.log(err, ref)
	if !wantsPage(v.R) {
		v.sent(v.JSON(code, Problem{fault.Of(err).String(), key, v.Explain(err)}))
		return
	}
	pg := v.ErrorPage(code, err, ref)
	v.sent(v.Show(code, &pg))
}

// ErrorPage puts an error into words.
func (v *Visit) ErrorPage(code int, err error, ref string) ErrorPage {
	pg := ErrorPage{Shell: v.NewShell("error", v.T("error.title."+kindOf(code))), Reference: ref}
	pg.Heading = pg.Title
	pg.What = v.Explain(err)
	pg.Do = v.T("error.do." + kindOf(code))
	if code == http.StatusTooManyRequests {
		pg.Do = v.T("error.do.429", v.Span(v.wait.Round(time.Second)+time.Second))
	}
	if v.Person.ID != "" {
		pg.Links = []fds.Link{{Href: HomePath, Text: v.T("error.home")}}
		if why := v.whyNot(err); why.Href != "" {
			pg.Links = append([]fds.Link{why}, pg.Links...)
		}
	} else {
		pg.Links = []fds.Link{{Href: "/log-ind", Text: v.T("login.button")}}
	}
	return pg
}

// whyNot leads from a refusal by the rules to the page that explains them; it
// is empty for every other error.
func (v *Visit) whyNot(err error) fds.Link {
	if key := fault.Key(err); key != access.WhyRole && key != access.WhyDesignation && key != access.WhyIT && key != access.WhyOwn {
		return fds.Link{}
	}
	q := url.Values{"handling": {string(v.Route.Act)}}
	if c := v.R.PathValue("camera"); c != "" {
		q.Set("kamera", c)
	}
	return fds.Link{Href: "/rettigheder/hvorfor?" + q.Encode(), Text: v.T("error.why")}
}

func (v *Visit) sent(err error) {
	if err != nil {
		v.Site.Log.Error("an error page failed", "err", err)
		http.Error(v.W, v.T("error.title.500"), http.StatusInternalServerError)
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
	case http.StatusTooManyRequests:
		return "429"
	case http.StatusServiceUnavailable:
		return "503"
	}
	return "500"
}

// Explain is what a person reads of an error: the text of its key, never the
// error itself.
func (v *Visit) Explain(err error) string {
	return v.Or("fault."+fault.Key(err), v.T("fault.kind."+fault.Of(err).String()))
}

// lost answers whoever is not logged in, or not any more: the login page, which
// goes on to where they were. A form that was sent is kept in that page and
// filled in again.
func (v *Visit) lost() {
	if !wantsPage(v.R) {
		v.sent(v.JSON(http.StatusUnauthorized, Problem{"denied", "session.ended", v.T("session.over")}))
		return
	}
	target, draft := v.R.URL.RequestURI(), ""
	if v.R.Method == http.MethodPost {
		form := v.typed()
		for _, secret := range append([]string{"adgangskode", "gammel_adgangskode", "ny_adgangskode", "igen_adgangskode"}, proofFields...) {
			form.Del(secret) // a password is no draft
		}
		target = (&url.URL{Path: v.R.URL.Path}).String()
		if from := form.Get("side"); from != "" { // the page whose form was sent
			target = Local(from)
		}
		if draft = form.Encode(); len(draft) > FormSize {
			draft = "" // a table, not something typed
		}
	}
	if v.Half.ID != "" && v.R.Method == http.MethodGet {
		v.sent(v.See(SecondPath + "?" + url.Values{"til": {target}}.Encode()))
		return
	}
	if v.R.Method != http.MethodPost && v.R.URL.Path == HomePath && !v.hadSession() {
		v.sent(v.See("/log-ind"))
		return
	}
	pg := v.Site.login(v, target, draft)
	if v.hadSession() {
		n := fds.Alert{Tone: fds.Info, Heading: v.T("login.again"), Text: v.T("login.again.text")}
		if v.over == "session.unconfirmed" {
			n.Text = v.T("fault." + v.over)
		}
		if draft != "" {
			n.Text = v.T("login.again.kept")
		}
		s := pg.shell()
		s.Notes = append(s.Notes, n)
	}
	v.sent(v.Show(http.StatusUnauthorized, pg))
}

func (v *Visit) hadSession() bool {
	c, err := v.R.Cookie(identity.CookieName(v.Site.tls))
	return err == nil && c.Value != ""
}
