package identity

import (
	"context"
	"encoding/base32"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// eachSealed is each with a key to keep second factors under and an address
// that passkeys work at.
func eachSealed(t *testing.T, f func(t *testing.T, w world)) {
	each(t, func(t *testing.T, w world) {
		w.key = [32]byte{1, 2, 3}
		var err error
		if w.party, err = newParty("https://vidne.test"); err != nil {
			t.Fatal(err)
		}
		f(t, w)
	})
}

// app is an authenticator app.
type app struct{ secret []byte }

func (a app) code(at time.Time) string { return totp(a.secret, codeStep(at), codeDigits) }

// join joins an app to an account.
func (w world) join(t *testing.T, p Person) app {
	t.Helper()
	s, err := w.NewCode(p)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s.Secret)
	if err != nil {
		t.Fatal(err)
	}
	a := app{secret}
	if err := w.AddCode(t.Context(), p.ID, s.Sealed, a.code(w.clk.Now())); err != nil {
		t.Fatal(err)
	}
	w.clk.Advance(codePeriod) // the code is used
	return a
}

func (w world) half(t *testing.T, login, addr string) string {
	t.Helper()
	token, err := w.try(t, login, secret, addr)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Session(t.Context(), token, true); fault.Key(err) != "session.half" {
		t.Fatalf("the password alone opens a session: %v", err)
	}
	return token
}

// The vectors of RFC 6238, appendix B, for SHA-1.
func TestCodesAreThoseOfTheStandard(t *testing.T) {
	req.Shows(t, "ID-4")
	for at, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := totp([]byte("12345678901234567890"), codeStep(time.Unix(at, 0)), 8); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func TestSecondStepByApp(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		a := w.join(t, p)
		ctx := t.Context()
		token := w.half(t, "ida", "192.0.2.1")
		if _, _, err := w.Second(ctx, token, Proof{Code: "000000"}, from("192.0.2.1")); fault.Key(err) != "login.code" {
			t.Fatalf("a wrong code: %v", err)
		}
		code := a.code(w.clk.Now())
		whole, s, err := w.Second(ctx, token, Proof{Code: code[:3] + " " + code[3:]}, from("192.0.2.1"))
		if err != nil || s.Person.ID != p.ID {
			t.Fatal(err)
		}
		if whole == token {
			t.Error("the token was kept across the second step")
		}
		if _, err := w.Session(ctx, token, true); fault.Key(err) != "session.ended" {
			t.Errorf("the token of the half session: %v", err)
		}
		if _, err := w.Session(ctx, whole, true); err != nil {
			t.Errorf("the whole session: %v", err)
		}
		// The same code, and the ones before it, are used up.
		again := w.half(t, "ida", "192.0.2.1")
		for _, old := range []string{code, a.code(w.clk.Now().Add(-codePeriod))} {
			if _, _, err := w.Second(ctx, again, Proof{Code: old}, from("192.0.2.1")); fault.Key(err) != "login.code" {
				t.Errorf("a used code: %v", err)
			}
		}
		// A phone that is half a minute ahead or behind works, one further off does not.
		for drift, ok := range map[time.Duration]bool{codePeriod: true, 2 * codePeriod: false, -2 * codePeriod: false} {
			w.clk.Advance(5 * time.Minute)
			token := w.half(t, "ida", "192.0.2.1")
			_, _, err := w.Second(ctx, token, Proof{Code: a.code(w.clk.Now().Add(drift))}, from("192.0.2.1"))
			if (err == nil) != ok {
				t.Errorf("a clock off by %v: %v", drift, err)
			}
		}
		if kinds := strings.Join(w.kinds(t), " "); !strings.Contains(kinds, "factor.added login.half login.refused login ") {
			t.Errorf("the ledger has %s", kinds)
		}
	})
}

