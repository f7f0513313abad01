package e2e

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/staff"
	"vidne.dk/vidne/web"
)

// lettersTo opens what people are written to with, by way of a mail server.
func (s *site) lettersTo(mails *notifytest.Server) func(context.Context, *db.DB) (*notify.Letters, error) {
	return func(ctx context.Context, d *db.DB) (*notify.Letters, error) {
		out, err := notify.Open(ctx, d, s.clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: mails.Port(), From: "vidne@lindeby.example", Plain: true}})
		if err != nil {
			return nil, err
		}
		s.background(out.Run)
		words, err := page.ReadCatalogue(web.Text())
		if err != nil {
			return nil, err
		}
		return &notify.Letters{Out: out, BaseURL: s.url, Words: func(lang, key string, args ...any) string { return words.Text(page.LangOf(lang), key, args...) }}, nil
	}
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// Somebody forgets their password: from the page to log in at, by the code in a
// mail and their second step, to being logged in with the new one. It is done
// on a phone. The code works once, and the old password no more.
func TestAForgottenPassword(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := newSite(t)
	ctx, karen, sent := t.Context(), s.persons["karen"].ID, ""
	s.people.PostWith(func(_ context.Context, _ *db.Tx, p identity.Person, code string, self bool, _ time.Time) error {
		if p.ID != karen || p.Email != "karen@lindeby.example" || !self {
			t.Errorf("a code is sent to %+v", p)
		}
		sent = code
		return nil
	})
	secret := "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
	s.ok(s.people.SetEmail(ctx, karen, "karen@lindeby.example", karen))
	s.ok(s.people.GiveCode(ctx, karen, []byte("Hello!\xde\xad\xbe\xefHello!\xde\xad\xbe\xef"), ""))

	b := newBrowser(t, s.url)
	b.size(390, 844)
	looks := func(where string) {
		b.accessible(where)
		b.fits(where)
		b.quiet(where)
	}
	b.open("/log-ind")
	b.click(`a[href="/log-ind/glemt"]`)
	b.wait("the page of who has forgotten", `location.pathname === '/log-ind/glemt' && document.getElementById('navn') !== null`)
	looks("the page of who has forgotten")
	b.click(submit)
	b.wait("it says what is missing", `document.querySelector('[role=alert] a[href="#navn"]') !== null`)
	b.fill("#navn", "Karen")
	b.click(submit)
	b.wait("the code's page", `location.pathname === '/log-ind/kode' && document.body.innerText.includes('Se efter en mail med en kode')`)
	looks("the code's page")
	if err := s.people.SendCodes(ctx); err != nil || sent == "" {
		t.Fatalf("the code %q, %v", sent, err)
	}
	b.fill("#kode", "0000-0000-0000-0000")
	b.click(submit)
	b.wait("a wrong code opens nothing", `document.querySelector('[role=alert] a[href="#kode"]') !== null && !document.body.innerText.includes('Karen')`)
	b.fill("#kode", strings.ToUpper(sent))
	b.click(submit)
	b.wait("a new one can be chosen", `document.getElementById('ny_adgangskode') !== null && document.body.innerText.includes('Karen Holm')`)
	looks("choosing a password")

	const fresh = "syv gæs i regnvejr på torvet"
	choose := func(again, second string) {
		b.fill("#ny_adgangskode", fresh)
		b.fill("#igen_adgangskode", again)
		b.fill("#bevis_kode", second)
		b.click(submit)
	}
	choose("noget andet end det", code(t, secret, s.clk.Now()))
	b.wait("it was typed in two ways", `document.querySelector('[role=alert] a[href="#igen_adgangskode"]') !== null && document.getElementById('ny_adgangskode').value === ''`)
	looks("typed in two ways")
	choose(fresh, "000000")
	b.wait("a wrong second step", `document.querySelector('#refused') !== null`)
	looks("a wrong second step")
	choose(fresh, code(t, secret, s.clk.Now()))
	b.wait("it is kept", `location.pathname === '/log-ind' && document.body.innerText.includes('Din nye adgangskode er gemt')`)
	looks("the page to log in at, afterwards")
	if eval[bool](b, `document.cookie !== ''`) || b.cookie() != "" {
		t.Error("choosing a password logged her in")
	}

	s.clk.Advance(time.Minute) // a code of the app is good for once
	logIn := func(with string) {
		b.open("/log-ind")
		b.fill("#navn", "karen")
		b.fill("#adgangskode", with)
		b.click("main form[action='/log-ind'] button[type=submit]")
	}
	logIn(password)
	b.wait("the old one is refused", `document.querySelector('#refused, [role=alert]') !== null && location.pathname === '/log-ind'`)
	logIn(fresh)
	b.wait("the second step is asked for", `location.pathname === '/log-ind/trin-2'`)
	b.fill("#bevis_kode", code(t, secret, s.clk.Now()))
	b.click(submit)
	b.wait("Karen is in", `location.pathname === '/min-side' && document.readyState !== 'loading'`)
	b.logOut()
	b.open("/log-ind/kode")
	b.fill("#kode", sent)
	b.click(submit)
	b.wait("the code works once", `document.querySelector('[role=alert] a[href="#kode"]') !== null`)
	b.quiet("a forgotten password")
}

