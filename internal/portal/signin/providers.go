package signin

import (
	"context"
	"crypto/x509"
	"net/http"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/identity/sso"
	"vidne.dk/vidne/internal/portal/page"
)

// What whoever sets a provider up has to know of it. A provider has what
// belongs to its kind.
type (
	reachable interface{ Reach(context.Context) error }
	openID    interface {
		Issuer() string
		Redirect() string
		BackChannel() string
	}
	federated interface {
		EntityID() string
		Consumer() string
		MetadataAddress() string
		Certificate() *x509.Certificate
		Partner() (string, []*x509.Certificate, error)
		Describe() ([]byte, error)
	}
)

// metadata is our own, for a provider that reads it (SAML).
func (p *Screens) metadata(v *visit) error {
	provider, err := p.Room.Provider(v.R.PathValue("udbyder"))
	if err != nil {
		return err
	}
	f, ok := provider.(federated)
	if !ok {
		return fault.New(fault.NotFound, "sso.unknown", "no metadata for %s", v.R.PathValue("udbyder"))
	}
	b, err := f.Describe()
	if err != nil {
		return err
	}
	return v.Send("application/samlmetadata+xml", b)
}

// reachWithin is how long the page waits for a provider.
const reachWithin = 3 * time.Second

func (p *Screens) providers(v *visit) error {
	var all []fact
	for _, a := range p.Room.Providers() {
		provider, err := p.Room.Provider(a.ID)
		if err != nil {
			return err
		}
		all = append(all, v.fact(a, provider))
	}
	return v.Show(http.StatusOK, v.providersPage(all))
}

// fact is what is known of one provider.
type fact struct {
	about  sso.About
	away   bool
	terms  [][2]string // key of the term, value
	ends   time.Time   // of our certificate; zero: none
	latest time.Time   // of the provider's last certificate; zero: none
}

func (v *visit) fact(a sso.About, provider sso.Provider) fact {
	f := fact{about: a}
	ctx, cancel := context.WithTimeout(v.Ctx, reachWithin)
	defer cancel()
	if r, ok := provider.(reachable); ok && r.Reach(ctx) != nil {
		f.away = true
	}
	switch x := provider.(type) {
	case openID:
		f.terms = [][2]string{{"issuer", x.Issuer()}, {"redirect", x.Redirect()}, {"backchannel", x.BackChannel()}}
	case federated:
		f.terms = [][2]string{{"entity", x.EntityID()}, {"metadata", x.MetadataAddress()}, {"consumer", x.Consumer()}}
		f.ends = x.Certificate().NotAfter
		if entity, certificates, err := x.Partner(); err == nil {
			f.terms = append(f.terms, [2]string{"partner", entity})
			for _, c := range certificates {
				if f.latest.Before(c.NotAfter) {
					f.latest = c.NotAfter
				}
			}
		}
	}
	return f
}

// soon is how long before a certificate runs out it is said.
const soon = 60 * 24 * time.Hour

func (v *visit) providersPage(all []fact) *page.Record {
	pg := v.NewRecord(v.T("signin.providers"), v.T("signin.providers.lead"))
	pg.Tabs = v.Fronts(page.Admin)
	for _, f := range all {
		s := page.Section{ID: "udbyder-" + f.about.ID, Heading: f.about.Name, List: &fds.StructuredList{Caption: f.about.Name}}
		state := fds.Badge{Tone: fds.Success, Text: v.T("signin.state.ready")}
		if f.away {
			state = fds.Badge{Tone: fds.Error, Text: v.T("signin.state.away")}
		}
		s.List.Rows = append(s.List.Rows, fds.Row{Term: v.T("signin.term.state"), Text: v.T("signin.kind." + string(f.about.Kind)), Badge: &state})
		for _, t := range f.terms {
			s.List.Rows = append(s.List.Rows, fds.Row{Term: v.T("signin.term." + t[0]), Text: t[1]})
		}
		if !f.ends.IsZero() {
			s.List.Rows = append(s.List.Rows, v.endRow("ends", f.ends))
		}
		if !f.latest.IsZero() {
			s.List.Rows = append(s.List.Rows, v.endRow("latest", f.latest))
		}
		pg.Sections = append(pg.Sections, s)
	}
	if len(all) == 0 {
		pg.Sections = append(pg.Sections, page.Section{ID: "ingen", Heading: v.T("signin.none"), Empty: v.T("signin.none.text")})
	}
	return pg
}

// endRow says when a certificate runs out, and warns before it does.
func (v *visit) endRow(term string, end time.Time) fds.Row {
	r := fds.Row{Term: v.T("signin.term." + term), Text: v.Date(end)}
	switch {
	case !v.Now.Before(end):
		r.Badge = &fds.Badge{Tone: fds.Error, Text: v.T("signin.cert.over")}
	case end.Sub(v.Now) < soon:
		r.Badge = &fds.Badge{Tone: fds.Warning, Text: v.T("signin.cert.soon")}
	}
	return r
}