func TestSecretsAreSealed(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		p, other := w.account(t, "ida"), w.account(t, "bo")
		a := w.join(t, p)
		if err := w.db.Read(t.Context(), func(tx *db.Tx) error {
			r, err := db.One[totpRow](t.Context(), tx, `SELECT * FROM totps`)
			if strings.Contains(string(r.Secret), string(a.secret)) {
				t.Error("the table holds the secret")
			}
			if _, err := w.unsealBytes("code", other.ID, r.Secret); err == nil {
				t.Error("one account's secret opens as another's")
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		s, err := w.NewCode(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.AddCode(t.Context(), other.ID, s.Sealed, "123456"); fault.Key(err) != "factor.setup.old" {
			t.Errorf("another's set-up: %v", err)
		}
		if u, err := url.Parse(s.URI); err != nil || u.Query().Get("secret") != s.Secret || u.Path != "/Vidne:ida" {
			t.Errorf("the picture says %s", s.URI)
		}
		w.clk.Advance(codeSetUpFor + time.Second)
		if err := w.AddCode(t.Context(), p.ID, s.Sealed, "123456"); fault.Key(err) != "factor.setup.old" {
			t.Errorf("an old set-up: %v", err)
		}
		w.key = [32]byte{}
		if _, err := w.NewCode(p); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without a key: %v", err)
		}
	})
}

func TestRecoveryCodes(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		ctx := t.Context()
		if _, err := w.MakeRecovery(ctx, p.ID); fault.Key(err) != "factor.none" {
			t.Errorf("codes for nothing: %v", err)
		}
		w.join(t, p)
		codes, err := w.MakeRecovery(ctx, p.ID)
		if err != nil || len(codes) != RecoveryCodes {
			t.Fatalf("%v, %v", codes, err)
		}
		token := w.half(t, "ida", "192.0.2.1")
		typed := strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))
		if _, _, err := w.Second(ctx, token, Proof{Recovery: typed}, from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		token = w.half(t, "ida", "192.0.2.1")
		if _, _, err := w.Second(ctx, token, Proof{Recovery: codes[3]}, from("192.0.2.1")); fault.Key(err) != "login.recovery" {
			t.Errorf("a used recovery code: %v", err)
		}
		if f, err := w.Factors(ctx, p.ID); err != nil || f.Recovery != RecoveryCodes-1 {
			t.Errorf("%d left, %v", f.Recovery, err)
		}
		if err := w.db.Read(ctx, func(tx *db.Tx) error {
			rows, err := db.All[recoveryRow](ctx, tx, `SELECT * FROM recovery`)
			for _, r := range rows {
				if !strings.HasPrefix(r.Hash, "$argon2id$") {
					t.Errorf("a recovery code is kept as %s", r.Hash)
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.MakeRecovery(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Second(ctx, token, Proof{Recovery: codes[4]}, from("192.0.2.1")); fault.Key(err) != "login.recovery" {
			t.Errorf("a code of the set before: %v", err)
		}
		if err := w.RemoveCode(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if f, err := w.Factors(ctx, p.ID); err != nil || f.Recovery != 0 {
			t.Errorf("without a second factor %d recovery codes are left, %v", f.Recovery, err)
		}
	})
}

func TestDemandedSecondFactor(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		ctx := t.Context()
		if err := w.Demand(ctx, "lindeby", true, "p-0"); err != nil {
			t.Fatal(err)
		}
		token := w.half(t, "ida", "192.0.2.1")
		if s, err := w.HalfSession(ctx, token); err != nil || s.Half != HalfSetUp {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, _, err := w.SetUp(ctx, token, from("192.0.2.1")); fault.Key(err) != "factor.none" {
			t.Errorf("let in without a second factor: %v", err)
		}
		if _, _, err := w.Second(ctx, token, Proof{Code: "000000"}, from("192.0.2.1")); fault.Key(err) != "session.half" {
			t.Errorf("a second step that is not due: %v", err)
		}
		w.join(t, p)
		whole, _, err := w.SetUp(ctx, token, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(ctx, whole, true); err != nil {
			t.Error(err)
		}
		if err := w.RemoveCode(ctx, p.ID); fault.Key(err) != "factor.last" {
			t.Errorf("the last one could be removed: %v", err)
		}
		if err := w.Demand(ctx, "lindeby", false, "p-0"); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveCode(ctx, p.ID); err != nil {
			t.Error(err)
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); err != nil {
			t.Error(err)
		}
	})
}

// Somebody who has the password guesses the code: five guesses a session, waits
// that double, and after a hundred no more app codes from strange addresses.
// The person at a known address comes in all the while.
func TestCodesCannotBeGuessed(t *testing.T) {
	req.Shows(t, "ID-4")
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		var told []string
		w.TellWith(func(_ context.Context, _ *db.Tx, p Person, kind string, _ map[string]any) error {
			told = append(told, kind+" "+p.Login)
			return nil
		})
		a := w.join(t, p)
		ctx := t.Context()
		home := w.half(t, "ida", "192.0.2.1")
		if _, _, err := w.Second(ctx, home, Proof{Code: a.code(w.clk.Now())}, from("192.0.2.1")); err != nil {
			t.Fatal(err)
		}
		// One session: five guesses and it is over.
		token := w.half(t, "ida", "198.51.100.1")
		tried := 0
		for range 50 {
			_, _, err := w.Second(ctx, token, Proof{Code: "000000"}, from("198.51.100.1"))
			if fault.Key(err) == "login.code" {
				tried++
			}
			w.clk.Advance(time.Second)
		}
		if tried > w.limits.HalfGuesses {
			t.Errorf("%d guesses in one session", tried)
		}
		// New sessions from the same address have to wait.
		tried = 0
		for range 20 {
			token, err := w.try(t, "ida", secret, "198.51.100.1")
			if err != nil {
				continue
			}
			if _, _, err := w.Second(ctx, token, Proof{Code: "000000"}, from("198.51.100.1")); fault.Key(err) == "login.code" {
				tried++
			}
			w.clk.Advance(time.Second)
		}
		if tried > 1 {
			t.Errorf("%d guesses in twenty seconds after the wait has begun", tried)
		}
		// Many addresses.
		tried = 0
		for i := range 150 {
			addr := fmt.Sprintf("203.0.113.%d", i+1)
			token, err := w.try(t, "ida", secret, addr)
			if err != nil {
				t.Fatal(err)
			}
			switch _, _, err := w.Second(ctx, token, Proof{Code: "000000"}, from(addr)); fault.Key(err) {
			case "login.code":
				tried++
			case "login.codes":
			default:
				t.Fatal(err)
			}
		}
		if tried > w.limits.CodeFree {
			t.Errorf("%d guesses from many addresses", tried)
		}
		// The right code from yet another address is refused, from home it is not.
		strange := w.half(t, "ida", "203.0.113.250")
		if _, _, err := w.Second(ctx, strange, Proof{Code: a.code(w.clk.Now())}, from("203.0.113.250")); fault.Key(err) != "login.codes" {
			t.Errorf("a code from a strange address under attack: %v", err)
		}
		home = w.half(t, "ida", "192.0.2.1")
		if _, _, err := w.Second(ctx, home, Proof{Code: a.code(w.clk.Now())}, from("192.0.2.1")); err != nil {
			t.Errorf("the person is kept out at a known address: %v", err)
		}
		if !slices.Contains(told, "login.guessed ida") {
			t.Errorf("the owner was told %v", told)
		}
	})
}

// Guesses at the log-in page do not keep a person from proving who they are
// within their session, and the other way around.
func TestProofIsCountedApart(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		token, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			_, _ = w.try(t, "ida", "gæt", fmt.Sprintf("198.51.100.%d", i))
		}
		if token, err = w.Prove(t.Context(), token, Proof{Password: secret}, from("192.0.2.1")); err != nil {
			t.Fatalf("kept from proving: %v", err)
		}
		// Somebody in the same office tries many names: the wait is seconds.
		for i := range 60 {
			_, _ = w.try(t, fmt.Sprintf("navn-%d", i), "gæt", "192.0.2.1")
		}
		if _, err := w.Prove(t.Context(), token, Proof{Password: secret}, from("192.0.2.1")); TryAgain(err) > w.limits.AddressWait {
			t.Errorf("kept waiting for %v", TryAgain(err))
		}
		w.clk.Advance(w.limits.AddressWait)
		if _, err := w.Prove(t.Context(), token, Proof{Password: secret}, from("192.0.2.1")); err != nil {
			t.Errorf("kept from proving after the wait: %v", err)
		}
	})
}

