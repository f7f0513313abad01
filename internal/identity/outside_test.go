package identity

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func ida() Outside {
	return Outside{Source: "directory:lindeby", Subject: "guid-1", Login: "Ida@lindeby.example", Name: "Ida Holm", Email: "ida@lindeby.example",
		Controller: "lindeby", Roles: []string{"manager", "operator", "coordinator", "break-glass", "manager"}}
}

func (w world) admit(t *testing.T, o Outside) (string, Person, error) {
	t.Helper()
	token, p, err := w.Admit(t.Context(), o, "", from("192.0.2.7"))
	if err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.Invalid) {
		t.Fatal(err)
	}
	return token, p, err
}

func TestAPersonWhomAnOutsideSourceVouchesFor(t *testing.T) {
	req.Shows(t, "ID-1")
	each(t, func(t *testing.T, w world) {
		token, p, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Session(t.Context(), token, true)
		if err != nil || s.Person.ID != p.ID || s.Person.Source != "directory:lindeby" || s.Person.Login != "ida@lindeby.example" {
			t.Fatalf("%+v, %v", s, err)
		}
		if got := strings.Join(s.Person.Roles, " "); got != "coordinator manager" {
			t.Errorf("the roles are %q: neither operator nor break-glass comes from a group", got)
		}
		// Renamed and moved there: the same account here, with the new name and roles.
		o := ida()
		o.Login, o.Name, o.Roles = "ida.berg@lindeby.example", "Ida Berg", []string{"dpo"}
		_, again, err := w.Admit(t.Context(), o, token, from("192.0.2.7"))
		if err != nil || again.ID != p.ID || again.Name != "Ida Berg" || again.Login != o.Login || again.Roles[0] != "dpo" {
			t.Errorf("renamed: %+v, %v", again, err)
		}
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.ended" {
			t.Errorf("the token that was brought lives on: %v", err)
		}
		// Somebody new who got the free name is somebody else.
		next := ida()
		next.Subject, next.Name = "guid-2", "Ida Krog"
		_, other, err := w.admit(t, next)
		if err != nil || other.ID == p.ID {
			t.Errorf("a recycled name: %+v, %v", other, err)
		}
		if got := strings.Join(w.kinds(t), " "); !strings.HasSuffix(got, "account.created login account.changed login account.created login") {
			t.Errorf("the ledger has %s", got)
		}
	})
}

func TestARecycledNameIsSomebodyElse(t *testing.T) {
	req.Shows(t, "ID-1")
	each(t, func(t *testing.T, w world) {
		_, p, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		next := ida()
		next.Subject = "guid-2" // the first has not been here since her name was given on
		_, other, err := w.admit(t, next)
		if err != nil || other.ID == p.ID {
			t.Fatalf("%+v, %v", other, err)
		}
		first, err := w.Person(t.Context(), p.ID)
		if err != nil || first.Login == other.Login {
			t.Errorf("both have the name: %+v, %v", first, err)
		}
	})
}

