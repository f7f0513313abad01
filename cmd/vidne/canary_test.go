package main

import (
	"bytes"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/testcam"
)

// secret is something that only those may hold who need it. A planted one is a
// canary: it is found again wherever it was written.
type secret struct {
	name  string
	value []byte
}

// spellings are the ways in which a secret gets into texts.
func (s secret) spellings() map[string][]byte {
	v := s.value
	out := map[string][]byte{
		"as it is": v, "hex": []byte(hex.EncodeToString(v)), "HEX": []byte(strings.ToUpper(hex.EncodeToString(v))),
		"in an address": []byte(url.QueryEscape(string(v))), "in a path": []byte(url.PathEscape(string(v))),
		"base32":  []byte(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(v)),
		"Go's %v": []byte(strings.Trim(fmt.Sprint(v), "[]")),
	}
	// Base64 within something longer begins at any of three places; the letters at
	// the edges depend on what stands beside it.
	for shift := range 3 {
		long := append(bytes.Repeat([]byte{0}, shift), v...)
		for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := e.EncodeToString(long)
			out[fmt.Sprintf("%s shifted by %d", name, shift)] = []byte(text[2*((shift+1)/2)+min(shift, 1) : len(text)-2])
		}
	}
	return out
}

// haystack is what the system wrote: place to bytes.
type haystack map[string][]byte