func TestProof(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		ctx := t.Context()
		token, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(10 * time.Minute)
		if _, err := w.Prove(ctx, token, Proof{Password: "gæt"}, from("192.0.2.1")); fault.Key(err) != "login.wrong" {
			t.Errorf("a wrong password: %v", err)
		}
		fresh, err := w.Prove(ctx, token, Proof{Password: secret}, from("192.0.2.1"))
		if err != nil || fresh == token {
			t.Fatalf("the token was kept: %v", err)
		}
		s, err := w.Session(ctx, fresh, true)
		if err != nil || !s.Proved.Equal(w.clk.Now()) || !s.Began.Equal(start) {
			t.Errorf("%+v, %v", s, err)
		}
		if _, err := w.Session(ctx, token, true); err == nil {
			t.Error("the token from before opens")
		}
		if now, err := w.SessionNow(ctx, s.ID); err != nil || now.ID != s.ID {
			t.Errorf("what goes on under the session does not: %v", err)
		}
		// With an app the password alone is no proof any more.
		a := w.join(t, p)
		if _, err := w.Prove(ctx, fresh, Proof{Password: secret}, from("192.0.2.1")); fault.Key(err) != "login.code" {
			t.Errorf("the password alone: %v", err)
		}
		if _, err := w.Prove(ctx, fresh, Proof{Code: a.code(w.clk.Now())}, from("192.0.2.1")); fault.Key(err) != "login.wrong" {
			t.Errorf("the code alone: %v", err)
		}
		if _, err := w.Prove(ctx, fresh, Proof{Password: secret, Code: a.code(w.clk.Now())}, from("192.0.2.1")); err != nil {
			t.Error(err)
		}
	})
}

