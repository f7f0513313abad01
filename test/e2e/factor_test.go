package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/req"
)

// code is what an authenticator app with a secret shows at a moment (RFC 6238).
// It is written here a second time, so that a mistake does not agree with
// itself.
func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ReplaceAll(secret, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	var step [8]byte
	binary.BigEndian.PutUint64(step[:], uint64(at.Unix()/30))
	m := hmac.New(sha1.New, key)
	m.Write(step[:])
	sum := m.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1000000)
}

// named is a site that is reached by a name, as passkeys want it.
func named(t *testing.T) *site {
	t.Helper()
	return newSiteAt(t, "localhost", 0)
}

// authenticator gives the browser a device that checks who holds it.
func (b *browser) authenticator() (id webauthn.AuthenticatorID) {
	b.t.Helper()
	b.do(webauthn.Enable(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		id, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		}).Do(ctx)
		return err
	}))
	return id
}

// cookie is the session's token as the browser has it.
func (b *browser) cookie() string {
	b.t.Helper()
	token := ""
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		all, err := network.GetCookies().Do(ctx)
		for _, c := range all {
			if c.Name == "vidne" {
				token = c.Value
				if !c.HTTPOnly || c.SameSite != network.CookieSameSiteLax {
					b.t.Errorf("the cookie is %+v", c)
				}
			}
		}
		return err
	}))
	return token
}

func (b *browser) password(login string) {
	b.t.Helper()
	b.open("/log-ind")
	b.fill("#navn", login)
	b.fill("#adgangskode", password)
	b.click("main form[action='/log-ind'] button[type=submit]")
}

func (b *browser) logOut() {
	b.t.Helper()
	b.do(network.ClearBrowserCookies())
}

// A person joins an app, logs in with it, uses a recovery code once, and ends
// their other sessions.
func TestAppAndRecoveryCodes(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := named(t)
	b := newBrowser(t, s.url)
	b.logIn("karen")
	b.open("/min-konto/app")
	b.accessible("the app's page")
	b.fits("the app's page")
	secret := b.text("#hemmelighed")
	b.fill("#bevis_kode", "000000")
	b.click("main button[type=submit]")
	b.wait("a wrong code is refused", `document.querySelector('.form-error-message')?.innerText.includes('passer ikke')`)
	if again := b.text("#hemmelighed"); again != secret {
		t.Errorf("after a wrong code the secret is %s, it was %s", again, secret)
	}
	b.fill("#bevis_kode", code(t, secret, s.clk.Now()))
	b.click("main button[type=submit]")
	b.wait("the recovery codes are shown", `document.querySelectorAll('#koder li').length === 10`)
	b.accessible("the recovery codes")
	recovery := strings.Fields(b.text("#koder"))
	b.click("main .button-primary")
	b.wait("the account's page says so", `location.pathname === '/min-konto/sikkerhed' && document.body.innerText.includes('Du har 10 ubrugte koder')`)
	b.accessible("the page of what one logs in with")

	b.logOut()
	s.clk.Advance(time.Minute)
	b.password("karen")
	b.wait("the second step is asked for", `location.pathname === '/log-ind/trin-2'`)
	b.accessible("the second step")
	b.size(390, 800)
	b.fits("the second step on a phone")
	b.size(1366, 900)
	half := b.cookie()
	b.open("/sager")
	b.wait("a half session reaches no case", `location.pathname === '/log-ind/trin-2' && new URLSearchParams(location.search).get('til') === '/sager'`)
	b.fill("#bevis_kode", "123456")
	b.click("main button[type=submit]")
	b.wait("a wrong code", `document.querySelector('#refused') !== null`)
	b.fill("#bevis_kode", code(t, secret, s.clk.Now()))
	b.click("main button[type=submit]")
	b.wait("Karen is where she wanted to go", `location.pathname === '/sager'`)
	if b.cookie() == half {
		t.Error("the token was kept across the second step")
	}

	// A recovery code, once.
	use := func() {
		b.logOut()
		b.password("karen")
		b.wait("the second step is asked for", `location.pathname === '/log-ind/trin-2'`)
		b.fill("#bevis_kode", strings.ToUpper(recovery[0]))
		b.click("main button[type=submit]")
	}
	use()
	b.wait("a recovery code lets her in", `location.pathname === '/min-konto/sikkerhed' && document.body.innerText.includes('Du har 9 ubrugte koder')`)
	use()
	b.wait("it does not a second time", `document.querySelector('#refused')?.innerText.includes('brugt')`)
	b.quiet("app and recovery codes")
}

