package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/live"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
)

// newLiveSite is a site whose live view tells people by mail. change may change
// what the process says of it.
func newLiveSite(t *testing.T, change func(*casework.Live)) (*site, *notifytest.Server) {
	t.Helper()
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}}
	mails := notifytest.New(t, func(m *notifytest.Server) { m.NoTLS = true })
	s.live = func(ctx context.Context, d *db.DB) (*live.Room, error) {
		letters, err := s.lettersTo(mails)(ctx, d)
		if err != nil {
			return nil, err
		}
		return live.Open(ctx, live.Config{DB: d, Ledger: s.ledger, Clock: s.clk, Issuer: s.issuer, Register: s.register, People: s.people, Engine: engineID,
			Terms: func(ctx context.Context, controller string) (casework.Live, error) {
				terms, err := s.rooms.Cases.Live(ctx, controller)
				terms.Reasons = slices.Clone(terms.Reasons)
				change(&terms)
				return terms, err
			},
			Mail: letters})
	}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	for _, login := range []string{"karen", "mette", "jonas"} {
		if err := s.people.SetEmail(t.Context(), s.persons[login].ID, login+"@lindeby.example", ""); err != nil {
			t.Fatal(err)
		}
	}
	return s, mails
}

// banner is how much of the lower left corner of the live picture is letters
// and how much the box that they stand in, in hundredths.
const banner = `(() => {
  const v = document.querySelector('.v-live-one video'), c = document.createElement('canvas');
  c.width = v.videoWidth; c.height = v.videoHeight;
  if (!c.width) return [0, 0];
  const g = c.getContext('2d', {willReadFrequently: true});
  g.drawImage(v, 0, 0);
  const y0 = Math.floor(c.height*0.91), d = g.getImageData(Math.floor(c.width/50), y0, Math.floor(c.width*0.3), Math.floor(c.height*0.05)).data;
  let bright = 0, dark = 0;
  for (let p = 0; p < d.length; p += 4) { const l = 0.299*d[p] + 0.587*d[p+1] + 0.114*d[p+2]; if (l > 190) bright++; if (l < 110) dark++; }
  return [Math.round(400*bright/d.length), Math.round(400*dark/d.length)];
})()`