// find tells every place that holds a secret, never the secret itself.
func (h haystack) find(all []secret) (found []string) {
	for _, s := range all {
		for spelling, needle := range s.spellings() {
			if len(needle) < 8 || spelling != "as it is" && bytes.Equal(needle, s.value) {
				continue
			}
			for place, text := range h {
				if i := bytes.Index(text, needle); i >= 0 {
					found = append(found, fmt.Sprintf("%s stands %s in %s, after %q", s.name, spelling, place, text[max(0, i-60):i]))
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// files adds every file below dir but those that are where secrets belong,
// which must be their owner's alone.
func (h haystack) files(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if belongs(rel) {
			info, err := d.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s can be read by others: %o", rel, info.Mode().Perm())
			}
			return err
		}
		h["the file "+rel], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// belongs says that a file is where a secret belongs.
func belongs(rel string) bool {
	return strings.HasSuffix(rel, ".key") || strings.HasSuffix(rel, ".secret") || strings.HasPrefix(rel, filepath.Join("engine", "keys")+string(filepath.Separator))
}

// TestTheCanaryIsHeard: a secret that is written, in whatever spelling, is
// found. Without this the test below could pass because it is deaf.
func TestTheCanaryIsHeard(t *testing.T) {
	s := secret{"canary", []byte("kanariefugl-4711-æøå+/=?")}
	for name, leak := range map[string]string{
		"plain": "time=now msg=x password=" + string(s.value), "hex": "key " + hex.EncodeToString(s.value),
		"basic authentication": "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("admin:"+string(s.value))),
		"plain authentication": base64.StdEncoding.EncodeToString([]byte("\x00vidne\x00" + string(s.value))),
		"shifted by two":       base64.URLEncoding.EncodeToString([]byte("ab" + string(s.value) + "cd")),
		"an address":           "rtsp://admin:" + url.PathEscape(string(s.value)) + "@10.0.0.4/", "a form": "adgangskode=" + url.QueryEscape(string(s.value)),
		"an app's address": "otpauth://totp/x?secret=" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s.value),
		"numbers":          fmt.Sprintf("key=%v", s.value),
	} {
		if len(haystack{"log": []byte(leak)}.find([]secret{s})) == 0 {
			t.Errorf("%s is not heard", name)
		}
	}
	if got := (haystack{"log": []byte("nothing to see")}).find([]secret{s}); len(got) > 0 {
		t.Error(got)
	}
}

// TestNoSecretIsWrittenAnywhere runs both halves with secrets planted wherever
// there is a place for one, does with them what people do, right and wrong, and
// looks through everything that was written.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	r := newRoost(t)
	r.peopleLogIn()
	r.cameraIsSetUp()
	r.mailAndHooks()
	r.everyPageAsEverybody()
	r.engineIsAsked()

	h := r.written()
	if len(r.secrets) < 25 {
		t.Errorf("only %d secrets were planted", len(r.secrets))
	}
	for _, s := range h.find(r.secrets) {
		t.Error(s)
	}
	// The ears are open: something of each sort was written at all.
	for place, part := range map[string]string{"the log": "level=DEBUG", "the mails": "Subject:", "what ffmpeg was told": "-i", "the engine's numbers": "vidne_", "the file portal/portal.db": "login.refused", "error pages": "<html"} {
		if !bytes.Contains(h[place], []byte(part)) {
			t.Errorf("%s (%d bytes) lacks %q: is it still looked at?", place, len(h[place]), part)
		}
	}
	h["the file portal/portal.db"] = append(h["the file portal/portal.db"], r.secrets[0].value...)
	if len(h.find(r.secrets)) != 1 {
		t.Error("one that was planted in the database at the end is not found")
	}
}

// peopleLogIn does what can be done with passwords, codes and cookies.
func (r *roost) peopleLogIn() {
	right, wrong := r.plant("a password", ""), r.plant("a wrong password", "")
	next, typed := r.plant("a new password", ""), r.plant("a password typed as a name", "")
	app := r.plantBytes("an app's secret", 20)
	p := r.person("karen", access.Coordinator, right)
	r.must(r.o.people.GiveCode(r.t.Context(), p.ID, app, "test"))
	codes, err := r.o.people.MakeRecovery(r.t.Context(), p.ID)
	r.must(err)
	for _, c := range codes[:3] {
		r.keep("a recovery code", []byte(c))
		r.keep("a recovery code without its line", []byte(strings.ReplaceAll(c, "-", "")))
	}
	b := r.browser()
	b.post("/log-ind", url.Values{"navn": {"karen"}, "adgangskode": {wrong}})
	b.show("/log-ind", url.Values{"navn": {typed}, "adgangskode": {wrong}})            // asked of the directory too, which is away; the field is shown again
	b.post("/log-ind?adgangskode=x", url.Values{"navn": {""}, "adgangskode": {right}}) // forgot the name
	b.post("/log-ind", url.Values{"navn": {"karen"}, "adgangskode": {right}})
	b.post(page.SecondPath, url.Values{page.ProofCode: {codes[1] + "x"}})
	b.post(page.SecondPath, url.Values{page.ProofCode: {"000000"}})
	if w := b.post(page.SecondPath, url.Values{page.ProofCode: {codes[0]}}); w.code != http.StatusSeeOther {
		r.t.Errorf("the second step: %d", w.code)
	}
	// A second person, without a second step, does the rest.
	other := r.plant("another's password", "")
	r.person("birthe", access.Coordinator, other)
	b = r.browser()
	b.post("/log-ind", url.Values{"navn": {"birthe"}, "adgangskode": {other}})
	if w := b.get("/min-side"); w.code != http.StatusOK {
		r.t.Fatalf("not logged in: %d", w.code)
	}
	r.coordinator = b
	b.post("/min-konto/mail", url.Values{"email": {"birthe@lindeby.example"}})
	feed := regexp.MustCompile(`/kalender/([A-Za-z0-9_-]{20,})\.ics`).FindStringSubmatch(b.show("/min-konto/kalender", url.Values{}).body)
	if feed == nil {
		r.t.Fatal("no calendar")
	}
	r.keep("a calendar's address", []byte(feed[1]))
	r.browser().get(feed[0])
	b.post("/min-konto/adgangskode", url.Values{"gammel_adgangskode": {wrong}, "ny_adgangskode": {next}, "igen_adgangskode": {next}})
	b.post("/min-konto/adgangskode", url.Values{"gammel_adgangskode": {other}, "ny_adgangskode": {next}, "igen_adgangskode": {wrong}})
	if w := b.post("/min-konto/adgangskode", url.Values{"gammel_adgangskode": {other}, "ny_adgangskode": {next}, "igen_adgangskode": {next}}); w.code != http.StatusSeeOther {
		r.t.Errorf("the password is not changed: %d", w.code)
	}
	b.post("/min-konto/kalender/slet", url.Values{})
	r.browser().get(feed[0]) // an address that is nobody's any more
	// A form whose session is gone keeps what was typed, and no password.
	lost := r.browser()
	lost.cookie("vidne", r.plant("a session that is over", ""))
	lost.post("/min-konto/adgangskode", url.Values{"gammel_adgangskode": {right}, "ny_adgangskode": {next}, "igen_adgangskode": {next}})
	lost.post("/kameraer/sal/forbindelse", url.Values{"bruger": {"admin"}, "adgangskode": {wrong}})
	r.single()
}

// single logs in at a provider, once with a code that is refused.
func (r *roost) single() {
	sub := "7f0c"
	r.op.Add(sub, map[string]any{"name": "Ole Vind", "preferred_username": "ole", "groups": []string{"drift"}})
	for _, broken := range []bool{true, false} {
		b := r.browser()
		w := b.show("/log-ind/ekstern/entra", url.Values{}) // the page that leads there
		at := regexp.MustCompile(`https?://[^"]*/authorize\?[^"]*`).FindString(html.UnescapeString(w.body))
		if at == "" {
			r.t.Fatalf("nobody is sent to the provider: %d\n%s", w.code, w.body)
		}
		back := r.op.LogIn(sub, at)
		r.keep("a state", []byte(back.Get("state")))
		if broken {
			r.op.Do(func() { r.op.Token = func(a map[string]any) { a["id_token"] = "e30.e30.e30" } })
		} else {
			r.op.Do(func() { r.op.Token = func(a map[string]any) { r.tokens(a) } })
		}
		if w := b.get("/log-ind/ekstern/entra/svar?" + back.Encode()); broken == (w.code == http.StatusSeeOther && w.to == "/min-side") {
			r.t.Errorf("at the provider, broken %v: %d to %q", broken, w.code, w.to)
		}
	}
}

// tokens are kept as secrets too.
func (r *roost) tokens(a map[string]any) {
	for _, name := range []string{"id_token", "access_token", "refresh_token"} {
		if s, ok := a[name].(string); ok && len(s) >= 16 {
			r.keep("the provider's "+name, []byte(s[len(s)-min(len(s), 60):]))
		}
	}
}

// cameraIsSetUp gives a camera its password in the portal, wrong and right, and
// lets the engine look and record.
func (r *roost) cameraIsSetUp() {
	t, ctx, o := r.t, r.t.Context(), r.o
	right, wrong := r.plant("a camera's password", ""), r.plant("a camera's wrong password", "")
	clip, err := testcam.Open(testcam.Tiny)
	r.must(err)
	cam, err := testcam.Start(testcam.Options{Clip: clip, Login: testcam.LoginDigest, User: "admin", Password: right})
	r.must(err)
	t.Cleanup(cam.Close)
	r.must(o.register.AddLocation(ctx, register.Location{ID: "havnen", Controller: kadence, Name: "Havnen"}, "test"))
	r.must(o.register.AddCamera(ctx, register.Camera{ID: "sal", Controller: kadence, Location: "havnen", Name: "Salen", Mounting: "Hjørne, 3 m", Purpose: "Opklare tyveri og hærværk uden for åbningstiden", Engine: o.cfg.EngineID}, "test"))
	b, address := r.coordinator, cam.URL()
	set := func(address, password string) answer {
		return b.post("/kameraer/sal/forbindelse", url.Values{"adresse": {address}, "transport": {"auto"}, "bruger": {"admin"}, "adgangskode": {password}})
	}
	if w := set(strings.Replace(address, "rtsp://", "rtsp://admin:"+right+"@", 1), right); w.code != http.StatusUnprocessableEntity {
		t.Errorf("a password in the address: %d", w.code)
	}
	if w := set(address, wrong); w.code != http.StatusSeeOther {
		t.Errorf("the connection is not kept: %d %s", w.code, w.body)
	}
	b.post("/kameraer/sal/forbindelse/undersoeg", url.Values{})
	set(address, right)
	b.post("/kameraer/sal/forbindelse/undersoeg", url.Values{})
	id, p, err := playUntil(ctx, o, kadence, "sal", "record")
	r.must(err)
	r.must(p.Step(ctx, id, "record"))
	r.await("the camera records", func() bool {
		s, err := o.client.Status(ctx)
		return err == nil && slices.ContainsFunc(s.Cameras, func(c engineapi.CameraStatus) bool { return c.Camera == "sal" && c.State == engineapi.StateRecording })
	})
	// A picture of the camera as it stands: ffmpeg is asked.
	r.await("ffmpeg is asked", func() bool {
		var signed *permit.Signed
		r.must(o.db.Write(ctx, func(tx *db.Tx) (err error) {
			signed, err = o.issuer.Ticket(ctx, tx, &permit.Still{Head: o.head(kadence), Camera: "sal", Person: "p-1", Purpose: "Opsætning", Expires: o.clock.Now().Add(time.Minute).Truncate(time.Microsecond), Text: "Anna Berg"})
			return err
		}))
		jpeg, err := o.client.Still(ctx, engineapi.StillQuery{Camera: "sal"}, engineapi.Pass{Statement: signed.Encode(), Whence: "192.0.2.1"})
		return err == nil && len(jpeg) > 0
	})
	// The camera's password changes behind our back.
	_, err = o.issuer.Issue(ctx, nil, &permit.Camera{Head: o.head(kadence), Camera: "sal", Name: "Salen", URL: address, Transport: permit.TransportAuto, Sealed: r.seal("sal", wrong)})
	r.must(err)
	r.await("the engine is refused by the camera", func() bool {
		s, err := o.client.Status(ctx)
		return err == nil && slices.ContainsFunc(s.Cameras, func(c engineapi.CameraStatus) bool { return c.Camera == "sal" && c.State != engineapi.StateRecording })
	})
}

// mailAndHooks waits until a mail and a call have left.
func (r *roost) mailAndHooks() {
	r.await("a mail leaves", func() bool { return len(r.mail.Taken()) > 0 })
}

// everyPageAsEverybody asks for every address there is, as somebody, as nobody,
// with rubbish in it, and posts nothing to it.
func (r *roost) everyPageAsEverybody() {
	gap := regexp.MustCompile(`\{[^}]*\}`)
	for _, route := range r.o.portal.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if strings.HasSuffix(path, "/tilstand") || path == "/log-ud" || strings.HasPrefix(path, "/storybook") {
			continue
		}
		path = gap.ReplaceAllString(path, "sal")
		for _, b := range []*browser{r.coordinator, r.browser()} {
			b.do(method, path, url.Values{"q": {"x"}})
		}
	}
}

// engineIsAsked knocks at the engine with a wrong secret, and reads its numbers.
func (r *roost) engineIsAsked() {
	ctx := r.t.Context()
	wrong := engineapi.NewClient(r.engine, r.plant("a wrong bearer secret", ""), nil)
	if _, err := wrong.Status(ctx); err == nil {
		r.t.Error("anybody may ask the engine")
	}
	var err error
	r.metrics, err = r.o.client.Metrics(ctx)
	r.must(err)
}

// await waits for something that comes by itself.
func (r *roost) await(what string, so func() bool) {
	r.t.Helper()
	clk := clock.System()
	for end := clk.Mono() + 60*time.Second; !so(); {
		if clk.Mono() > end {
			r.t.Fatalf("it never came: %s\n%s", what, r.log.tail())
		}
		r.must(clock.Sleep(r.t.Context(), clk, 50*time.Millisecond))
	}
}

func (r *roost) person(login string, role access.Role, password string) identity.Person {
	p, err := r.o.people.Create(r.t.Context(), identity.NewAccount{Login: login, Name: "Navn " + login, Controller: kadence, Roles: []string{string(role)}, Language: "da", Password: password, Email: login + "@lindeby.example"}, "test")
	r.must(err)
	return p
}

func (r *roost) seal(camera, password string) []byte {
	who, err := r.o.client.Identity(r.t.Context())
	r.must(err)
	b, err := permit.SealTo(who.SealKey, permit.Credentials{User: "admin", Password: password}, permit.SealFor(r.o.cfg.EngineID, camera))
	r.must(err)
	return b
}