// A passkey is joined, opens a session without a name, and proves who somebody
// is before a grave act, whose reason is not lost.
func TestPasskey(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := named(t)
	s.addCamera("skole-indgang", school, "Hovedindgang", nil, false)
	b := newBrowser(t, s.url)
	device := b.authenticator()
	defer s.run(1)() // a stop waits until the recorder obeys
	b.logIn("karen")
	b.open("/min-konto/noegle")
	b.accessible("the passkey's page")
	b.fill("#navn", "Arbejdstelefon")
	b.click("[data-passkey] button")
	b.wait("the recovery codes are shown", `document.querySelectorAll('#koder li').length === 10`)
	b.open("/min-konto/sikkerhed")
	b.wait("the key is listed", `document.body.innerText.includes('Arbejdstelefon')`)
	b.logOut()

	b.open("/log-ind?til=/kameraer/skole-indgang")
	b.click("[data-passkey] button")
	b.wait("a passkey alone opens a session", `location.pathname === '/kameraer/skole-indgang'`)

	// The camera is stopped, which is never made hard; undoing it is.
	b.open("/kameraer/skole-indgang/stop")
	b.fill("#grund", "Kameraet er drejet mod naboens have")
	b.click("main button[type=submit]")
	b.wait("the camera is stopped", `location.pathname === '/kameraer/skole-indgang'`)
	s.clk.Advance(10 * time.Minute)
	b.open("/min-side")
	s.clk.Advance(10 * time.Minute)
	b.open("/kameraer/skole-indgang/genstart")
	b.fill("#grund", "Kameraet er drejet tilbage")
	before := b.cookie()
	b.click("main button[type=submit]")
	b.wait("a proof is asked for", `document.querySelector('form[data-proof]') !== null`)
	b.accessible("the proof")
	if n := s.entries("camera.restarted"); n != 0 {
		t.Error("the act was done before the proof")
	}
	b.click("[data-passkey] button")
	b.wait("the act goes on", `location.pathname === '/kameraer/skole-indgang'`)
	if s.entries("login.proved") != 1 {
		t.Error("the proof is no entry of the ledger")
	}
	if b.cookie() == before {
		t.Error("the token was kept across the proof")
	}
	b.wait("the reason was not lost", `document.body.innerText.includes('drejet tilbage')`)

	// A device that does not say who holds it opens nothing.
	b.logOut()
	b.do(webauthn.SetUserVerified(device, false))
	b.open("/log-ind")
	b.click("[data-passkey] button")
	b.wait("the browser gives no key", `!document.querySelector('[data-passkey] [role=alert]').hidden`)
	b.quiet("passkeys")
}

// Whoever must have a second factor gets one before anything else.
func TestSecondFactorIsSetUpFirst(t *testing.T) {
	t.Parallel()
	req.Shows(t, "ID-4")
	s := named(t)
	if err := s.people.DemandOf(t.Context(), s.persons["mette"].ID, true, ""); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, s.url)
	b.password("mette")
	b.wait("the set-up is asked for", `location.pathname === '/log-ind/opsaet'`)
	b.accessible("the set-up")
	for _, path := range []string{"/min-side", "/tilsyn/log", "/min-konto/sikkerhed"} {
		b.open(path)
		b.wait("nothing else opens", `location.pathname === '/log-ind/opsaet'`)
	}
	b.click("main .button-primary")
	b.wait("the app's page", `document.querySelector('#hemmelighed') !== null`)
	b.fill("#bevis_kode", code(t, b.text("#hemmelighed"), s.clk.Now()))
	b.click("main button[type=submit]")
	b.wait("the recovery codes are shown", `document.querySelectorAll('#koder li').length === 10`)
	b.click("main .button-primary")
	b.wait("Mette is in", `location.pathname !== '/log-ind/opsaet' && document.querySelector('form[action="/log-ud"]') !== null`)
	b.quiet("the set-up")
}

// A page with personal data is covered when nobody is at it, also when the
// server does not answer; what it showed does not come back before the person
// has shown who they are, and what was typed is still there.
func TestUnattendedScreenIsCovered(t *testing.T) {
	req.Shows(t, "VIEW-7")
	s := newSiteAt(t, "", 2*time.Second)
	b := newBrowser(t, s.url)
	b.logIn("mette")
	b.open("/tilsyn/log")
	b.do(chromedp.Evaluate(`document.querySelector('main input').value = 'noget jeg skriver'`, nil))
	b.wait("the page is covered", `document.body.classList.contains('v-covered') && getComputedStyle(document.querySelector('main')).visibility === 'hidden'`)
	s.until("the session is locked", func() bool { return s.entries("session.locked") == 1 })
	b.accessible("the cover")
	b.size(390, 800)
	b.fits("the cover on a phone")
	b.size(1366, 900)
	// Another window of the same browser reaches nothing either.
	if got := eval[int](b, `fetch('/sager', {headers: {Accept: 'application/json'}}).then(r => r.status)`); got != 403 && got != 401 {
		t.Errorf("a locked session gets %d", got)
	}
	b.press("\t")
	b.click("#v-cover-open")
	b.wait("a proof is asked for", `document.querySelector('#v-cover #bevis_adgangskode') !== null`)
	b.fill("#v-cover #bevis_adgangskode", "forkert")
	b.click("#v-cover form .button-primary")
	b.wait("a wrong password is refused", `!document.getElementById('v-cover-error').hidden`)
	b.fill("#v-cover #bevis_adgangskode", password)
	b.click("#v-cover form .button-primary")
	b.wait("the page is back", `!document.body.classList.contains('v-covered')`)
	if got := eval[string](b, `document.querySelector('main input').value`); got != "noget jeg skriver" {
		t.Errorf("what was typed is %q", got)
	}
	// The server is away: the page is covered all the same.
	away := func(on ...*network.Conditions) chromedp.Action {
		return chromedp.ActionFunc(func(ctx context.Context) error {
			_, err := network.EmulateNetworkConditionsByRule(on).Do(ctx)
			return err
		})
	}
	b.do(network.Enable(), away(&network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}))
	for !eval[bool](b, `fetch('/robots.txt', {cache: 'no-store'}).then(() => false, () => true)`) {
		b.wait("the line is cut", `true`)
	}
	b.wait("the page is covered without the server", `document.body.classList.contains('v-covered')`)
	b.click("#v-cover-open")
	b.wait("it says so", `document.getElementById('v-cover-error').innerText.includes('svarer ikke')`)
	b.do(away([]*network.Conditions{}...))
	s.until("the session is locked when the server is back", func() bool { return s.entries("session.locked") == 2 })
}
