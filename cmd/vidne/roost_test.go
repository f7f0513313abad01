package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/identity/oidc/oidctest"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/testport"
)

// roost is both halves with a secret wherever there is a place for one, and all
// that they write kept.
type roost struct {
	t       *testing.T
	dir     string
	o       *office
	engine  string // its address
	base    string
	log     *paperTrail
	mail    *notifytest.Server
	hooks   *paperTrail
	told    *paperTrail // programs
	op      *oidctest.Provider
	secrets []secret
	metrics []byte
	pages   *paperTrail // what was answered with an error
	heads   *paperTrail // of every answer, without the cookies

	coordinator *browser
}

// paperTrail keeps what is written to it.
type paperTrail struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *paperTrail) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *paperTrail) bytes() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.b.Bytes())
}

func (p *paperTrail) tail() string {
	b := p.bytes()
	return string(b[max(0, len(b)-3000):])
}

func (r *roost) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// keep makes something a secret that is looked for in the end.
func (r *roost) keep(name string, value []byte) { r.secrets = append(r.secrets, secret{name, value}) }

// plant makes a secret, and the file that a configuration reads it from.
func (r *roost) plant(name, file string) string {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails
	s := "fugl-" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
	r.keep(name, []byte(s))
	if file != "" {
		r.must(os.WriteFile(filepath.Join(r.dir, file), []byte(s+"\n"), 0o600))
	}
	return s
}

func (r *roost) plantBytes(name string, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	r.keep(name, b)
	return b
}

// newRoost opens the house.
func newRoost(t *testing.T) *roost {
	t.Helper()
	r := &roost{t: t, dir: t.TempDir(), log: &paperTrail{}, hooks: &paperTrail{}, told: &paperTrail{}, pages: &paperTrail{}, heads: &paperTrail{}}
	password := r.plant("the mail server's password", "mail.secret")
	r.mail = notifytest.New(t, func(s *notifytest.Server) { s.Password = password })
	r.must(os.WriteFile(filepath.Join(r.dir, "mail.pem"), r.mail.CA, 0o600))
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		_ = q.Header.Write(r.hooks)
		_, _ = io.Copy(r.hooks, q.Body)
	}))
	t.Cleanup(hook.Close)
	r.plant("the webhook's secret", "hook.secret")
	r.op = oidctest.New(t, clock.System())
	r.op.Secret = r.plant("the provider's client secret", "entra.secret")
	r.plant("the directory reader's password", "reader.secret")
	away, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	r.must(err)
	gone := away.Addr().String()
	r.must(away.Close())
	token := r.plant("the map service's token", "")
	r.must(os.WriteFile(filepath.Join(r.dir, "map.secret"), []byte("https://127.0.0.1:1/wms?token="+token+"\n"), 0o600))
	front, err := testport.Address()
	r.must(err)
	back, err := testport.Address()
	r.must(err)
	r.base, r.engine = "http://"+front, "http://"+back
	text := fmt.Sprintf(`
[engine]
listen = %q
networks = ["127.0.0.0/8"]
[engine.notify]
smtp = "127.0.0.1:%d"
from = "vidne@example.dk"
to = ["drift@example.dk"]
user = "vidne"
password_file = "mail.secret"
ca_file = "mail.pem"
[[engine.notify.webhooks]]
name = "vagt"
url = %q
secret_file = "hook.secret"
[portal]
listen = %q
[portal.map]
address_file = %q
layers = "kort"
source = "kort"
[portal.notify]
smtp = "127.0.0.1:%d"
from = "vidne@example.dk"
user = "vidne"
password_file = "mail.secret"
ca_file = "mail.pem"
[[portal.directory]]
name = "ad"
controllers = ["ldaps://%s"]
base = "DC=lindeby,DC=example"
domain = "lindeby.example"
reader = "vidne@lindeby.example"
password_file = "reader.secret"
controller = %q
wait = 1
[[portal.directory.groups]]
group = "CN=x,DC=lindeby,DC=example"
roles = ["it"]
[[portal.oidc]]
id = "entra"
name = "Entra ID"
controller = %q
issuer = %q
client_id = %q
secret_file = "entra.secret"
second_factor = true
[[portal.oidc.roles]]
from = "drift"
to = ["it"]
`, back, r.mail.Port(), hook.URL, front, filepath.Join(r.dir, "map.secret"), r.mail.Port(), gone, kadence, kadence, r.op.Issuer, r.op.Client)
	file := filepath.Join(r.dir, "vidne.toml")
	r.must(os.WriteFile(file, []byte(text), 0o600))
	cfg, err := readConfig(file)
	if err != nil {
		t.Fatal(explain(err))
	}
	log := slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	log.Debug("everything is written")
	r.watchPrograms()
	h, err := openHouse(t.Context(), cfg, clock.System(), func() bool { return true }, log)
	if err != nil {
		t.Fatal(explain(err))
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	r.o = h.office
	r.must(r.o.register.AddController(t.Context(), register.Controller{ID: kadence, Name: "Kadence", Kind: register.Business, PolcamDays: 14}, "test"))
	r.keepKeys()
	return r
}

