package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/req"
)

func TestActiveDirectoryLogIn(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "ida")
	ds := directory.Domains{open(t, s.Config(manager), clock.System())}
	for _, login := range []string{"ida", "IDA", "ida@lindeby.example", "Ida@LINDEBY.example", `lindeby\ida`, `LINDEBY\IDA`} {
		o, err := ask(t, ds, login, password)
		if err != nil {
			t.Errorf("%s: %v", login, err)
			continue
		}
		if o.Login != "ida@lindeby.example" || o.Name != "Ida Holm" || len(o.Subject) != 36 || strings.Join(o.Roles, " ") != "manager" || o.Source != "directory:lindeby" {
			t.Errorf("%s: %+v", login, o)
		}
	}
	for _, login := range []string{`herning\ida`, "ida@herning.example", "ida@lindeby", "id", "ida2"} {
		if o, err := ask(t, ds, login, password); fault.Key(err) != "login.wrong" {
			t.Errorf("%s: %+v, %v", login, o, err)
		}
	}
	// LDAP takes an empty password for none and lets it in as nobody.
	for _, wrong := range []string{"", " ", "\t\n", "\x00", password + "\x00", "\x00" + password, strings.ToUpper(password), "forkert", strings.Repeat("x", 10000)} {
		if o, err := ask(t, ds, "ida", wrong); fault.Key(err) != "login.wrong" {
			t.Errorf("%.20q: %+v, %v", wrong, o, err)
		}
	}
}

