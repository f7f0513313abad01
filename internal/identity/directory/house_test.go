package directory_test

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/ledger"
)

func TestMain(m *testing.M) {
	// The shared servers' supervisors live as long as the test program.
	goleak.VerifyTestMain(m)
}

const password = "Regnvejr-i-november-7"

// managers is a group that each test's people are in.
const managers = "CN=Vidne-Ledere,CN=Users,DC=lindeby,DC=example"

var manager = directory.Group{DN: managers, Roles: []string{"manager"}}

// dc is the shared domain controller with the group of managers and these
// people in it.
func dc(t *testing.T, logins ...string) *directorytest.Samba {
	t.Helper()
	s := directorytest.SambaDC(t)
	s.Once(t, "managers", func() { s.Tool(t, "group", "add", "Vidne-Ledere") })
	employ(t, s, logins...)
	return s
}

func employ(t *testing.T, s *directorytest.Samba, logins ...string) {
	t.Helper()
	for _, login := range logins {
		s.Tool(t, "user", "create", login, password, "--given-name="+strings.ToUpper(login[:1])+login[1:], "--surname=Holm")
		s.Tool(t, "group", "addmembers", "Vidne-Ledere", login)
		t.Cleanup(func() { s.Tool(t, "user", "delete", login) })
	}
}

func open(t *testing.T, c directory.Config, clk clock.Clock) *directory.Domain {
	t.Helper()
	d, err := directory.New(c, clk, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask looks a name up and tries a password, as a log-in does.
func ask(t *testing.T, ds directory.Domains, login, password string) (identity.Outside, error) {
	t.Helper()
	k, err := ds.Find(t.Context(), login)
	if err != nil {
		return identity.Outside{}, err
	}
	return ds.Prove(t.Context(), k, password)
}

// house is accounts and sessions over directories.
type house struct {
	*identity.Directory
	clk     *clock.Fake
	domains directory.Domains
	ledger  *ledger.Log
}

func newHouse(t *testing.T, d *db.DB, configs ...directory.Config) house {
	t.Helper()
	clk := clock.NewFake(clock.System().Now())
	l, err := ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
	if err != nil {
		t.Fatal(err)
	}
	h := house{clk: clk, ledger: l}
	for _, c := range configs {
		h.domains = append(h.domains, open(t, c, clk))
	}
	h.Directory, err = identity.Open(t.Context(), identity.Config{
		DB: d, Ledger: l, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}, Elsewhere: h.domains,
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func sqliteHouse(t *testing.T, configs ...directory.Config) house {
	t.Helper()
	return newHouse(t, dbtest.Open(t, dbtest.SQLite(t)), configs...)
}

// logIn tries from an address of its own for each n.
func (h house) logIn(t *testing.T, login, password string, n int) (string, identity.Person, error) {
	t.Helper()
	from := identity.Whence{Address: netip.MustParseAddr(fmt.Sprintf("10.0.%d.%d", n/250, 1+n%250)), Agent: "test"}
	token, p, err := h.LogIn(t.Context(), login, password, "", from)
	if err != nil && !fault.Is(err, fault.Denied) {
		t.Fatal(err)
	}
	return token, p, err
}

func (h house) recheck(t *testing.T) error {
	t.Helper()
	return h.Recheck(t.Context(), h.domains.Sources())
}

// over says why a session is over, "" when it is not.
func (h house) over(t *testing.T, token string) string {
	t.Helper()
	if _, err := h.Session(t.Context(), token, true); err != nil {
		return fault.Key(err)
	}
	return ""
}

// median is the middle one.
func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