// keepKeys makes every key that the house made for itself a secret.
func (r *roost) keepKeys() {
	n := 0
	for _, pattern := range []string{"engine/*.key", "engine/*.secret", "portal/*.key"} {
		all, err := filepath.Glob(filepath.Join(r.dir, filepath.FromSlash(pattern)))
		r.must(err)
		for _, name := range all {
			b, err := os.ReadFile(name)
			r.must(err)
			if raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(b))); err == nil && len(raw) >= 16 {
				r.keep("the key "+filepath.Base(filepath.Dir(name))+"/"+filepath.Base(name), raw)
				n++
			}
		}
	}
	if n < 7 {
		r.t.Errorf("only %d keys were found", n)
	}
}

// watchPrograms writes down what every program that we start is told, in its
// arguments and its environment, as anybody on the machine can see it. The fence
// lets a program write no file, so it is looked at from outside.
func (r *roost) watchPrograms() {
	seen := map[string]bool{}
	look := func() {
		for _, id := range descendants(os.Getpid()) {
			for _, part := range []string{"cmdline", "environ"} {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", id, part))
				if err == nil && len(b) > 0 && !seen[string(b)] { // it may be over
					seen[string(b)] = true
					_, _ = r.told.Write(append(bytes.ReplaceAll(b, []byte{0}, []byte{' '}), '\n'))
				}
			}
		}
	}
	ctx, done := r.t.Context(), make(chan struct{})
	go func() {
		defer close(done)
		for clock.Sleep(ctx, clock.System(), 2*time.Millisecond) == nil {
			look()
		}
	}()
	r.t.Cleanup(func() { <-done })
}

// descendants are the processes below one.
func descendants(id int) (out []int) {
	all, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", id))
	if err != nil {
		return nil
	}
	for _, name := range all {
		b, _ := os.ReadFile(name) // it may be over
		for _, f := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(f); err == nil {
				out = append(append(out, child), descendants(child)...)
			}
		}
	}
	return out
}

// written is everything that the system wrote, and everything it answered that
// was no page meant to show a secret once.
func (r *roost) written() haystack {
	var mails bytes.Buffer
	for _, m := range r.mail.Taken() {
		mails.WriteString(m.Raw)
		mails.WriteString(m.Text)
	}
	h := haystack{
		"the log": r.log.bytes(), "the mails": mails.Bytes(), "the webhooks": r.hooks.bytes(), "what ffmpeg was told": r.told.bytes(),
		"the engine's numbers": r.metrics, "error pages": r.pages.bytes(), "heads of answers": r.heads.bytes(),
	}
	h.files(r.t, r.dir)
	return h
}

// browser is somebody with cookies of their own.
type browser struct {
	r *roost
	c *http.Client
}

type answer struct {
	code     int
	to, body string
}

func (r *roost) browser() *browser {
	jar, err := cookiejar.New(nil)
	r.must(err)
	return &browser{r, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) cookie(name, value string) {
	u, err := url.Parse(b.r.base)
	b.r.must(err)
	b.c.Jar.SetCookies(u, []*http.Cookie{{Name: name, Value: value}})
}

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	return b.do(http.MethodPost, path, form)
}

// show posts to what answers with a page that shows a secret once.
func (b *browser) show(path string, form url.Values) answer {
	return b.ask(http.MethodPost, path, form, false)
}

func (b *browser) do(method, path string, form url.Values) answer {
	return b.ask(method, path, form, true)
}

func (b *browser) ask(method, path string, form url.Values, looked bool) answer {
	b.r.t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		path += "?" + form.Encode()
	}
	q, err := http.NewRequestWithContext(b.r.t.Context(), method, b.r.base+path, body)
	b.r.must(err)
	q.Header.Set("Accept", "text/html")
	q.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	w, err := b.c.Do(q)
	b.r.must(err)
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	b.r.must(err)
	for _, c := range w.Cookies() {
		if len(c.Value) >= 16 {
			b.r.keep("the cookie "+c.Name, []byte(c.Value))
		}
	}
	w.Header.Del("Set-Cookie")
	to := w.Header.Get("Location")
	if strings.HasPrefix(to, b.r.op.Issuer) {
		w.Header.Del("Location") // what the provider must be told
	}
	if looked {
		_, _ = b.r.pages.Write(text)
		_ = w.Header.Write(b.r.heads)
	}
	return answer{w.StatusCode, to, string(text)}
}
