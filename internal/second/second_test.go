package second_test

import (
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/second"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The second person is the place's manager or a coordinator, as the register has
// it now, and another human being than who asked, whatever their accounts.
func TestTheSecondPersonIsAnother(t *testing.T) {
	req.Shows(t, "VIEW-2", "KEEP-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, now := t.Context(), time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
		clk := clock.NewFake(now)
		log, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), clk)
		must(t, err)
		reg, err := register.Open(ctx, d, log, clk)
		must(t, err)
		people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: log, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
		must(t, err)
		must(t, reg.AddController(ctx, register.Controller{ID: "lindeby", Name: "Lindeby", Kind: register.Municipality}, ""))
		for _, l := range []string{"skole", "hal"} {
			must(t, reg.AddLocation(ctx, register.Location{ID: l, Controller: "lindeby", Name: l}, ""))
		}
		id := map[string]string{}
		login := map[string]string{} // by id
		for _, p := range []struct{ login, name, role, mail string }{
			{"jonas", "Jonas Lund", "coordinator", "jonas@lindeby.dk"},
			{"jonas-adm", "jonas  LUND", "coordinator", "adm@lindeby.dk"}, // the same name
			{"teknik", "Teknik", "coordinator", "JONAS@lindeby.dk"},       // the same address
			{"karen", "Karen Holm", "coordinator", "karen@lindeby.dk"},    // answers for every place
			{"birthe", "Birthe Dam", "operator", "birthe@lindeby.dk"},     // manages the school
			{"poul", "Poul Vig", "operator", "poul@lindeby.dk"},           // manages the hall
			{"forrige", "Anna Kær", "operator", "anna@lindeby.dk"},        // managed the school until yesterday
			{"mette", "Mette Skov", "dpo", "mette@lindeby.dk"},            // is told, and cannot say yes
			{"lukket", "Ida Sø", "coordinator", "ida@lindeby.dk"},         // has left
			{"uden-mail", "Per Å", "coordinator", ""},                     // an address that nobody has is nobody's
		} {
			a, err := people.Create(ctx, identity.NewAccount{Login: p.login, Name: p.name, Controller: "lindeby", Roles: []string{p.role}, Email: p.mail, Password: "en lang sætning om ænder"}, "")
			must(t, err)
			id[p.login], login[a.ID] = a.ID, p.login
		}
		must(t, people.Close(ctx, id["lukket"], ""))
		hold := func(h, place, who string, until time.Time) {
			must(t, reg.Hold(ctx, register.Holder{ID: h, Controller: "lindeby", Body: "manager", Location: place, Person: id[who], Name: who, Since: now.AddDate(-1, 0, 0), Until: until}))
		}
		hold("h-1", "skole", "birthe", time.Time{})
		hold("h-2", "hal", "poul", time.Time{})
		hold("h-3", "skole", "forrige", now.AddDate(0, 0, -1))

		f := second.Finder{People: people, Register: reg, Clock: clk}
		asked := second.Asked{Controller: "lindeby", Location: "skole", Person: id["jonas"], Name: "Jonas Lund"}
		around, err := f.Around(ctx, asked)
		must(t, err)
		who := func(list []identity.Person) string {
			var out []string
			for _, p := range list {
				out = append(out, login[p.ID])
			}
			slices.Sort(out)
			return strings.Join(out, " ")
		}
		for what, c := range map[string]struct{ have, want string }{
			"who asked":  {login[around.Asker.ID], "jonas"},
			"who can":    {who(around.Can), "birthe karen uden-mail"},
			"who's told": {who(around.Told), "birthe mette"},
			"officers":   {who(around.DPOs), "mette"},
			"each once":  {who(second.Each(around.Can, around.Told)), "birthe karen mette uden-mail"},
		} {
			if c.have != c.want {
				t.Errorf("%s: %s, want %s", what, c.have, c.want)
			}
		}
		for by, key := range map[string]string{"birthe": "", "karen": "", "uden-mail": "", "jonas": "lock.own", "jonas-adm": "lock.own", "teknik": "lock.own",
			"poul": "lock.answerer", "forrige": "lock.answerer", "mette": "lock.answerer", "lukket": "lock.answerer"} {
			p, err := people.Person(ctx, id[by])
			must(t, err)
			err = f.Refuses(ctx, asked, p.ID, p.Name, "lock", func(a second.Around) []identity.Person { return a.Can })
			if got := fault.Key(err); key == "" && err != nil || key != "" && (got != key || !fault.Is(err, fault.Denied)) {
				t.Errorf("%s is refused with %q (%v), want %q", by, got, err, key)
			}
		}
		if err := f.Refuses(ctx, asked, "nobody", "Nobody", "lock", func(a second.Around) []identity.Person { return a.Can }); fault.Key(err) != "lock.answerer" {
			t.Errorf("nobody: %v", err)
		}
	})
}
