package identity

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// posted is a mailbox for codes.
type posted struct {
	codes []string
	to    []string
	self  []bool
}

// postbox has codes sent to it.
func (w world) postbox() *posted {
	box := &posted{}
	w.PostWith(func(_ context.Context, _ *db.Tx, p Person, code string, self bool, _ time.Time) error {
		box.codes, box.to, box.self = append(box.codes, code), append(box.to, p.Email), append(box.self, self)
		return nil
	})
	return box
}

func (b *posted) last() string { return b.codes[len(b.codes)-1] }

// mailed is an account with a mail address and an app.
func (w world) mailed(t *testing.T, login string) (Person, app) {
	t.Helper()
	p := w.account(t, login)
	if err := w.SetEmail(t.Context(), p.ID, login+"@lindeby.example", p.ID); err != nil {
		t.Fatal(err)
	}
	return p, w.join(t, p)
}

func (w world) forgot(t *testing.T, login, addr string) {
	t.Helper()
	if err := w.Forgot(t.Context(), login, from(addr)); err != nil {
		t.Fatal(err)
	}
	if err := w.SendCodes(t.Context()); err != nil {
		t.Fatal(err)
	}
}

const fresh = "en ganske ny sætning om gæs"

func TestForgottenPassword(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		ctx, box := t.Context(), w.postbox()
		var told []string
		w.TellWith(func(_ context.Context, _ *db.Tx, p Person, kind string, _ map[string]any) error {
			told = append(told, kind+" "+p.Email)
			return nil
		})
		p, a := w.mailed(t, "ida")
		running, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		w.forgot(t, " IDA ", "192.0.2.1")
		if len(box.codes) != 1 || box.to[0] != "ida@lindeby.example" || !box.self[0] {
			t.Fatalf("sent: %+v", box)
		}
		code := box.last()
		r, err := w.Renewal(ctx, strings.ToUpper(code), from("192.0.2.1"))
		if err != nil || r.Person.ID != p.ID || !r.Asks.Code || r.Asks.Password || !r.Ends.Equal(w.clk.Now().Add(RenewalFor)) {
			t.Fatalf("%+v, %v", r, err)
		}
		renew := func(password string, proof Proof) error {
			return w.Renew(ctx, code, password, proof, from("192.0.2.1"))
		}
		if err := renew("kort", Proof{Code: a.code(w.clk.Now())}); fault.Key(err) != "password.short" {
			t.Errorf("a short password: %v", err)
		}
		for _, none := range []Proof{{}, {Code: "000000"}, {Password: secret}} {
			if err := renew(fresh, none); fault.Key(err) != "login.code" {
				t.Errorf("the code does for the second factor too: %v", err)
			}
		}
		if err := renew(fresh, Proof{Code: a.code(w.clk.Now())}); err != nil {
			t.Fatal(err)
		}
		if err := renew(secret, Proof{Code: a.code(w.clk.Now().Add(codePeriod))}); fault.Key(err) != "renewal.wrong" {
			t.Errorf("the code a second time: %v", err)
		}
		if _, err := w.HalfSession(ctx, running); fault.Key(err) != "session.ended" {
			t.Errorf("a session from before goes on: %v", err)
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); fault.Key(err) != "login.wrong" {
			t.Errorf("the old password: %v", err)
		}
		token, err := w.try(t, "ida", fresh, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(ctx, token, true); fault.Key(err) != "session.half" {
			t.Errorf("the new password alone opens a session: %v", err)
		}
		if !slices.Contains(told, "password.renewed ida@lindeby.example") {
			t.Errorf("told: %v", told)
		}
		kinds := strings.Join(w.kinds(t), " ")
		if !strings.Contains(kinds, "password.forgotten login.refused login.refused login.refused session.others password.renewed") {
			t.Errorf("the ledger has %s", kinds)
		}
		all, err := w.ledger.Entries(ctx, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if body := string(e.Body); strings.Contains(body, code) || strings.Contains(body, fresh) {
				t.Errorf("%s holds a secret: %s", e.Kind, body)
			}
		}
	})
}

