package directory_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/identity/directory/directorytest"
	"vidne.dk/vidne/internal/req"
)

const password = "Regnvejr-i-november-7"

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

func TestAskingActiveDirectory(t *testing.T) {
	req.Shows(t, "ID-4")
	s := directorytest.SambaDC(t)
	s.Tool(t, "user", "create", "ida", password, "--given-name=Ida", "--surname=Holm", "--mail-address=ida@lindeby.example")
	s.Tool(t, "group", "add", "Vidne Ledere")
	s.Tool(t, "group", "add", "Skoleledere")
	s.Tool(t, "group", "add", "Lindeby Skole")
	s.Tool(t, "group", "addmembers", "Vidne Ledere", "Skoleledere")
	s.Tool(t, "group", "addmembers", "Skoleledere", "Lindeby Skole")
	s.Tool(t, "group", "addmembers", "Lindeby Skole", "ida")
	s.Tool(t, "group", "add", "Vidne Ledere 2")
	ds := directory.Domains{open(t, s.Config(
		directory.Group{DN: "cn=vidne ledere,CN=Users,DC=lindeby,DC=example", Roles: []string{"manager"}},
		directory.Group{DN: "CN=Vidne Ledere 2,CN=Users,DC=lindeby,DC=example", Roles: []string{"dpo"}},
		directory.Group{DN: "CN=Vidne,CN=Users,DC=lindeby,DC=example", Roles: []string{"it"}},
	), clock.System())}
	for _, login := range []string{"ida", "IDA", "ida@lindeby.example", `lindeby\ida`} {
		start := time.Now()
		o, err := ask(t, ds, login, password)
		if err != nil {
			t.Errorf("%s: %v", login, err)
			continue
		}
		t.Logf("%s: %v", login, time.Since(start))
		if o.Login != "ida@lindeby.example" || o.Name != "Ida Holm" || o.Email != "ida@lindeby.example" || len(o.Subject) != 36 || strings.Join(o.Roles, " ") != "manager" {
			t.Errorf("%s: %+v", login, o)
		}
	}
	for _, wrong := range []string{"", " ", "\t\n", "\x00", password + "\x00", "\x00" + password, strings.ToUpper(password), "forkert"} {
		if o, err := ask(t, ds, "ida", wrong); fault.Key(err) != "login.wrong" {
			t.Errorf("%q: %+v, %v", wrong, o, err)
		}
	}
}
