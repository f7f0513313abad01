// Package oidctest is an OpenID provider for tests, which can also lie: every
// claim, header and answer can be changed on its way.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
)

// Key signs tokens.
type Key struct {
	ID  string
	RSA *rsa.PrivateKey
	EC  *ecdsa.PrivateKey
}

// NewKey is a key for RS256, or for ES256.
func NewKey(id string, ec bool) Key {
	if ec {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		check(err)
		return Key{ID: id, EC: k}
	}
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	return Key{ID: id, RSA: k}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// Person is somebody whom the provider knows.
type Person struct {
	Sub    string
	Claims map[string]any // name, preferred_username, groups ...
	Shut   bool           // out
}

// Provider is a provider.
type Provider struct {
	Issuer string
	Client string
	Secret string

	mu      sync.Mutex
	clk     clock.Clock
	keys    []Key // the last signs; all are shown
	people  map[string]*Person
	codes   map[string]*grant
	refresh map[string]string // token to person
	n       int

	// Claims changes the claims of a token before it is signed, Header its header.
	Claims func(map[string]any)
	Header func(map[string]any)
	// Token is the whole answer of the token endpoint on its way out.
	Token func(map[string]any)
	// Sign replaces the signature; nil signs with the last key.
	Sign func(signed string) string
	// Discovery changes what it says of itself.
	Discovery func(map[string]any)
	// Away makes it answer 503.
	Away bool
	// NoRefresh gives no refresh tokens.
	NoRefresh bool
	// Asked is what the browser was sent with, last.
	Asked url.Values
	// Groups is what its groups endpoint answers; GroupsAsked counts.
	Groups      []string
	GroupsAsked int
	// Fetched counts how often its keys were read.
	Fetched int
}

type grant struct {
	person           *Person
	client, redirect string
	challenge, nonce string
	proved           time.Time
	used             bool
}

// New starts a provider on loopback.
func New(t testing.TB, clk clock.Clock) *Provider {
	p := &Provider{Client: "vidne", Secret: "en hemmelighed", clk: clk, keys: []Key{NewKey("k1", false)}, people: map[string]*Person{}, codes: map[string]*grant{}, refresh: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.showKeys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("POST /groups", p.groups)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		away := p.Away
		p.mu.Unlock()
		if away {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	p.Issuer = srv.URL
	return p
}

// Do changes the provider while it runs.
func (p *Provider) Do(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// Add makes a person known.
func (p *Provider) Add(sub string, claims map[string]any) {
	p.Do(func() { p.people[sub] = &Person{Sub: sub, Claims: claims} })
}

// Shut shuts a person out, Set gives them other claims.
func (p *Provider) Shut(sub string) { p.Do(func() { p.people[sub].Shut = true }) }
func (p *Provider) Set(sub string, claims map[string]any) {
	p.Do(func() { p.people[sub].Claims = claims })
}

// Keys are the keys that it shows from now on; the last signs.
func (p *Provider) Keys(keys ...Key) { p.Do(func() { p.keys = keys }) }

// Key is the key that signs.
func (p *Provider) Key() Key { return p.keys[len(p.keys)-1] }

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	d := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Discovery != nil {
		p.Discovery(d)
	}
	write(w, d)
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	check(json.NewEncoder(w).Encode(v))
}

// B64 is base64url without padding.
func B64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *Provider) showKeys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Fetched++
	var all []map[string]any
	for _, k := range p.keys {
		if k.EC != nil {
			all = append(all, map[string]any{"kty": "EC", "crv": "P-256", "kid": k.ID, "alg": "ES256", "use": "sig", "x": B64(k.EC.X.FillBytes(make([]byte, 32))), "y": B64(k.EC.Y.FillBytes(make([]byte, 32)))})
			continue
		}
		all = append(all, map[string]any{"kty": "RSA", "kid": k.ID, "alg": "RS256", "use": "sig", "n": B64(k.RSA.N.Bytes()), "e": B64(big.NewInt(int64(k.RSA.E)).Bytes())})
	}
	write(w, map[string]any{"keys": all})
}

// authorize shows a page with everybody on it, or, with person=, sends the
// browser back as that person.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	if who := q.Get("person"); who != "" {
		http.Redirect(w, r, p.logIn(who, q), http.StatusFound)
		return
	}
	p.Asked = q
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><html lang="da"><title>Udbyder</title><h1>Udbyderens login</h1>`)
	for sub := range maps.Keys(p.people) {
		q.Set("person", sub)
		fmt.Fprintf(w, `<p><a id="person-%s" href="/authorize?%s">%s</a></p>`, html.EscapeString(sub), html.EscapeString(q.Encode()), html.EscapeString(sub))
	}
	fmt.Fprint(w, `</html>`)
}

func (p *Provider) logIn(sub string, q url.Values) string {
	p.n++
	code := fmt.Sprintf("kode-%d", p.n)
	p.codes[code] = &grant{person: p.people[sub], client: q.Get("client_id"), redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), nonce: q.Get("nonce"), proved: p.clk.Now()}
	return q.Get("redirect_uri") + "?" + url.Values{"code": {code}, "state": {q.Get("state")}}.Encode()
}

// LogIn is what a browser sent to that address is sent back to, when that
// person logs in.
func (p *Provider) LogIn(sub, address string) url.Values {
	u, err := url.Parse(address)
	check(err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Asked = u.Query()
	back, err := url.Parse(p.logIn(sub, p.Asked))
	check(err)
	return back.Query()
}

func refuse(w http.ResponseWriter, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	check(json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "hemmeligt: " + code}))
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	check(r.ParseForm())
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	secret, _ = url.QueryUnescape(secret)
	if id != p.Client || secret != p.Secret {
		refuse(w, "invalid_client")
		return
	}
	g := &grant{}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		g = p.codes[r.PostForm.Get("code")]
		if g == nil || g.used || g.client != id || g.redirect != r.PostForm.Get("redirect_uri") {
			refuse(w, "invalid_grant")
			return
		}
		g.used = true
		sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
		if B64(sum[:]) != g.challenge {
			refuse(w, "invalid_grant")
			return
		}
	case "refresh_token":
		t := r.PostForm.Get("refresh_token")
		g.person = p.people[p.refresh[t]]
		delete(p.refresh, t) // each is used once
	}
	if g.person == nil || g.person.Shut {
		refuse(w, "invalid_grant")
		return
	}
	p.n++
	access := fmt.Sprintf("adgang-%d", p.n)
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": p.idToken(g, access)}
	if !p.NoRefresh {
		t := fmt.Sprintf("fornyelse-%d", p.n)
		p.refresh[t] = g.person.Sub
		answer["refresh_token"] = t
	}
	if p.Token != nil {
		p.Token(answer)
	}
	write(w, answer)
}

func (p *Provider) idToken(g *grant, access string) string {
	now := p.clk.Now()
	sum := sha256.Sum256([]byte(access))
	claims := map[string]any{"iss": p.Issuer, "sub": g.person.Sub, "aud": p.Client, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "at_hash": B64(sum[:16])}
	if g.nonce != "" {
		claims["nonce"] = g.nonce
		claims["auth_time"] = g.proved.Unix()
	}
	maps.Copy(claims, g.person.Claims)
	if p.Claims != nil {
		p.Claims(claims)
	}
	return p.JWT(claims)
}

// JWT signs claims as the provider does now.
func (p *Provider) JWT(claims map[string]any) string {
	k := p.keys[len(p.keys)-1]
	header := map[string]any{"alg": "RS256", "kid": k.ID, "typ": "JWT"}
	if k.EC != nil {
		header["alg"] = "ES256"
	}
	if p.Header != nil {
		p.Header(header)
	}
	h, err := json.Marshal(header)
	check(err)
	c, err := json.Marshal(claims)
	check(err)
	signed := B64(h) + "." + B64(c)
	if p.Sign != nil {
		return signed + "." + p.Sign(signed)
	}
	sum := sha256.Sum256([]byte(signed))
	if k.EC != nil {
		r, s, err := ecdsa.Sign(rand.Reader, k.EC, sum[:])
		check(err)
		return signed + "." + B64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.RSA, crypto.SHA256, sum[:])
	check(err)
	return signed + "." + B64(sig)
}

// Sign is the signature of a key for RS256.
func Sign(k Key, signed string) string {
	sum := sha256.Sum256([]byte(signed))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.RSA, crypto.SHA256, sum[:])
	check(err)
	return B64(sig)
}

// HMAC is a signature by a secret that everybody knows.
func HMAC(key []byte) func(string) string {
	return func(signed string) string {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(signed))
		return B64(m.Sum(nil))
	}
}

func (p *Provider) groups(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.GroupsAsked++
	if r.Header.Get("Authorization") == "" || p.Groups == nil {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	write(w, map[string]any{"value": p.Groups})
}