// Whoever asks as somebody who is not there, has no second factor, no address,
// is closed or comes from elsewhere is answered like everybody else, and nothing
// is sent; nor is a second code within a few minutes.
func TestForgottenTellsNobodyApart(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		ctx, box := t.Context(), w.postbox()
		w.mailed(t, "ida")
		bare := w.account(t, "bo")
		if err := w.SetEmail(ctx, bare.ID, "bo@lindeby.example", bare.ID); err != nil {
			t.Fatal(err)
		}
		w.join(t, w.account(t, "ea"))
		gone, _ := w.mailed(t, "per")
		if err := w.Close(ctx, gone.ID, "p-0"); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Admit(ctx, Outside{Source: "directory:lindeby", Subject: "1", Login: "mette@lindeby", Name: "Mette", Email: "mette@lindeby.example", Controller: "lindeby", Roles: []string{"it"}, At: w.clk.Now()}, "", from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		for i, login := range []string{"bo", "ea", "per", "mette@lindeby", "findes-ikke", "", strings.Repeat("x", 5000)} {
			w.forgot(t, login, "192.0.2."+string(rune('1'+i)))
		}
		if len(box.codes) != 0 {
			t.Fatalf("sent: %v", box.to)
		}
		w.forgot(t, "ida", "192.0.2.1")
		w.forgot(t, "ida", "192.0.2.2")
		if len(box.codes) != 1 {
			t.Errorf("%d codes within a moment", len(box.codes))
		}
		w.clk.Advance(renewalPause + time.Second)
		w.forgot(t, "ida", "192.0.2.2")
		if len(box.codes) != 2 {
			t.Fatalf("%d codes", len(box.codes))
		}
		if _, err := w.Renewal(ctx, box.codes[0], from("192.0.2.1")); fault.Key(err) != "renewal.wrong" {
			t.Errorf("the code before the last: %v", err)
		}
		if _, err := w.Renewal(ctx, box.codes[1], from("192.0.2.1")); err != nil {
			t.Errorf("the last code: %v", err)
		}
	})
}

// A code ends by itself, when it was guessed with, when what the account is
// reached by changes, and when the account closes. It is one account's, whoever
// holds another account's app.
func TestCodesForPasswordsEnd(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		ctx, box := t.Context(), w.postbox()
		p, a := w.mailed(t, "ida")
		_, others := w.mailed(t, "bo")
		offer := func() string {
			t.Helper()
			if err := w.OfferRenewal(ctx, p.ID, "p-it", "Mødt på kontoret"); err != nil {
				t.Fatal(err)
			}
			return box.last()
		}
		over := func(what, code string) {
			t.Helper()
			err := w.Renew(ctx, code, fresh, Proof{Code: a.code(w.clk.Now())}, from("192.0.2.7"))
			if fault.Key(err) != "renewal.wrong" {
				t.Errorf("%s: %v", what, err)
			}
			w.clk.Advance(time.Hour)
		}
		code := offer()
		if err := w.Renew(ctx, code, fresh, Proof{Code: others.code(w.clk.Now())}, from("192.0.2.9")); fault.Key(err) != "login.code" {
			t.Errorf("another's app: %v", err)
		}
		w.clk.Advance(RenewalFor)
		over("a code past its time", code)
		code = offer()
		w.clk.Advance(-2 * RenewalFor)
		over("the clock turned back", code)
		code = offer()
		if err := w.SetEmail(ctx, p.ID, "ida.ny@lindeby.example", p.ID); err != nil {
			t.Fatal(err)
		}
		over("another address", code)
		code = offer()
		for i := range w.limits.HalfGuesses {
			if err := w.Renew(ctx, code, fresh, Proof{Code: "000000"}, from("192.0.2."+string(rune('1'+i)))); fault.Key(err) != "login.code" {
				t.Fatal(err)
			}
		}
		over("guessed with", code)
		code = offer()
		if err := w.ResetByHand(ctx, p.ID, "Telefonen er væk"); err != nil {
			t.Fatal(err)
		}
		over("the second factor taken off", code)
		code = offer()
		if err := w.Close(ctx, p.ID, "p-it"); err != nil {
			t.Fatal(err)
		}
		over("a closed account", code)
	})
}