var receiptLink = regexp.MustCompile(`/kvittering/[A-Z2-7]{26}`)

// An employee without an account opens the mail's link on a phone, reads the
// notice in their language and confirms it; whoever keeps the roll sees it at
// once. Nobody logs in, and no script or cookie is needed.
func TestAReceiptByLinkOnAPhone(t *testing.T) {
	t.Parallel()
	req.Shows(t, "INFO-3")
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	mails := notifytest.New(t, func(m *notifytest.Server) { m.NoTLS = true })
	s.letters = s.lettersTo(mails)
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	s.addCamera(cameraEntrance, school, "Hovedindgang", nil, true)
	s.ok(s.register.Hold(t.Context(), register.Holder{ID: "h-karen", Controller: controller, Body: "manager", Location: school, Person: s.persons["karen"].ID, Name: "Karen Holm"}))
	room, ok := s.rooms.Cases.Staff.(*staff.Room)
	if !ok {
		t.Fatal("nobody keeps rolls")
	}
	s.ok(room.Tick(t.Context()))

	office, here := newBrowser(t, s.url), "/personale/"+school
	office.logIn("karen")
	office.open(here + "/ny")
	office.fillForm(values{"slags": {"employee"}, "navn": {"Anders Møller"}, "mail": {"anders@lindeby.example"}, "sprog": {"en"}, "fra": {"2024-08-01"}})
	office.arrives(submit, "Anders is on the roll", said("personale-tilfoejet"))
	office.arrives(`form[action="`+here+`/send"] button`, "the notice is on its way", said("personale-sendt"))
	link := ""
	s.until("the mail has come", func() bool {
		for _, m := range mails.Taken() {
			link = receiptLink.FindString(m.Text)
		}
		return link != ""
	})

	phone := newBrowser(t, s.url)
	phone.size(390, 844)
	looks := func(where string) {
		phone.accessible(where)
		phone.fits(where)
		phone.quiet(where)
	}
	phone.open(link)
	phone.wait("it speaks Anders' language", `document.documentElement.lang === 'en' && document.body.innerText.includes('Anders Møller')`)
	looks("the notice in English")
	phone.open(link + "?sprog=da")
	phone.wait("it speaks Danish", `document.documentElement.lang === 'da' && document.querySelector('main form button').innerText === 'Jeg har læst det'`)
	looks("the notice")
	phone.shot("kvittering-390")
	if text := phone.text("main"); !strings.Contains(text, "14 dage") {
		t.Errorf("the notice says %q", text)
	}
	phone.click(submit)
	phone.wait("it is confirmed", `document.body.innerText.includes('Din kvittering er modtaget') && document.querySelector('main form') === null`)
	looks("the receipt")
	phone.shot("kvittering-givet-390")
	if phone.cookie() != "" || eval[string](phone, `document.cookie`) != "" {
		t.Error("the link left a cookie")
	}
	if s.entries("staff.received") != 1 {
		t.Error("the receipt is no entry of the ledger")
	}
	phone.open("/kvittering/" + strings.Repeat("A", 26) + "?sprog=da")
	phone.wait("a code that is none opens nothing", `!document.body.innerText.includes('Anders')`)
	phone.accessible("a code that is none")

	office.open(here)
	roll := must[staff.Roll](t)(room.Of(t.Context(), controller, school))
	if all, have := roll.Count(); all != 1 || have != 1 || len(roll.Lacks()) != 0 {
		t.Errorf("%d of %d have confirmed, lacking %+v", have, all, roll.Lacks())
	}
	if text := office.text("main"); !strings.Contains(text, "Anders Møller") {
		t.Errorf("the roll says %q", text)
	}
	office.quiet("the roll")
}
