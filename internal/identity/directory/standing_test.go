package directory_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/identity/directory"
	"vidne.dk/vidne/internal/req"
)

// Whoever is shut out in the directory is shut out here within five minutes,
// in each of the ways there are.
func TestActiveDirectoryShutOutWithinFiveMinutes(t *testing.T) {
	req.Shows(t, "ID-1")
	s := dc(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		logins := []string{"sonja", "svend", "sanne", "sigurd", "stine"}
		employ(t, s, logins...)
		h := newHouse(t, d, s.Config(manager))
		tokens := map[string]string{}
		for i, l := range logins {
			token, _, err := h.logIn(t, l, password, i)
			if err != nil {
				t.Fatal(err)
			}
			tokens[l] = token
		}
		h.clk.Advance(time.Minute)
		if err := h.recheck(t); err != nil {
			t.Fatal(err)
		}
		s.Tool(t, "user", "disable", "sonja")
		s.Tool(t, "group", "removemembers", "Vidne-Ledere", "svend")
		s.Modify(t, fmt.Sprintf("dn: CN=Sanne Holm,CN=Users,DC=lindeby,DC=example\nchangetype: modify\nreplace: accountExpires\naccountExpires: %d\n",
			(h.clk.Now().Unix()+11644473600)*1e7))
		s.Tool(t, "user", "delete", "sigurd")
		defer s.Tool(t, "user", "create", "sigurd", password) // for the clearing up
		shut := h.clk.Now()
		for _, l := range logins {
			if why := h.over(t, tokens[l]); why != "" {
				t.Errorf("%s is out before anybody asked: %s", l, why)
			}
		}
		for h.clk.Now().Sub(shut) < identity.ShutOutWithin-time.Second {
			h.clk.Advance(time.Minute)
			if err := h.recheck(t); err != nil {
				t.Fatal(err)
			}
		}
		for _, l := range logins {
			if why := h.over(t, tokens[l]); (why == "session.ended") != (l != "stine") {
				t.Errorf("%s: %q", l, why)
			}
		}
		all, err := h.ledger.Entries(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		var why []string
		for _, e := range all {
			if e.Kind == "session.shut" {
				for _, w := range []string{"login.disabled", "login.rightless", "login.expired", "login.gone"} {
					if strings.Contains(string(e.Body), w) {
						why = append(why, w)
					}
				}
			}
		}
		if len(why) != 4 {
			t.Errorf("the ledger says why of %v", why)
		}
	})
}

// Two hundred people are asked about in few questions.
func TestActiveDirectoryAsksAboutManyAtOnce(t *testing.T) {
	s := dc(t, "asta", "aksel")
	d := open(t, s.Config(manager), clock.System())
	var subjects []string
	for _, l := range []string{"asta", "aksel"} {
		k, err := directory.Domains{d}.Find(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, k.Subject)
	}
	for i := range 200 {
		subjects = append(subjects, fmt.Sprintf("00000000-0000-4000-8000-%012d", i))
	}
	begin := time.Now()
	all, err := d.Standing(t.Context(), subjects)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d people in %v", len(subjects), time.Since(begin))
	in := 0
	for _, s := range subjects {
		st, ok := all[s]
		if !ok {
			t.Fatalf("nothing is said of %s", s)
		}
		if st.In {
			in++
		}
	}
	if in != 2 {
		t.Errorf("%d are in", in)
	}
	if _, err := d.Standing(t.Context(), []string{"*)(objectClass=*"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a subject that is none: %v", err)
	}
}