func TestRenewalIsOfferedByAnother(t *testing.T) {
	req.Shows(t, "ID-4", "LOG-1")
	eachSealed(t, func(t *testing.T, w world) {
		ctx := t.Context()
		p := w.account(t, "ida")
		if err := w.OfferRenewal(ctx, p.ID, "p-it", "x"); fault.Key(err) != "renewal.unsent" {
			t.Errorf("without mail: %v", err)
		}
		if err := w.Forgot(ctx, "ida", from("192.0.2.1")); fault.Key(err) != "renewal.unsent" {
			t.Errorf("without mail: %v", err)
		}
		box := w.postbox()
		if err := w.OfferRenewal(ctx, p.ID, p.ID, "x"); fault.Key(err) != "renewal.own" {
			t.Errorf("one's own: %v", err)
		}
		if err := w.OfferRenewal(ctx, p.ID, "p-it", "x"); fault.Key(err) != "renewal.nomail" {
			t.Errorf("without an address: %v", err)
		}
		// By hand there is a code all the same; without a second factor it is enough.
		code, err := w.RenewalByHand(ctx, p.ID, "Ny medarbejder", FirstFor)
		if err != nil || len(box.codes) != 0 {
			t.Fatal(err)
		}
		w.clk.Advance(FirstFor - time.Minute)
		if err := w.Renew(ctx, code, fresh, Proof{}, from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(t, "ida", fresh, "192.0.2.1"); err != nil {
			t.Error(err)
		}
		if kinds := strings.Join(w.kinds(t), " "); !strings.Contains(kinds, "password.offered password.renewed") {
			t.Errorf("the ledger has %s", kinds)
		}
	})
}

// An account that is made without a password has one that nobody knows.
func TestFirstPasswordIsItsOwners(t *testing.T) {
	req.Shows(t, "ID-4")
	each(t, func(t *testing.T, w world) {
		p, err := w.Create(t.Context(), NewAccount{Login: "ida", Name: "Ida", Controller: "lindeby"}, "p-0")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(t, "ida", "", "192.0.2.1"); fault.Key(err) != "login.wrong" {
			t.Errorf("an empty password: %v", err)
		}
		code, err := w.RenewalByHand(t.Context(), p.ID, "Ny medarbejder", FirstFor)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Renew(t.Context(), code, secret, Proof{}, from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Error(err)
		}
	})
}

// Codes cannot be guessed: each address waits after some wrong ones, and the
// right code is taken from elsewhere all the while. Asking again and again is
// slowed too.
func TestCodesForPasswordsCannotBeGuessed(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		ctx, box := t.Context(), w.postbox()
		w.mailed(t, "ida")
		tried := 0
		for range 40 {
			if _, err := w.Renewal(ctx, "0000-0000-0000-0000", from("198.51.100.1")); fault.Key(err) == "renewal.wrong" {
				tried++
			}
			w.clk.Advance(time.Second)
		}
		if tried > w.limits.PairFree+1 {
			t.Errorf("%d guesses in forty seconds", tried)
		}
		asked := 0
		for range 40 {
			if err := w.Forgot(ctx, "ida", from("198.51.100.2")); err == nil {
				asked++
			} else if TryAgain(err) == 0 {
				t.Fatal(err)
			}
			w.clk.Advance(time.Second)
		}
		if asked > w.limits.PairFree+1 {
			t.Errorf("asked %d times in forty seconds", asked)
		}
		if err := w.SendCodes(ctx); err != nil {
			t.Fatal(err)
		}
		if len(box.codes) != 1 {
			t.Fatalf("%d codes", len(box.codes))
		}
		if _, err := w.Renewal(ctx, box.last(), from("192.0.2.1")); err != nil {
			t.Errorf("the right code: %v", err)
		}
	})
}

// Whoever has a passkey confirms a new password with it, and with nobody else's.
func TestForgottenPasswordWithAPasskey(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		ctx, box, here := t.Context(), w.postbox(), from("192.0.2.1")
		p := w.account(t, "ida")
		d, theirs := w.joinDevice(t, p, "Nøgle"), w.joinDevice(t, w.account(t, "bo"), "Nøgle")
		if err := w.SetEmail(ctx, p.ID, "ida@lindeby.example", p.ID); err != nil {
			t.Fatal(err)
		}
		w.forgot(t, "ida", "192.0.2.1")
		for what, a := range map[string]Answer{"another's key": theirs.show(w.ask(t, "")), "another's challenge": d.show(w.ask(t, p.ID))} {
			if err := w.Renew(ctx, box.last(), fresh, Proof{Key: a}, here); fault.Key(err) != "login.passkey" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := w.Renew(ctx, box.last(), fresh, Proof{Key: d.show(w.ask(t, ""))}, here); err != nil {
			t.Fatal(err)
		}
		if _, err := w.try(t, "ida", fresh, "192.0.2.1"); err != nil {
			t.Error(err)
		}
	})
}
