package directory_test

import (
	"net"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/req"
)

// dead is an address where nobody listens, hanging one where a connection is
// taken and nothing said.
func dead(t *testing.T) string {
	t.Helper()
	l := listen(t)
	_ = l.Close()
	return l.Addr().String()
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestActiveDirectoryFailsOver(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "per")
	c := s.Config(manager)
	const wait = 700 * time.Millisecond
	c.Wait = wait
	hanging := listen(t).Addr().String()
	c.Controllers = []string{"ldaps://" + dead(t), "ldaps://" + hanging, "ldap://" + hanging, "ldaps://" + s.Address}
	clk := clock.NewFake(clock.System().Now())
	ds := directory.Domains{open(t, c, clk)}
	took := func() time.Duration {
		t.Helper()
		begin := time.Now()
		// A machine under load may be slow once; it is not slow for ever.
		for range 5 {
			_, err := ask(t, ds, "per", password)
			if err == nil {
				break
			}
			if !fault.Is(err, fault.Unavailable) {
				t.Fatal(err)
			}
			begin = time.Now()
			clk.Advance(2 * time.Minute)
		}
		return time.Since(begin)
	}
	if d := took(); d < 2*wait || d > 2*wait+3*time.Second {
		t.Errorf("a dead one and two that hang cost %v", d)
	}
	if d := took(); d > wait {
		t.Errorf("they are asked first again at once: %v", d)
	}
	clk.Advance(2 * time.Minute)
	if d := took(); d < 2*wait {
		t.Errorf("they are not asked again after a while: %v", d)
	}
}

func TestActiveDirectoryAwayAltogether(t *testing.T) {
	req.Shows(t, "ID-1")
	own := directorytest.OwnSamba(t)
	own.Tool(t, "group", "add", "Vidne-Ledere")
	own.Tool(t, "user", "create", "ida", password)
	own.Tool(t, "group", "addmembers", "Vidne-Ledere", "ida")
	c := own.Config(manager)
	h := sqliteHouse(t, c)
	if _, err := h.Create(t.Context(), identity.NewAccount{Login: "nød", Name: "Nødkonto", Controller: "lindeby", Roles: []string{"it"}, Password: "en lang sætning om ænder"}, ""); err != nil {
		t.Fatal(err)
	}
	token, _, err := h.logIn(t, "ida", password, 1)
	if err != nil {
		t.Fatal(err)
	}
	own.Stop(t)
	if _, _, err := h.logIn(t, "ida", password, 1); fault.Key(err) != "login.away" {
		t.Errorf("logging in while it is away: %v", err)
	}
	// Nor does its absence tell which names are ours.
	if _, _, err := h.logIn(t, "nød", "forkert", 2); fault.Key(err) != "login.away" {
		t.Errorf("a wrong password of ours meanwhile: %v", err)
	}
	if _, _, err := h.logIn(t, "nød", "en lang sætning om ænder", 3); err != nil {
		t.Errorf("an account of our own meanwhile: %v", err)
	}
	for minute := 1; minute <= 5; minute++ {
		h.clk.Advance(time.Minute)
		if got, want := h.over(t, token), map[bool]string{true: "session.unconfirmed"}[minute == 5]; got != want {
			t.Errorf("after %d minutes: %q", minute, got)
		}
		if err := h.recheck(t); !fault.Is(err, fault.Unavailable) {
			t.Errorf("asking it: %v", err)
		}
	}
	if got := h.over(t, token); got != "session.unconfirmed" {
		t.Errorf("in the end: %q", got)
	}
	if err := own.Start(); err != nil {
		t.Fatal(err)
	}
	h.clk.Advance(time.Minute)
	if _, _, err := h.logIn(t, "ida", password, 1); err != nil {
		t.Errorf("back again: %v", err)
	}
}

// A reader's password that is wrong is tried once, not every minute: that
// would lock the reader's account.
func TestActiveDirectoryWrongReader(t *testing.T) {
	s := dc(t, "ole")
	s.Tool(t, "user", "create", "anden-laeser", password)
	defer s.Tool(t, "user", "delete", "anden-laeser")
	s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=9")
	defer s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=0")
	c := s.Config(manager)
	c.Reader, c.Password = "anden-laeser@lindeby.example", "forkert"
	clk := clock.NewFake(clock.System().Now())
	ds := directory.Domains{open(t, c, clk)}
	for range 5 {
		if _, err := ds.Find(t.Context(), "ole"); fault.Key(err) != "login.away" {
			t.Errorf("%v", err)
		}
		clk.Advance(time.Minute)
	}
	if n := s.Wrong(t, "anden-laeser"); n != 1 {
		t.Errorf("the reader's wrong password was tried %d times", n)
	}
}