func TestLockedSession(t *testing.T) {
	req.Shows(t, "VIEW-7")
	each(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		ctx := t.Context()
		token, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Session(ctx, token, true)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a second time is no error
			if err := w.Lock(ctx, token); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.Session(ctx, token, true); fault.Key(err) != "session.half" {
			t.Errorf("a locked session: %v", err)
		}
		if _, err := w.SessionNow(ctx, s.ID); fault.Key(err) != "session.half" {
			t.Errorf("what goes on under a locked session: %v", err)
		}
		if _, _, err := w.Second(ctx, token, Proof{Code: "1"}, from("192.0.2.1")); fault.Key(err) != "session.half" {
			t.Errorf("the second step of a locked session: %v", err)
		}
		fresh, err := w.Prove(ctx, token, Proof{Password: secret}, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(ctx, fresh, true); err != nil {
			t.Error(err)
		}
		if err := w.Lock(ctx, fresh); err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(15 * time.Minute)
		if _, err := w.Prove(ctx, fresh, Proof{Password: secret}, from("192.0.2.1")); fault.Key(err) != "session.ended" {
			t.Errorf("a locked session lives for ever: %v", err)
		}
	})
}

func TestChangePassword(t *testing.T) {
	eachSealed(t, func(t *testing.T, w world) {
		w.account(t, "ida")
		ctx := t.Context()
		elsewhere, err := w.try(t, "ida", secret, "192.0.2.9")
		if err != nil {
			t.Fatal(err)
		}
		token, err := w.try(t, "ida", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		const next = "tre ænder og en gås"
		for _, x := range []struct{ old, fresh, want string }{
			{"gæt", next, "login.wrong"}, {"", next, "login.wrong"}, {secret, "kort", "password.short"}, {secret, "Sommer2026!!", "password.common"},
			{secret, "password1234", "password.common"}, {secret, secret, "password.same"},
		} {
			if _, err := w.ChangePassword(ctx, token, x.old, x.fresh, from("192.0.2.1")); fault.Key(err) != x.want {
				t.Errorf("%q to %q: %v, want %s", x.old, x.fresh, err, x.want)
			}
		}
		fresh, err := w.ChangePassword(ctx, token, secret, next, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Session(ctx, fresh, true); err != nil {
			t.Error(err)
		}
		for _, old := range []string{elsewhere, token} {
			if _, err := w.Session(ctx, old, true); err == nil {
				t.Error("a session from before lives")
			}
		}
		if _, err := w.try(t, "ida", secret, "192.0.2.1"); fault.Key(err) != "login.wrong" {
			t.Errorf("the old password: %v", err)
		}
		if _, err := w.try(t, "ida", next, "192.0.2.1"); err != nil {
			t.Error(err)
		}
	})
}

func TestCommonPasswords(t *testing.T) {
	for _, bad := range []string{"password1234", "P@ssw0rd2026", "Sommer2026!!", "qwertyuiop12", "aaaaaaaaaaaa", "121212121212", "123456789012", "velkommen123", "Adgangskode1!", "1qaz2wsx3edc", "abcdefghijkl", "KøbenhavnKøbenhavn"} {
		if err := CheckPassword("ida", bad); fault.Key(err) != "password.common" {
			t.Errorf("%q is let through: %v", bad, err)
		}
	}
	for _, good := range []string{"en lang sætning om ænder", "lindeby-kigger-ikke-live", "hest batteri hæfteklamme", "x7#kPq9!vLm2Rt", "blå gynge bag laden", "dragon monkey football"} {
		if err := CheckPassword("ida", good); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
}

func TestLostFactorTakesTwo(t *testing.T) {
	req.Shows(t, "ID-4", "ID-3")
	eachSealed(t, func(t *testing.T, w world) {
		ida, it, boss := w.account(t, "ida"), w.account(t, "it"), w.account(t, "boss")
		ctx := t.Context()
		if _, err := w.AskReset(ctx, ida.ID, it.ID, "mistet"); fault.Key(err) != "factor.none" {
			t.Errorf("a reset of nothing: %v", err)
		}
		a := w.join(t, ida)
		token := w.half(t, "ida", "192.0.2.1")
		whole, _, err := w.Second(ctx, token, Proof{Code: a.code(w.clk.Now())}, from("192.0.2.1"))
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		w.TellWith(func(_ context.Context, _ *db.Tx, p Person, kind string, _ map[string]any) error {
			told = append(told, kind+" "+p.Login)
			return nil
		})
		if _, err := w.AskReset(ctx, ida.ID, ida.ID, "mistet"); fault.Key(err) != "reset.own" {
			t.Errorf("one's own: %v", err)
		}
		id, err := w.AskReset(ctx, ida.ID, it.ID, "telefonen er faldet i havnen")
		if err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{it.ID, ida.ID} {
			if err := w.AnswerReset(ctx, id, who, true); fault.Key(err) != "reset.same" {
				t.Errorf("one person does both: %v", err)
			}
		}
		if err := w.AnswerReset(ctx, id, boss.ID, true); err != nil {
			t.Fatal(err)
		}
		if err := w.AnswerReset(ctx, id, boss.ID, true); !fault.Is(err, fault.NotFound) {
			t.Errorf("twice: %v", err)
		}
		if _, err := w.Session(ctx, whole, true); err == nil {
			t.Error("the session outlives the reset")
		}
		again := w.half(t, "ida", "192.0.2.1")
		if s, err := w.HalfSession(ctx, again); err != nil || s.Half != HalfSetUp {
			t.Errorf("after the reset: %+v, %v", s, err)
		}
		if got := strings.Join(told, ", "); got != "reset.asked ida, reset.done ida" {
			t.Errorf("the owner was told %s", got)
		}
		w.join(t, ida)
		old, err := w.AskReset(ctx, ida.ID, it.ID, "igen")
		if err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(resetFor + time.Second)
		if err := w.AnswerReset(ctx, old, boss.ID, true); !fault.Is(err, fault.NotFound) {
			t.Errorf("a request of yesterday: %v", err)
		}
	})
}

func TestEndOthers(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		p, other := w.account(t, "ida"), w.account(t, "bo")
		var tokens []string
		for range 3 {
			token, err := w.try(t, "ida", secret, "192.0.2.1")
			if err != nil {
				t.Fatal(err)
			}
			tokens = append(tokens, token)
		}
		bo, err := w.try(t, "bo", secret, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.Session(t.Context(), tokens[1], true)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := w.EndOthers(t.Context(), p.ID, s.ID, "test"); err != nil || n != 2 {
			t.Errorf("%d, %v", n, err)
		}
		for i, token := range tokens {
			if _, err := w.Session(t.Context(), token, true); (err == nil) != (i == 1) {
				t.Errorf("session %d: %v", i, err)
			}
		}
		if _, err := w.Session(t.Context(), bo, true); err != nil {
			t.Errorf("%s is logged out as well: %v", other.Login, err)
		}
	})
}
