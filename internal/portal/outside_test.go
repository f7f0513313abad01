package portal

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/req"
)

const skoven = `dn: uid=inger,dc=skoven,dc=example
objectClass: inetOrgPerson
uid: inger
cn: Inger Skov
sn: Skov
userPassword: Regnvejr-i-november-8

dn: cn=ledere,dc=skoven,dc=example
objectClass: groupOfNames
cn: ledere
member: uid=inger,dc=skoven,dc=example
`

// What runs is cut within five minutes of when the person is shut out in the
// directory that they come from, without a request of the browser's; and within
// five minutes of when the directory was last there to be asked.
func TestShutOutOfTheDirectoryCutsWhatRuns(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	for name, shut := range map[string]func(*testing.T, *directorytest.Slapd){
		"OpenLDAP locked": func(t *testing.T, l *directorytest.Slapd) {
			l.Set(t, "uid=inger,dc=skoven,dc=example", "pwdAccountLockedTime", "000001010000Z")
		},
		"OpenLDAP out of the group": func(t *testing.T, l *directorytest.Slapd) {
			l.Set(t, "cn=ledere,dc=skoven,dc=example", "member", "cn=laeser,dc=skoven,dc=example")
		},
		"OpenLDAP away": func(t *testing.T, l *directorytest.Slapd) { l.Stop(t) },
	} {
		t.Run(name, func(t *testing.T) {
			l := directorytest.OwnSlapd(t, skoven)
			s := newSite(t)
			domain, err := directory.New(l.Config(directory.Group{DN: "cn=ledere,dc=skoven,dc=example", Roles: []string{"manager"}}), s.clk, slog.New(slog.DiscardHandler))
			fatal(t, err)
			domains := directory.Domains{domain}
			recheck := func() error { return s.portal.People.Recheck(t.Context(), domains.Sources()) }

			// Inger comes from the directory, and has a form in force for the school.
			known, err := domains.Find(t.Context(), "inger")
			fatal(t, err)
			o, err := domains.Prove(t.Context(), known, "Regnvejr-i-november-8")
			fatal(t, err)
			token, p, err := s.portal.People.Admit(t.Context(), o, "", identity.Whence{Address: netip.MustParseAddr("192.0.2.1"), Agent: "test"})
			fatal(t, err)
			s.people["inger"], s.cookies["inger"] = p, identity.Cookie(token, false)
			_, err = s.rights.InForce(t.Context(), "lindeby", p.ID, "lindeby-skole")
			fatal(t, err)
			room := s.viewOf("inger", s.incident("inger"))

			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w := &growing{ResponseRecorder: httptest.NewRecorder(), wrote: make(chan string, 100)}
			r := httptest.NewRequestWithContext(ctx, "GET", testHost+room+"/tilstand", nil)
			r.AddCookie(s.cookies["inger"])
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			done := make(chan struct{})
			go func() { defer close(done); s.portal.Handler().ServeHTTP(w, r) }()
			if first := <-w.wrote; !strings.Contains(first, "event: session") {
				t.Fatalf("it begins with %q", first)
			}
			s.clk.Advance(time.Minute)
			fatal(t, recheck())
			shut(t, l)
			from := s.clk.Now()
			for said := ""; !strings.Contains(said, "event: cut"); {
				select {
				case said = <-w.wrote:
				case <-done: // and what it said last is waiting to be read
					select {
					case said = <-w.wrote:
					default:
						t.Fatalf("it ended with %q", said)
					}
				case <-time.After(20 * time.Millisecond):
					s.clk.Advance(30 * time.Second)
					if s.clk.Now().Sub(from) > identity.ShutOutWithin+time.Minute {
						t.Fatal("it still runs after five minutes")
					}
					_ = recheck() // a directory that is away says so
				}
			}
			<-done
			if over := s.clk.Now().Sub(from); over > identity.ShutOutWithin+30*time.Second {
				t.Errorf("it ran for %v", over)
			}
		})
	}
}