func TestWhomAdmitRefuses(t *testing.T) {
	req.Shows(t, "ID-1")
	each(t, func(t *testing.T, w world) {
		w.account(t, "taken@lindeby.example")
		_, p, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		with := func(f func(*Outside)) Outside {
			o := ida()
			o.Subject, o.Login = "guid-9", "bo@lindeby.example"
			f(&o)
			return o
		}
		for key, o := range map[string]Outside{
			"login.taken":        with(func(o *Outside) { o.Login = "TAKEN@lindeby.example" }),
			"login.rightless":    with(func(o *Outside) { o.Roles = []string{"operator"} }),
			"login.stale":        with(func(o *Outside) { o.At = start.Add(-ShutOutWithin) }),
			"account.incomplete": with(func(o *Outside) { o.Name = " \r\n " }),
			"login.controller":   with(func(o *Outside) { o.Subject, o.Controller = "guid-1", "herning" }),
		} {
			if _, _, err := w.admit(t, o); fault.Key(err) != key {
				t.Errorf("%s: %v", key, err)
			}
		}
		// A name of one source is not taken over by another.
		if _, _, err := w.admit(t, with(func(o *Outside) { o.Source, o.Login = "oidc:x", "ida@lindeby.example" })); fault.Key(err) != "login.taken" {
			t.Errorf("another source's name: %v", err)
		}
		// Nobody gets in with a password that we do not have.
		for _, password := range []string{"", secret} {
			if _, err := w.try(t, "ida@lindeby.example", password, "192.0.2.1"); fault.Key(err) != "login.wrong" {
				t.Errorf("%q: %v", password, err)
			}
		}
		if err := w.Close(t.Context(), p.ID, "p-0"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.admit(t, ida()); fault.Key(err) != "login.closed" {
			t.Errorf("a closed account: %v", err)
		}
	})
}

func TestNamesFromOutsideAreTidied(t *testing.T) {
	for in, want := range map[string]string{
		" Ida\r\n Holm ":                    "Ida Holm",
		"\u202eadI":                         "adI",
		"Ida\u200b Holm\x00":                "Ida Holm",
		strings.Repeat("æ", 150):            strings.Repeat("æ", 100),
		"<script>alert(1)</script>":         "<script>alert(1)</script>", // pages escape
		"Åse \u2066Ørsted\u2069 \ufeffWang": "Åse Ørsted Wang",
	} {
		if got := tidy(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

// asked is a source whose answer the test decides.
type asked map[string]Standing

func (a asked) Standing(context.Context, []string) (map[string]Standing, error) {
	if a == nil {
		return nil, errors.New("no controller answers")
	}
	return a, nil
}

func TestWhoIsShutOutThereIsShutOutHere(t *testing.T) {
	req.Shows(t, "ID-1")
	each(t, func(t *testing.T, w world) {
		token, p, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		in := Standing{In: true, Login: "ida@lindeby.example", Name: "Ida Holm", Roles: []string{"coordinator", "manager"}}
		for range 30 { // half an hour of confirmations, the person at work
			w.clk.Advance(time.Minute)
			if err := w.Recheck(t.Context(), map[string]Source{"directory:lindeby": asked{"guid-1": in}}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Session(t.Context(), token, true); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Join(w.kinds(t), " "); got != "account.created login" {
			t.Errorf("confirmations fill the ledger: %s", got)
		}
		in.Roles = []string{"dpo", "operator"}
		if err := w.Recheck(t.Context(), map[string]Source{"directory:lindeby": asked{"guid-1": in}}); err != nil {
			t.Fatal(err)
		}
		s, err := w.Session(t.Context(), token, true)
		if err != nil || strings.Join(s.Person.Roles, " ") != "dpo" {
			t.Errorf("changed roles: %+v, %v", s.Person, err)
		}
		if err := w.Recheck(t.Context(), map[string]Source{"directory:lindeby": asked{"guid-1": {Why: "directory.disabled"}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.ended" {
			t.Errorf("shut out: %v", err)
		}
		all, err := w.ledger.Entries(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if last := all[len(all)-1]; last.Kind != "session.shut" || !strings.Contains(string(last.Body), p.ID) || !strings.Contains(string(last.Body), "directory.disabled") {
			t.Errorf("the ledger ends with %s %s", last.Kind, last.Body)
		}
	})
}

func TestWhoeverLosesTheLastRoleIsShutOut(t *testing.T) {
	req.Shows(t, "ID-1")
	each(t, func(t *testing.T, w world) {
		token, _, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Recheck(t.Context(), map[string]Source{"directory:lindeby": asked{"guid-1": {In: true, Roles: []string{"operator"}}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.ended" {
			t.Errorf("no role left: %v", err)
		}
	})
}

// A source that is away, was taken out of the settings, or does not answer for
// this person, and a program that does not ask at all: in each case the
// session holds for less than five minutes and no more.
func TestASessionThatNobodyConfirmsEnds(t *testing.T) {
	req.Shows(t, "ID-1")
	for name, sources := range map[string]map[string]Source{
		"away": {"directory:lindeby": asked(nil)}, "gone": {}, "silent": {"directory:lindeby": asked{}}, "unasked": nil,
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w world) {
				token, _, err := w.admit(t, ida())
				if err != nil {
					t.Fatal(err)
				}
				long := ida()
				long.Subject, long.Login, long.Until = "guid-2", "bo@lindeby.example", start.Add(time.Hour)
				other, _, err := w.admit(t, long)
				if err != nil {
					t.Fatal(err)
				}
				recheck := func() {
					t.Helper()
					if sources == nil {
						return
					}
					if err := w.Recheck(t.Context(), sources); (err == nil) != (name == "silent") {
						t.Errorf("asked: %v", err)
					}
				}
				w.clk.Advance(ShutOutWithin - time.Second)
				recheck()
				if _, err := w.Session(t.Context(), token, true); err != nil {
					t.Fatalf("a second too early: %v", err)
				}
				w.clk.Advance(time.Second)
				if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.unconfirmed" {
					t.Errorf("unconfirmed: %v", err)
				}
				if sources != nil {
					recheck()
					if got := w.kinds(t); got[len(got)-1] != "session.shut" {
						t.Errorf("the ledger has %v", got)
					}
				}
				// A source that is not asked again says itself how long its word holds.
				if s, err := w.Session(t.Context(), other, true); err != nil || s.Ends.After(long.Until) {
					t.Errorf("a session with an end of its own: %+v, %v", s, err)
				}
				for range 6 {
					w.clk.Advance(10 * time.Minute)
					_, err = w.Session(t.Context(), other, true)
				}
				if fault.Key(err) != "session.ended" {
					t.Errorf("after its end: %v", err)
				}
			})
		})
	}
}

// While the question is on its way time goes: what counts is when it was asked.
type slow struct {
	w    world
	says asked
}

func (s slow) Standing(context.Context, []string) (map[string]Standing, error) {
	s.w.clk.Advance(time.Minute)
	return s.says, nil
}

func TestASlowAnswerConfirmsNoLongerThanItsQuestion(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		token, _, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Recheck(t.Context(), map[string]Source{"directory:lindeby": slow{w, asked{"guid-1": {In: true, Roles: []string{"dpo"}}}}}); err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(ShutOutWithin - time.Minute)
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.unconfirmed" {
			t.Errorf("counted from the answer: %v", err)
		}
	})
}

func TestASourceEndsASession(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		token, _, err := w.admit(t, ida())
		if err != nil {
			t.Fatal(err)
		}
		if err := w.EndOutside(t.Context(), "directory:lindeby", "nobody", "x"); err != nil {
			t.Fatal(err)
		}
		if err := w.EndOutside(t.Context(), "directory:lindeby", "guid-1", "oidc.logout"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.ended" {
			t.Errorf("ended there: %v", err)
		}
	})
}