// What is typed is the value of one attribute, whatever it looks like.
func TestActiveDirectoryNamesAreData(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "ida")
	ds := directory.Domains{open(t, s.Config(manager), clock.System())}
	for _, login := range []string{
		"*", "i*", "ida*", ")(|(sAMAccountName=ida", "ida)(objectClass=*", "x)(|(objectClass=*)", "*)(uid=*))(|(uid=*", `ida\2a`, `\2a`, `\69da`,
		"ida\x00", "\x00", "ida\x00)(cn=*", "CN=Ida Holm,CN=Users,DC=lindeby,DC=example", "ida,CN=Users,DC=lindeby,DC=example", `ida\,CN=Users`,
		"", " ", "@", `\`, "@lindeby.example", `lindeby\`, "ida@lindeby.example@lindeby.example", strings.Repeat("a", 10000), "ida\r\n", "&", "!", "(", "ìda\xff",
		"<WKGUID=a9d1ca15768811d1aded00c04fd8d5cd,DC=lindeby,DC=example>", "S-1-5-21-1-2-3-500",
	} {
		k, err := ds.Find(t.Context(), login)
		if err != nil || k.Subject != "" {
			t.Errorf("%.40q is %+v, %v", login, k, err)
			continue
		}
		if o, err := ds.Prove(t.Context(), k, password); fault.Key(err) != "login.wrong" {
			t.Errorf("%.40q: %+v, %v", login, o, err)
		}
	}
	// And a place that somebody made up is bound to nobody who was found.
	for _, place := range []string{"", "CN=Users,DC=lindeby,DC=example", "ida@lindeby.example", `LINDEBY\ida`} {
		k, err := ds.Find(t.Context(), "ida")
		if err != nil {
			t.Fatal(err)
		}
		k.Place = place
		if o, err := ds.Prove(t.Context(), k, password); fault.Key(err) != "login.wrong" {
			t.Errorf("at %q: %+v, %v", place, o, err)
		}
	}
}

// Whoever has the right password is told why it does not help; whoever has not
// hears the same as of a name that nobody has.
func TestActiveDirectoryBarredAccounts(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "spaerret", "udloebet", "maaskifte", "laast", "timer")
	dn := func(login string) string {
		return "CN=" + strings.ToUpper(login[:1]) + login[1:] + " Holm,CN=Users,DC=lindeby,DC=example"
	}
	set := func(login, attribute, value string) {
		t.Helper()
		s.Modify(t, fmt.Sprintf("dn: %s\nchangetype: modify\nreplace: %s\n%s:%s\n", dn(login), attribute, attribute, value))
	}
	s.Tool(t, "user", "disable", "spaerret")
	yesterday := clock.System().Now().Add(-24 * time.Hour)
	set("udloebet", "accountExpires", fmt.Sprintf(" %d", (yesterday.Unix()+11644473600)*1e7))
	set("maaskifte", "pwdLastSet", " 0")
	set("timer", "logonHours", ": AAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=3")
	defer s.Tool(t, "domain", "passwordsettings", "set", "--account-lockout-threshold=0")

	ds := directory.Domains{open(t, s.Config(manager), clock.System())}
	for range 4 { // somebody else, past us
		k, err := ds.Find(t.Context(), "laast")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ds.Prove(t.Context(), k, "forkert"); fault.Key(err) != "login.wrong" {
			t.Fatal(err)
		}
	}
	for login, want := range map[string]string{
		"spaerret": "login.disabled", "udloebet": "login.expired", "maaskifte": "login.password.expired",
		"laast": "login.wrong", "timer": "login.hours",
	} {
		if o, err := ask(t, ds, login, password); fault.Key(err) != want {
			t.Errorf("%s with the right password: %+v, %v", login, o, err)
		}
		if o, err := ask(t, ds, login, "forkert"); fault.Key(err) != "login.wrong" {
			t.Errorf("%s with a wrong password: %+v, %v", login, o, err)
		}
	}
}

// A role follows from one group, named whole, and from the groups in it.
func TestActiveDirectoryNestedGroups(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t)
	s.Tool(t, "user", "create", "bo", password)
	groups := []string{"Alle-Ledere", "Skoleledere", "Lindeby-Skole"}
	for i, g := range groups {
		s.Tool(t, "group", "add", g)
		if i > 0 {
			s.Tool(t, "group", "addmembers", groups[i-1], g)
		}
	}
	s.Tool(t, "group", "addmembers", "Lindeby-Skole", "Alle-Ledere") // round and round
	s.Tool(t, "group", "addmembers", "Lindeby-Skole", "bo")
	in := func(name string) string { return "CN=" + name + ",CN=Users,DC=lindeby,DC=example" }
	near := []string{"Alle-Ledere2", "Alle-Ledere Vidne", "Alle"}
	s.Tool(t, "ou", "create", "OU=Andre,DC=lindeby,DC=example")
	for _, g := range near {
		s.Tool(t, "group", "add", g)
	}
	// The same name in another place: the name is whole, and so is this another.
	s.Tool(t, "group", "add", "Dpo-Gruppen", "--groupou=OU=Andre")
	s.Tool(t, "group", "addmembers", "Dpo-Gruppen", "bo")
	c := s.Config(
		directory.Group{DN: "cn=alle-ledere, cn=users, dc=LINDEBY,dc=example", Roles: []string{"manager"}},
		directory.Group{DN: in("Dpo-Gruppen"), Roles: []string{"dpo"}},
	)
	for _, g := range near {
		c.Groups = append(c.Groups, directory.Group{DN: in(g), Roles: []string{"it"}})
	}
	ds := directory.Domains{open(t, c, clock.System())}
	o, err := ask(t, ds, "bo", password)
	if err != nil || strings.Join(o.Roles, " ") != "manager" {
		t.Errorf("%+v, %v", o, err)
	}
	// Taken out of the innermost group, the role goes.
	s.Tool(t, "group", "removemembers", "Lindeby-Skole", "bo")
	all, err := ds[0].Standing(t.Context(), []string{o.Subject})
	if st := all[o.Subject]; err != nil || !st.In || len(st.Roles) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

// The name is what people remember; objectGUID is who they are.
func TestActiveDirectoryRenamedAndRecycled(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "kis")
	h := sqliteHouse(t, s.Config(manager))
	_, kis, err := h.logIn(t, "kis", password, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Married and moved: another name, another place.
	s.Tool(t, "ou", "create", "OU=Skoler,DC=lindeby,DC=example")
	s.Rename(t, "CN=Kis Holm,CN=Users,DC=lindeby,DC=example", "CN=Kis Krog,OU=Skoler,DC=lindeby,DC=example")
	s.Modify(t, "dn: CN=Kis Krog,OU=Skoler,DC=lindeby,DC=example\nchangetype: modify\nreplace: sAMAccountName\nsAMAccountName: kikr\n-\n"+
		"replace: userPrincipalName\nuserPrincipalName: kikr@lindeby.example\n-\nreplace: displayName\ndisplayName: Kis Krog\n")
	defer s.Tool(t, "user", "create", "kis", password) // for the clearing up
	defer s.Tool(t, "user", "delete", "kikr")
	if _, _, err := h.logIn(t, "kis", password, 2); fault.Key(err) != "login.wrong" {
		t.Errorf("the old name: %v", err)
	}
	_, again, err := h.logIn(t, "kikr", password, 1)
	if err != nil || again.ID != kis.ID || again.Name != "Kis Krog" || again.Login != "kikr@lindeby.example" {
		t.Errorf("renamed: %+v, %v", again, err)
	}
	// The free name goes to somebody new, who is somebody else here.
	s.Tool(t, "user", "create", "kis", password+"-2", "--given-name=Kis", "--surname=Ny")
	s.Tool(t, "group", "addmembers", "Vidne-Ledere", "kis")
	_, other, err := h.logIn(t, "kis", password+"-2", 3)
	if err != nil || other.ID == kis.ID || other.Login != "kis@lindeby.example" {
		t.Errorf("recycled: %+v, %v", other, err)
	}
	s.Tool(t, "user", "delete", "kis")
}

// What time it takes tells nobody whether a name is somebody's.
func TestActiveDirectoryUnknownNameTakesAsLong(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t, "tove")
	h := sqliteHouse(t, s.Config(manager))
	if _, err := h.Create(t.Context(), identity.NewAccount{Login: "egen", Name: "Egen", Controller: "lindeby", Roles: []string{"it"}, Password: "en lang sætning om ænder"}, ""); err != nil {
		t.Fatal(err)
	}
	n := 0
	logins := []string{"tove", "trine", "egen"}
	took := make([][]time.Duration, len(logins))
	for range 30 { // by turns, so that a busy machine is busy for all
		for i, login := range logins {
			n++
			h.clk.Advance(time.Hour) // none of them waits
			begin := time.Now()
			if _, _, err := h.logIn(t, login, "forkert", n); fault.Key(err) != "login.wrong" {
				t.Errorf("%s: %v", login, err)
			}
			took[i] = append(took[i], time.Since(begin))
		}
	}
	known, unknown, own := median(took[0]), median(took[1]), median(took[2])
	t.Logf("medians: known there %v, nobody %v, known here %v", known, unknown, own)
	for what, d := range map[string]time.Duration{"nobody": unknown, "known here": own} {
		if d > known*3/2+2*time.Millisecond || known > d*3/2+2*time.Millisecond {
			t.Errorf("%s takes %v, known there %v", what, d, known)
		}
	}
}
