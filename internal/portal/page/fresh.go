package page

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
)

// ProofPath is the page on which a person proves again who they are.
const ProofPath = "/bekraeft"

// SecondPath is the page of the second step of logging in, SetUpPath the one
// where a second factor is set up that is demanded.
const (
	SecondPath = "/log-ind/trin-2"
	SetUpPath  = "/log-ind/opsaet"
)

// The fields of a form in which a proof comes along. They are taken out before
// the form is read, and are never kept.
const (
	ProofPassword = "bevis_adgangskode"
	ProofCode     = "bevis_kode"
	ProofCeremony = "bevis_ceremoni"
	ProofResponse = "bevis_svar"
)

var proofFields = []string{ProofPassword, ProofCode, ProofCeremony, ProofResponse}

// Pending is what waits for a proof: a form that is sent again with it, or a
// page that is gone on to.
type Pending struct {
	Action string     // where the proof is sent
	Target string     // the page to go on to; empty: the answer to the form is it
	Fields url.Values // what was typed, to be sent along
	Wrong  error      // why the last proof was refused; nil: it is the first
	Locked bool       // the screen was left unattended
}

// ProofPage makes the page that asks for a proof; internal/portal sets it.
type ProofPage func(v *Visit, p Pending) (Page, error)

const keyStale = "session.stale"

// Fresh asks that the person has proved who they are within the given time,
// for an act that is grave. If not, a proof that came with the form is taken;
// else it fails with an error that shows the page that asks for one. What was
// typed is kept, and the act goes on when the proof has come.
func (v *Visit) Fresh(within time.Duration) error {
	if v.Session.ID == "" || v.Half.ID == "" && v.isFresh(within) {
		return nil
	}
	if p, ok := v.TakeProof(); ok {
		return v.Prove(p)
	}
	return fault.New(fault.Denied, keyStale, "session %s was proved at %v", v.Session.ID, v.Session.Proved)
}

func (v *Visit) isFresh(within time.Duration) bool {
	age := v.Now.Sub(v.Session.Proved)
	return age >= 0 && age <= within
}

// TakeProof takes the proof out of a form that was sent, if there is one.
func (v *Visit) TakeProof() (p identity.Proof, ok bool) {
	if v.R.Method != http.MethodPost || hasFiles(v.R) {
		return p, false
	}
	form, err := v.Posted()
	if err != nil {
		return p, false
	}
	code := form.Get(ProofCode)
	p = identity.Proof{Password: form.Get(ProofPassword), Key: identity.Answer{Ceremony: form.Get(ProofCeremony), Response: form.Get(ProofResponse)}}
	if len(strings.Join(strings.Fields(code), "")) > 6 {
		p.Recovery = code
	} else {
		p.Code = code
	}
	for _, name := range proofFields {
		ok = ok || form.Get(name) != ""
		v.R.PostForm.Del(name)
		v.R.Form.Del(name)
	}
	return p, ok
}

// From is where the request comes from, as accounts are told.
func (v *Visit) From() identity.Whence {
	return identity.Whence{Address: v.Addr(), Agent: v.R.UserAgent()}
}

// wrongProof is a proof that was refused: the page asks again and says why.
type wrongProof struct{ error }

func (w wrongProof) Unwrap() error { return w.error }

// Prove takes a proof and gives the browser the session's new token.
func (v *Visit) Prove(p identity.Proof) error {
	token, err := v.Site.People.Prove(v.Ctx, v.Token(), p, v.From())
	if fault.Is(err, fault.Denied) {
		return wrongProof{err}
	}
	if err != nil {
		return err
	}
	v.SetToken(token)
	s, err := v.Site.People.Session(v.Ctx, token, false)
	if err != nil {
		return err
	}
	v.Half = identity.Session{}
	return v.known(s)
}

// Token is what the browser's cookie says; empty when there is none.
func (v *Visit) Token() string {
	if v.token != "" {
		return v.token
	}
	c, err := v.R.Cookie(identity.CookieName(v.Site.tls))
	if err != nil {
		return ""
	}
	return c.Value
}

// SetToken gives the browser a token; empty takes it away.
func (v *Visit) SetToken(token string) {
	v.token = token
	http.SetCookie(v.W, identity.Cookie(token, v.Site.tls))
}

// askProof answers with the page that asks for a proof.
func (v *Visit) askProof(err error) {
	if !wantsPage(v.R) {
		v.sent(v.JSON(http.StatusForbidden, Problem{"denied", fault.Key(err), v.Explain(err)}))
		return
	}
	var wrong wrongProof
	p := Pending{Locked: v.Half.Half == identity.HalfLocked}
	if errors.As(err, &wrong) {
		p.Wrong = wrong.error
	}
	switch {
	case v.R.Method != http.MethodPost:
		p.Action, p.Target = ProofPath, v.R.URL.RequestURI()
	case hasFiles(v.R): // a file cannot be kept here: the page is opened again with what was typed
		form := v.typed()
		p.Action, p.Target = ProofPath, v.R.URL.Path
		if from := form.Get("side"); from != "" {
			p.Target = Local(from)
		}
		if err := v.Site.SaveDraft(v.Ctx, v.who(), p.Target, form.Encode()); err != nil {
			v.Site.Log.Warn("a draft is not kept", "err", err)
		}
	default:
		p.Action, p.Fields = v.R.URL.RequestURI(), v.typed()
		for _, name := range proofFields {
			p.Fields.Del(name)
		}
	}
	v.sent(v.ShowProof(p))
}

// ShowProof shows the page that asks for a proof.
func (v *Visit) ShowProof(p Pending) error {
	pg, err := v.Site.Proof(v, p)
	if err != nil {
		return err
	}
	code := http.StatusOK
	switch {
	case p.Locked && p.Action != ProofPath || p.Wrong != nil || p.Fields != nil:
		code = http.StatusForbidden
	}
	return v.Show(code, pg)
}

func (v *Visit) who() string {
	if v.Half.ID != "" {
		return v.Half.Person.ID
	}
	return v.Person.ID
}

func hasFiles(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return strings.HasPrefix(kind, "multipart/")
}

// personal are the acts whose pages show personal data to whoever passes by.
// Such a page is covered when it is left unattended (H 4.1).
var personal = []access.Act{
	access.View, access.SeeLog, access.SeeIncidents, access.EditIncident, access.ApproveHold, access.SeeRequests, access.ReceiveRequest, access.EditRequest, access.SeeStaff, access.EditStaff, access.SeeSharing, access.AskSharing, access.AssessSharing, access.SeeShared, access.AskLive, access.ApproveLive, access.ReviewLog, access.SeeAuthorisations,
	access.ApproveAuthorisation, access.CarryOutAuthorisation, access.SeeMail, access.SeeStorage,
}

// covers is after how many seconds an unattended page is covered; 0: never.
func (v *Visit) covers() int {
	if v.Session.ID == "" || !slices.Contains(personal, v.Route.Act) {
		return 0
	}
	if v.Site.CoverAfter == 0 {
		return int(DefaultCoverAfter / time.Second)
	}
	return int(v.Site.CoverAfter / time.Second)
}

// DefaultCoverAfter is how long a page with personal data can be left
// unattended before it is covered.
const DefaultCoverAfter = 3 * time.Minute
