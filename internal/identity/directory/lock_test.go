package directory_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/req"
)

// However many guess here, and all at once, the account there is never locked;
// and the person still comes in from where they use to.
func TestActiveDirectoryIsNotLockedByGuesses(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t)
	s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=5")
	defer s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=0")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		employ(t, s, "maja")
		h := newHouse(t, d, s.Config(manager))
		if _, _, err := h.logIn(t, "maja", password, 1); err != nil {
			t.Fatal(err)
		}
		h.clk.Advance(time.Second)
		var wait sync.WaitGroup
		for i := range 40 {
			wait.Go(func() {
				// The name is spelled in different ways, from different places.
				login := []string{"maja", "MAJA", "maja@lindeby.example", `lindeby\maja`}[i%4]
				from := identity.Whence{Address: netip.MustParseAddr(fmt.Sprintf("10.9.%d.1", i))}
				_, _, err := h.LogIn(t.Context(), login, "forkert", "", from)
				if key := fault.Key(err); key != "login.wrong" && key != "login.wait" {
					t.Errorf("%s: %v", login, err)
				}
			})
		}
		wait.Wait()
		if n := s.Wrong(t, "maja"); n == 0 || n > 2 {
			t.Errorf("the directory counted %d wrong passwords of the two that strangers have", n)
		}
		if _, _, err := h.logIn(t, "maja", password, 77); fault.Key(err) != "login.wait" || identity.TryAgain(err) <= 0 || identity.TryAgain(err) > 30*time.Minute {
			t.Errorf("from a new place while strangers guess: %v", err)
		}
		// At home there are two more, and then the right one is let in.
		for range 2 {
			if _, _, err := h.logIn(t, "maja", "forkert", 1); fault.Key(err) != "login.wrong" {
				t.Errorf("at home: %v", err)
			}
		}
		if _, _, err := h.logIn(t, "maja", "forkert", 1); fault.Key(err) != "login.wait" {
			t.Errorf("one too many at home: %v", err)
		}
		if n := s.Wrong(t, "maja"); n != 4 {
			t.Errorf("the directory counted %d wrong passwords, and five lock", n)
		}
		// It is not locked: at the desk the right password works.
		k, err := h.domains.Find(t.Context(), "maja")
		if err != nil || k.Hold.IsZero() {
			t.Errorf("the directory's own count is not heeded: %+v, %v", k, err)
		}
		if _, err := h.domains.Prove(t.Context(), k, password); err != nil {
			t.Errorf("the account is locked: %v", err)
		}
		h.clk.Advance(31 * time.Minute)
		if _, _, err := h.logIn(t, "maja", password, 77); err != nil {
			t.Errorf("half an hour later: %v", err)
		}
	})
}

// Wrong passwords at the desk count too: the last that the account stands is
// left to the person.
func TestActiveDirectoryCountsWrongPasswordsElsewhere(t *testing.T) {
	s := dc(t, "nadia")
	s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=3")
	defer s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=0")
	h := sqliteHouse(t, s.Config(manager))
	for range 2 {
		k, err := h.domains.Find(t.Context(), "nadia")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.domains.Prove(t.Context(), k, "forkert"); fault.Key(err) != "login.wrong" {
			t.Fatal(err)
		}
	}
	if _, _, err := h.logIn(t, "nadia", "forkert", 1); fault.Key(err) != "login.wait" {
		t.Errorf("the third: %v", err)
	}
	if n := s.Wrong(t, "nadia"); n != 2 {
		t.Errorf("the directory counted %d", n)
	}
}