// Refused by default; asked for; answered by another in another browser; seen
// with the name in the picture; told to those who answer for it; ended by the
// other; and not again before it is written down what it was for.
func TestLiveView(t *testing.T) {
	req.Shows(t, "VIEW-2", "ID-3", "LOG-1")
	s, mails := newLiveSite(t, func(*casework.Live) {})
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cam := s.camera(testcam.Small)
	s.addCamera(cameraEntrance, school, "Hovedindgang", cam, true)
	submit := `main form button[type=submit]`
	look := func(b *browser, where string) {
		t.Helper()
		b.accessible(where)
		b.fits(where)
		b.size(390, 844)
		b.fits(where + " on a phone")
		b.size(1366, 900)
	}

	// A private business's process opens nothing at all.
	ctx := t.Context()
	ok(s.register.AddController(ctx, register.Controller{ID: "kadence", Name: "Kadence", Kind: register.Business, Contact: "Torvet 2"}, ""))
	ok(s.register.AddLocation(ctx, register.Location{ID: "kadence-butik", Controller: "kadence", Name: "Butikken", Manager: "Erik Bro"}, ""))
	amira := must[identity.Person](t)(s.people.Create(ctx, identity.NewAccount{Login: "amira", Name: "Amira Haddad", Controller: "kadence", Roles: []string{string(access.Operator)}, Password: password}, ""))
	_, err := s.rights.InForce(ctx, "kadence", amira.ID, "kadence-butik")
	ok(err)
	b := newBrowser(t, s.url)
	b.logIn("amira")
	b.open("/direkte/ny")
	if text := b.text("main"); !strings.Contains(text, "tillader ikke direkte visning") || !strings.Contains(text, "Forsøget står i loggen") {
		t.Errorf("it says %q", text)
	}
	look(b, "refused by the process")
	if n := s.entries("live.denied"); n != 1 {
		t.Errorf("%d refusals are logged", n)
	}

	// Karen has been logged in for so long that she must show who she is.
	boss := newBrowser(t, s.url)
	boss.logIn("karen")
	for range 2 {
		s.clk.Advance(identity.Fresh/2 + time.Minute)
		boss.open("/min-side")
	}
	s.run(1)
	s.until("the entrance records", func() bool { return s.recorded(cameraEntrance) >= 3 })

	jonas := newBrowser(t, s.url)
	jonas.logIn("jonas")
	jonas.open("/direkte")
	look(jonas, "nobody has asked")
	jonas.click(`main a[href="/direkte/ny"]`)
	jonas.wait("it asks why", `document.getElementById('ord') !== null`)
	look(jonas, "asking")
	jonas.click(submit)
	jonas.wait("it says what is missing", `document.querySelector('.v-error-summary a[href="#ord"]') !== null && location.pathname === '/direkte/ny'`)
	jonas.accessible("asking, with errors")
	jonas.click(`input[name=grund][value=danger]`)
	jonas.fill("#ord", "En mand truer folk med kniv ved indgangen, og politiet er på vej.")
	jonas.wait("the camera can be chosen", `(() => { const e = document.querySelector('input[name=kamera]'); if (!e.checked) e.click(); return e.checked; })()`)
	jonas.fill("#minutter", "5")
	jonas.click(submit)
	jonas.wait("it is asked for", `/^\/direkte\/[0-9a-f]{32}$/.test(location.pathname)`)
	here := eval[string](jonas, `location.pathname`)
	look(jonas, "waiting for an answer")
	if code := eval[int](jonas, `fetch(`+quote(here)+` + '/svar').then(r => r.status)`); code != 403 {
		t.Errorf("Jonas answers himself: %d", code)
	}

	// Another answers exactly that, in another browser.
	boss.open("/min-side")
	boss.click(`main a[href="` + here + `/svar"]`)
	boss.wait("it asks for an answer", `document.querySelector('input[name=svar]') !== null`)
	for _, said := range []string{"Jonas Lund", "Lindeby Skole", "Hovedindgang", "truer folk med kniv", "5 minutter"} {
		if text := boss.text("main"); !strings.Contains(text, said) {
			t.Errorf("what is answered does not say %q", said)
		}
	}
	look(boss, "the answer")
	boss.click(`input[name=svar][value=ja]`)
	boss.click(submit)
	boss.wait("she must show who she is", `document.querySelector('#bevis_adgangskode') !== null`)
	boss.fill("#bevis_adgangskode", password)
	boss.click(submit)
	boss.wait("it is answered", `location.pathname === `+quote(here))

	// Seen: the picture with the name in it, a moment old, and counted down.
	jonas.open("/min-side")
	jonas.click(`main a[href="` + here + `/begynd"]`)
	jonas.wait("it says what it means", `location.pathname.endsWith('/begynd')`)
	look(jonas, "before it begins")
	jonas.click(submit)
	jonas.wait("a live picture", `document.querySelector('.v-live-one video')?.videoWidth > 0 && document.querySelector('.v-live-wait').hidden`)
	jonas.wait("the picture goes on", `(window.__t ??= document.querySelector('video').currentTime, document.querySelector('video').currentTime > window.__t + 1)`)
	jonas.wait("the name is in the picture", `(([bright, dark]) => bright > 3 && dark > 25)(`+banner+`)`)
	jonas.wait("it is a moment old", `Number(document.getElementById('direkte').dataset.behind) < 4000`)
	jonas.wait("it is counted down", `/^[0-4]:[0-5][0-9]$/.test(document.getElementById('tilbage').textContent)`)
	look(jonas, "the live picture")
	jonas.shot("direkte-rigtig-1366")

	// Told: on the front page and by mail, without a name.
	dpo := newBrowser(t, s.url)
	dpo.logIn("mette")
	if text := dpo.text("main"); !strings.Contains(text, "Jonas Lund ser kameraer direkte nu") {
		t.Errorf("the DPO reads %q", text)
	}
	dpo.accessible("the DPO's front page")
	var told string
	s.until("the mails are there", func() bool {
		for _, m := range mails.Drain() {
			told += m.To + " " + m.Subject + "\n"
			for _, secret := range []string{"Jonas", "Hovedindgang", "kniv", "Skole"} {
				if strings.Contains(m.Subject+m.Text, secret) {
					t.Errorf("a mail says %q: %s", secret, m.Text)
				}
			}
		}
		return strings.Count(told, "\n") >= 3
	})
	for _, want := range []string{"karen@lindeby.example", "jonas@lindeby.example", "mette@lindeby.example"} {
		if !strings.Contains(told, want) {
			t.Errorf("%s was told nothing: %s", want, told)
		}
	}
	// Nobody else sees the picture, though they may see that it is on.
	if code := eval[int](dpo, `fetch(`+quote(here)+` + '/billeder?kamera=`+cameraEntrance+`').then(r => r.status)`); code != 404 {
		t.Errorf("the DPO's picture is answered by %d", code)
	}

	// Ended by the other of the two, at once.
	boss.open(here + "/slut")
	boss.accessible("ending it")
	boss.click(submit)
	boss.wait("it is ended", `location.pathname === `+quote(here))
	jonas.wait("the picture is gone", `document.getElementById('direkte').dataset.state === 'cut' && !document.querySelector('video').src`)
	if key := eval[string](jonas, `document.getElementById('direkte').dataset.cut`); key != "live.ended" {
		t.Errorf("it was cut because of %q", key)
	}
	look(jonas, "after it was cut")
	look(boss, "the request when it is over")

	// No note within a day: no next time. With it there is.
	s.clk.Advance(live.NoteWithin)
	jonas.logIn("jonas")
	jonas.open("/direkte/ny")
	if text := jonas.text("main"); !strings.Contains(text, "mangler at skrive notat") {
		t.Errorf("without a note it says %q", text)
	}
	look(jonas, "refused for want of a note")
	jonas.click(`main a[href="` + here + `/note"]`)
	jonas.wait("it asks for the note", `document.getElementById('ord') !== null`)
	look(jonas, "the note")
	jonas.fill("#ord", "Manden blev fulgt til cykelskuret, og politiet anholdt ham kl. 21.14.")
	jonas.click(submit)
	jonas.wait("it is written", `location.pathname === '/min-side'`)
	jonas.open("/direkte/ny")
	jonas.wait("it can be asked again", `document.getElementById('ord') !== null`)
	for kind, want := range map[string]int{"live.asked": 1, "live.approved": 1, "live.begun": 1, "live.ended": 1, "live.noted": 1, "live.denied": 2} {
		if n := s.entries(kind); n != want {
			t.Errorf("%d entries of %s, not %d", n, kind, want)
		}
	}
	for _, x := range []*browser{b, boss, jonas, dpo} {
		x.quiet("live view")
	}
}

