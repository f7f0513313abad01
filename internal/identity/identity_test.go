package identity

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

const secret = "en lang sætning om ænder"

type world struct {
	*Directory
	clk    *clock.Fake
	ledger *ledger.Log
	db     *db.DB
}

// cheap keeps the tests from waiting for what a guess costs.
var cheap = Work{Time: 1, Memory: 64, Threads: 1}

func each(t *testing.T, f func(t *testing.T, w world)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		clk := clock.NewFake(start)
		l, err := ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
		if err != nil {
			t.Fatal(err)
		}
		dir, err := Open(t.Context(), Config{DB: d, Ledger: l, Clock: clk, Work: cheap})
		if err != nil {
			t.Fatal(err)
		}
		f(t, world{dir, clk, l, d})
	})
}

func (w world) account(t *testing.T, login string) Person {
	t.Helper()
	p, err := w.Create(t.Context(), NewAccount{Login: login, Name: "Ida " + login, Controller: "lindeby", Roles: []string{"operator"}, Password: secret}, "p-0")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func from(addr string) Whence { return Whence{Address: netip.MustParseAddr(addr), Agent: "test"} }

func (w world) try(t *testing.T, login, password, addr string) (string, error) {
	t.Helper()
	token, _, err := w.LogIn(t.Context(), login, password, "", from(addr))
	if err != nil && !fault.Is(err, fault.Denied) {
		t.Fatal(err)
	}
	return token, err
}

func (w world) kinds(t *testing.T) (kinds []string) {
	t.Helper()
	all, err := w.ledger.Entries(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func TestLogInAndOut(t *testing.T) {
	req.Shows(t, "ID-4", "LOG-1")
	each(t, func(t *testing.T, w world) {
		p := w.account(t, "Ida")
		token, err := w.try(t, " IDA ", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Session(t.Context(), token, true)
		if err != nil || s.Person.ID != p.ID || s.Address != "192.0.2.1" {
			t.Fatalf("%+v, %v", s, err)
		}
		for _, wrong := range []string{"", "en lang", strings.ToUpper(secret), secret + " "} {
			if _, err := w.try(t, "ida", wrong, "192.0.2.1"); fault.Key(err) != "login.wrong" {
				t.Errorf("password %q: %v", wrong, err)
			}
		}
		if _, err := w.try(t, "nobody", secret, "192.0.2.9"); fault.Key(err) != "login.wrong" {
			t.Errorf("an unknown name is told apart: %v", err)
		}
		if err := w.End(t.Context(), p.ID, s.ID, "test"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.ended" {
			t.Errorf("an ended session: %v", err)
		}
		got := strings.Join(w.kinds(t), " ")
		if !strings.HasSuffix(got, "account.created login login.refused login.refused login.refused login.refused login.refused logout") {
			t.Errorf("the ledger has %s", got)
		}
	})
}

// A name that is no account's may be a password typed into the wrong field.
func TestWhatWasTypedIsNotLogged(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if _, err := w.try(t, "hunter2hunter2", "x", "192.0.2.1"); err == nil {
			t.Fatal("let in")
		}
		all, err := w.ledger.Entries(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if strings.Contains(string(e.Body), "hunter2") {
				t.Errorf("the ledger keeps %s", e.Body)
			}
		}
		n := 0
		if err := w.db.Read(t.Context(), func(tx *db.Tx) error {
			return db.Each(t.Context(), tx, `SELECT account FROM attempts`, nil, func(scan func(...any) error) error {
				var a string
				if err := scan(&a); err != nil {
					return err
				}
				if strings.Contains(a, "hunter2") {
					t.Errorf("the attempts keep %s", a)
				}
				n++
				return nil
			})
		}); err != nil || n != 1 {
			t.Errorf("%d attempts, %v", n, err)
		}
	})
}

func TestSessionsEndByThemselves(t *testing.T) {
	req.Shows(t, "ID-4", "VIEW-7")
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		log := func() string {
			token, err := w.try(t, "ida", secret, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		alive := func(token string, active bool) bool {
			_, err := w.Session(t.Context(), token, active)
			if err != nil && fault.Key(err) != "session.ended" {
				t.Fatal(err)
			}
			return err == nil
		}
		idle := log()
		w.clk.Advance(14 * time.Minute)
		if !alive(idle, true) {
			t.Fatal("ended after 14 minutes")
		}
		w.clk.Advance(14 * time.Minute)
		if !alive(idle, false) {
			t.Fatal("activity did not count")
		}
		w.clk.Advance(time.Minute) // what a page asks by itself keeps nobody logged in
		if alive(idle, true) {
			t.Error("lives 15 minutes after the last activity")
		}
		busy := log()
		for range 10*60/10 - 1 {
			w.clk.Advance(10 * time.Minute)
			if !alive(busy, true) {
				t.Fatal("ended while busy")
			}
		}
		w.clk.Advance(10 * time.Minute)
		if alive(busy, true) {
			t.Error("lives after ten hours")
		}
		old := log()
		w.clk.SetWall(start.Add(-time.Hour))
		if alive(old, true) {
			t.Error("a session from the future lives")
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		first, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		second, _, err := w.LogIn(t.Context(), "ida", secret, first, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if first == second {
			t.Error("the token was kept across a log-in")
		}
		if _, err := w.Session(t.Context(), first, true); err == nil {
			t.Error("the token from before still opens")
		}
		if err := w.db.Read(t.Context(), func(tx *db.Tx) error {
			all, err := db.All[sessionRow](t.Context(), tx, `SELECT * FROM sessions`)
			for _, r := range all {
				if strings.Contains(fmt.Sprintf("%+v", r), second) {
					t.Error("the table holds the token itself")
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		other := w.account(t, "bo")
		open, err := w.Sessions(t.Context(), p.ID)
		if err != nil || len(open) != 1 {
			t.Fatalf("%d sessions, %v", len(open), err)
		}
		if err := w.End(t.Context(), other.ID, open[0].ID, "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another's session could be ended: %v", err)
		}
		if err := w.Directory.Close(t.Context(), p.ID, "p-0"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), second, true); err == nil {
			t.Error("a closed account's session lives")
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); fault.Key(err) != "login.closed" {
			t.Errorf("a closed account: %v", err)
		}
	})
}

func TestGuessingIsSlowedAndNobodyIsLockedOut(t *testing.T) {
	req.Shows(t, "ID-4")
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		// An attacker at one address: five free tries, then waits that double.
		tries := 0
		for range 60 {
			if _, err := w.try(t, "ida", "gæt", "198.51.100.1"); fault.Key(err) == "login.wrong" {
				tries++
			}
			w.clk.Advance(time.Second)
		}
		if tries < 5 || tries > 7 {
			t.Errorf("%d guesses in a minute", tries)
		}
		if _, err := w.try(t, "ida", secret, "198.51.100.1"); fault.Key(err) != "login.wait" || TryAgain(err) <= 0 {
			t.Errorf("the attacker does not wait: %v", err)
		}
		// Meanwhile the person at the known address comes in at once.
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Errorf("the person is kept out: %v", err)
		}
		// Many addresses together: each has one try at a time.
		for i := range 40 {
			_, _ = w.try(t, "ida", "gæt", fmt.Sprintf("203.0.113.%d", i+1))
		}
		if _, err := w.try(t, "ida", "gæt", "203.0.113.200"); fault.Key(err) != "login.wrong" {
			t.Fatalf("an address that has not tried: %v", err)
		}
		if _, err := w.try(t, "ida", "gæt", "203.0.113.200"); fault.Key(err) != "login.wait" {
			t.Errorf("a second guess from a new address under attack: %v", err)
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Errorf("the person is kept out by many: %v", err)
		}
		// The person at a new address gets in as well: a pair of its own.
		if _, err := w.try(t, "ida", secret, "192.0.2.77"); err != nil {
			t.Errorf("the person is kept out at a new address: %v", err)
		}
		// And the attacker's own address is free again after a while: no lock lasts.
		w.clk.Advance(16 * time.Minute)
		if _, err := w.try(t, "ida", secret, "198.51.100.1"); err != nil {
			t.Errorf("an address is locked for good: %v", err)
		}
	})
}

func TestOneAddressAgainstManyAccounts(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		let := 0
		for i := range 100 {
			if _, err := w.try(t, fmt.Sprintf("navn-%d", i), "gæt", "198.51.100.1"); fault.Key(err) == "login.wrong" {
				let++
			}
			w.clk.Advance(time.Second)
		}
		if let > 30+8 {
			t.Errorf("%d names tried in 100 seconds", let)
		}
	})
}

// A name that is not there costs what a wrong password costs: the same hash
// with the same parameters is computed.
func TestUnknownNamesCostTheSameWork(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		decoy, _, _, err := parseHash(w.decoy)
		if err != nil {
			t.Fatal(err)
		}
		var hash string
		if err := w.db.Read(t.Context(), func(tx *db.Tx) (err error) {
			hash, err = db.One[string](t.Context(), tx, `SELECT hash FROM accounts`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		real, _, _, err := parseHash(hash)
		if err != nil || real != decoy {
			t.Errorf("an account costs %+v, a name that is not there %+v (%v)", real, decoy, err)
		}
		if ok, _, err := w.matches(t.Context(), w.decoy, ""); err != nil || !ok {
			t.Fatalf("the decoy is not a hash: %v", err)
		}
		if _, err := w.try(t, "nobody", "", "192.0.2.1"); err == nil {
			t.Error("the decoy's own password let somebody in")
		}
	})
}

func TestHashesFollowTheParameters(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		stronger := *w.Directory
		stronger.work = Work{Time: 2, Memory: 128, Threads: 1}
		if _, _, err := stronger.LogIn(t.Context(), "ida", secret, "", from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		if err := w.db.Read(t.Context(), func(tx *db.Tx) error {
			hash, err := db.One[string](t.Context(), tx, `SELECT hash FROM accounts`)
			if !strings.Contains(hash, "m=128,t=2") {
				t.Errorf("the hash is still %.40s", hash)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Errorf("after the change: %v", err)
		}
	})
}

func TestPasswords(t *testing.T) {
	for password, want := range map[string]string{
		"kort": "password.short", "elleve tegn": "password.short", strings.Repeat("x", 513): "password.long",
		"IdaHolm hele dagen": "password.name", "tolv tegn æøå": "",
	} {
		err := CheckPassword("idaholm", password)
		if want == "" && err != nil || want != "" && fault.Key(err) != want {
			t.Errorf("%q: %v, want %q", password, err, want)
		}
	}
	for _, bad := range []string{"", "$argon2id$v=19$m=64,t=1,p=1$x", "$argon2i$v=19$m=64,t=1,p=1$YWFh$YWFh", "$argon2id$v=19$m=99999999,t=1,p=1$YWFh$YWFh"} {
		if _, _, _, err := parseHash(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestCookie(t *testing.T) {
	c := Cookie("t", true)
	if c.Name != "__Host-vidne" || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" {
		t.Errorf("behind TLS: %+v", c)
	}
	if c := Cookie("t", false); c.Name != "vidne" || c.Secure || !c.HttpOnly {
		t.Errorf("on loopback: %+v", c)
	}
	if c := Cookie("", true); c.MaxAge >= 0 {
		t.Error("an empty token does not end the cookie")
	}
}

func TestTurnsAreBounded(t *testing.T) {
	d := &Directory{turns: make(chan struct{}, 1)}
	done, err := d.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.turn(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a second at once: %v", err)
	}
	done()
}