// Where the process opens it, one person begins alone in danger to life: the
// others are told at once, and one of them reviews it. And the angle of a camera
// is checked by one picture at a time, three times a day.
func TestLiveViewAloneAndTheCheckOfAnAngle(t *testing.T) {
	req.Shows(t, "VIEW-2", "VIEW-6")
	s, mails := newLiveSite(t, func(l *casework.Live) { l.Allow, l.Reasons[0].Alone = casework.LiveEmergency, true })
	s.addCamera(cameraEntrance, school, "Hovedindgang", s.camera(testcam.Small), true)
	s.run(1)
	s.until("the entrance records", func() bool { return s.recorded(cameraEntrance) >= 3 })
	submit := `main form button[type=submit]`
	jonas := newBrowser(t, s.url)
	jonas.logIn("jonas")
	jonas.open("/direkte/ny")
	jonas.click(`a[href^="/direkte/alene"]`)
	jonas.wait("it asks for the emergency", `location.pathname === '/direkte/alene' && document.getElementById('ord') !== null`)
	jonas.accessible("the emergency")
	jonas.click(`input[name=grund][value=danger]`)
	jonas.fill("#ord", "Der er skud i gården, og ingen af lederne kan nås.")
	jonas.click(`input[name=kamera]`)
	jonas.click(submit)
	jonas.wait("a live picture at once", `document.querySelector('.v-live-one video')?.videoWidth > 0 && document.querySelector('.v-live-wait').hidden`)
	jonas.wait("ten minutes at most", `/^(9:[0-5][0-9]|10:00)$/.test(document.getElementById('tilbage').textContent)`)
	told := ""
	s.until("two are told", func() bool {
		for _, m := range mails.Drain() {
			told += m.To + " " + m.Subject + "; "
		}
		return strings.Contains(told, "karen@") && strings.Contains(told, "mette@")
	})
	here := strings.TrimSuffix(eval[string](jonas, `location.pathname`), "/se")
	jonas.click(`.v-live-head button`)
	jonas.wait("the note is asked for", `location.pathname.endsWith('/note')`)
	if code := eval[int](jonas, `fetch(`+quote(here)+` + '/kontrol').then(r => r.status)`); code != 403 {
		t.Errorf("Jonas reviews himself: %d", code)
	}
	dpo := newBrowser(t, s.url)
	dpo.logIn("mette")
	dpo.click(`main a[href="` + here + `/kontrol"]`)
	dpo.wait("it asks for the review", `document.querySelector('input[name=dom]') !== null`)
	dpo.accessible("the review")
	dpo.click(`input[name=dom][value=ja]`)
	dpo.fill("#ord", "Der var fare for liv, og ingen kunne svare i tide.")
	dpo.click(submit)
	dpo.wait("it is reviewed", `location.pathname === `+quote(here))
	for kind, want := range map[string]int{"live.alone": 1, "live.ended": 1, "live.reviewed": 1, "live.denied": 1} {
		if n := s.entries(kind); n != want {
			t.Errorf("%d entries of %s, not %d", n, kind, want)
		}
	}

	angle := "/kameraer/" + cameraEntrance + "/vinkel"
	jonas.open("/kameraer/" + cameraEntrance)
	jonas.click(`a[href="` + angle + `"]`)
	for n := range 4 {
		jonas.wait("it asks for the reason", `document.querySelector('input[name=grund][value=technician]') !== null`)
		jonas.click(`input[name=grund][value=technician]`)
		jonas.click(submit)
		if n == 3 {
			break
		}
		jonas.wait("one picture comes", `document.querySelector('.v-still img')?.naturalWidth === 640`)
		if n == 0 {
			jonas.accessible("the picture of the angle")
			jonas.fits("the picture of the angle")
			jonas.shot("kameravinkel-rigtig-1366")
		}
		jonas.open(angle)
	}
	jonas.wait("three a day are the most", `document.querySelector('main').innerText.includes('som du må hente i dag')`)
	jonas.accessible("no more today")
	if n := s.entries("still.check"); n != 3 {
		t.Errorf("%d checks are logged", n)
	}
	for _, x := range []*browser{jonas, dpo} {
		x.quiet("alone and angles")
	}
}
