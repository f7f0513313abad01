package plans_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/drawing"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/issuer"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/plan"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/plans"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)

const password = "en lang sætning om ænder"

// desk is the screens of drawings with real rooms behind them, and a case.
type desk struct {
	t       *testing.T
	rooms   dossiertest.Rooms
	handler http.Handler
	cookies map[string]*http.Cookie
	of      drawing.Of
	base    string
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newDesk(t *testing.T, wms *plans.WMS) *desk {
	t.Helper()
	ctx, clk := t.Context(), clock.NewFake(start)
	s := &desk{t: t, cookies: map[string]*http.Cookie{}}
	signer, err := permit.NewSigner(ed25519.NewKeyFromSeed(make([]byte, 32)))
	fatal(t, err)
	cfg := enginetest.Config(t, signer, start.Add(-time.Hour), clk)
	cfg.ID = "optager-1"
	client, _ := enginetest.Start(t, cfg)
	d := dbtest.Open(t, dbtest.SQLite(t))
	log, err := ledger.Open(ctx, d, "portal", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), clk)
	fatal(t, err)
	is, err := issuer.Open(ctx, d, log, signer, clk, nil, issuer.Log(enginetest.Log()))
	fatal(t, err)
	people, err := identity.Open(ctx, identity.Config{DB: d, Ledger: log, Clock: clk, Work: identity.Work{Time: 1, Memory: 64, Threads: 1}})
	fatal(t, err)
	reg, err := register.Open(ctx, d, log, clk)
	fatal(t, err)
	for _, c := range []string{"lindeby", "kadence"} {
		fatal(t, reg.AddController(ctx, register.Controller{ID: c, Name: c, Kind: register.Municipality}, ""))
		fatal(t, reg.AddLocation(ctx, register.Location{ID: c + "-skole", Controller: c, Name: "Skolen", Address: "Skolevej 4", Cadastre: "7a"}, ""))
	}
	fatal(t, reg.AddCamera(ctx, register.Camera{ID: "skole-1", Controller: "lindeby", Location: "lindeby-skole", Name: "Indgang", Engine: "optager-1"}, ""))
	s.rooms, err = dossiertest.Open(t.Context(), t.TempDir(), d, log, clk, is, reg, client, "optager-1")
	if err != nil {
		t.Fatal(err)
	}
	site, err := page.NewSite(ctx, page.Config{DB: d, Ledger: log, Issuer: is, Engine: client, EngineID: "optager-1", People: people, Register: reg, Clock: clk, Log: enginetest.Log(), BaseURL: "http://vidne.test"})
	fatal(t, err)
	screens := &plans.Screens{Site: site, State: state.NewCache(t.Context(), client, clk), Law: s.rooms.Law,
		Rooms: plans.Rooms{Drawings: s.rooms.Drawings, Cases: plans.InDossier{Room: s.rooms.Cases, Register: reg, Law: s.rooms.Law}, Map: wms}}
	s.handler = site.Handler(func(v *page.Visit, _, _ string) page.Page {
		pg := v.ErrorPage(http.StatusUnauthorized, fault.New(fault.Denied, access.WhyLogin, "nobody"), "")
		return &pg
	}, screens.Routes())
	var anna string
	for login, controller := range map[string]string{"anna": "lindeby", "bo": "lindeby", "fremmed": "kadence"} {
		p, err := people.Create(ctx, identity.NewAccount{Login: login, Name: "Navn " + login, Controller: controller, Roles: []string{string(access.Coordinator)}, Password: password}, "")
		fatal(t, err)
		if login == "anna" {
			anna = p.ID
		}
		token, _, err := people.LogIn(ctx, login, password, "", identity.Whence{})
		fatal(t, err)
		s.cookies[login] = &http.Cookie{Name: identity.CookieName(false), Value: token}
	}
	c, err := s.rooms.Cases.Begin(ctx, dossier.New{Controller: "lindeby", Title: "Skolen", Locations: []string{"lindeby-skole"},
		Application: casework.Application{Cameras: []casework.Wanted{{Camera: "skole-1", Name: "Indgang", Location: "lindeby-skole", Place: "own-entrance"}}}}, dossier.Who{Person: anna, Name: "Anna"})
	fatal(t, err)
	s.base = "/sager/" + c.ID + "/tegninger"
	s.of = drawing.Of{Controller: "lindeby", Case: c.ID, ID: "tegning-1"}
	return s
}

// do asks as a browser would; who is a login, or empty.
func (s *desk) do(who, method, path, kind string, body io.Reader) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, "http://vidne.test"+path, body)
	r.Header.Set("Accept", "text/html")
	if strings.HasPrefix(kind, "application/json") {
		r.Header.Set("Accept", "application/json")
	}
	r.Header.Set("Accept-Language", "da")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if c := s.cookies[who]; c != nil {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *desk) get(who, path string) *httptest.ResponseRecorder {
	return s.do(who, "GET", path, "", nil)
}

func (s *desk) post(who, path string, form url.Values) *httptest.ResponseRecorder {
	return s.do(who, "POST", path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (s *desk) newest() drawing.Kept {
	s.t.Helper()
	k, err := s.rooms.Drawings.Load(s.t.Context(), s.of, 0)
	fatal(s.t, err)
	return k
}

// begin begins the drawing.
func (s *desk) begin() {
	s.t.Helper()
	if w := s.post("anna", s.base, url.Values{"titel": {"Stueplan"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != s.base+"/tegning-1" {
		s.t.Fatalf("the drawing is not begun: %d %s", w.Code, w.Header().Get("Location"))
	}
}

func want(t *testing.T, w *httptest.ResponseRecorder, code int, words ...string) {
	t.Helper()
	if w.Code != code {
		t.Errorf("status %d, want %d", w.Code, code)
	}
	for _, x := range words {
		if !strings.Contains(w.Body.String(), x) {
			t.Errorf("the page lacks %q", x)
		}
	}
}

// full is the form as somebody without scripts would send it.
func full(version string) url.Values {
	return url.Values{"udgave": {version}, "titel": {"Stueplan"}, "matrikel": {"7a"}, "bredde": {"40"}, "nord": {"0"},
		"k-skole-1-med": {"ja"}, "k-skole-1-x": {"10,5"}, "k-skole-1-y": {"14"}, "k-skole-1-retning": {"90"}, "k-skole-1-vinkel": {"80"}, "k-skole-1-raekkevidde": {"12"}, "k-skole-1-hoejde": {"3"},
		"k-skole-1-masker": {"0;0 40;0 40;50,5"},
		"o-ny-navn":        {"Indgangen"}, "o-ny-brug": {"watched"}, "o-ny-art": {"own-entrance"}, "o-ny-hjoerner": {"8;10 30;10 30;20 8;20"}}
}

func TestTheFormDoesEverythingWithoutScripts(t *testing.T) {
	req.Shows(t, "SITE-3", "CASE-10")
	s := newDesk(t, nil)
	s.begin()
	want(t, s.get("anna", s.base+"/tegning-1"), http.StatusOK, "k-skole-1-x", "Intet område er beskrevet", "plan-data")
	if w := s.post("anna", s.base+"/tegning-1", full("1")); w.Code != http.StatusSeeOther {
		t.Fatalf("not saved: %d", w.Code)
	}
	d := s.newest().Drawing
	if len(d.Cameras) != 1 || len(d.Areas) != 1 || len(d.Cameras[0].Masks) != 1 {
		t.Fatalf("kept %+v", d)
	}
	c, a := d.Cameras[0], d.Areas[0]
	if c.At != (plan.Point{X: 262.5, Y: 350}) || c.Direction != 90 || c.Angle != 80 || c.Range != 12 || c.Height != 3 || c.Masks[0][2] != (plan.Spot{X: 4000, Y: 5050}) {
		t.Errorf("camera %+v", c)
	}
	if a.ID != "omraade-1" || a.Kind != "own-entrance" || len(a.Corners) != 4 || a.Corners[2] != (plan.Point{X: 750, Y: 500}) {
		t.Errorf("area %+v", a)
	}
	// What is not touched keeps its exact value; an area can be removed, a
	// camera taken off.
	again := full("2")
	for _, k := range []string{"o-ny-navn", "o-ny-hjoerner", "k-skole-1-med"} {
		again.Del(k)
	}
	again.Set("o-omraade-1-navn", "Indgangen")
	again.Set("o-omraade-1-brug", "watched")
	again.Set("o-omraade-1-art", "own-entrance")
	again.Set("o-omraade-1-hjoerner", "8;10 30;10 30;20 8;20")
	again.Set("o-omraade-1-valg", "slet")
	if w := s.post("anna", s.base+"/tegning-1", again); w.Code != http.StatusSeeOther {
		t.Fatalf("not saved: %d", w.Code)
	}
	if d := s.newest().Drawing; len(d.Cameras) != 0 || len(d.Areas) != 0 {
		t.Errorf("kept %+v", d)
	}
	want(t, s.get("anna", s.base+"/tegning-1/udskriv?udgave=2"), http.StatusOK, "Indgangen", "10,5 m", "80°", "Udgave 2", "Skolevej 4")
}

func TestWhatIsTypedWrongIsKeptAndExplained(t *testing.T) {
	s := newDesk(t, nil)
	s.begin()
	bad := full("1")
	bad.Set("k-skole-1-x", "langt ude")
	bad.Set("k-skole-1-vinkel", "400")
	bad.Set("k-skole-1-masker", "0;0 40;0")
	bad.Set("o-ny-hjoerner", "8;10 900;10 30;20")
	bad.Set("titel", "")
	w := s.post("anna", s.base+"/tegning-1", bad)
	want(t, w, http.StatusUnprocessableEntity, "langt ude", `href="#k-skole-1-x"`, `href="#k-skole-1-vinkel"`, `href="#k-skole-1-masker"`, `href="#o-ny-hjoerner"`, `href="#titel"`)
	if s.newest().Version != 1 {
		t.Error("something wrong was kept")
	}
}

func TestTwoWhoDrawAtOnceLoseNothing(t *testing.T) {
	s := newDesk(t, nil)
	s.begin()
	put := func(query string, change func(*plan.Drawing)) *httptest.ResponseRecorder {
		d := s.newest().Drawing
		change(&d)
		b, err := plan.Encode(d)
		fatal(t, err)
		return s.do("anna", "PUT", s.base+"/tegning-1?"+query, "application/json", bytes.NewReader(b))
	}
	want(t, put("udgave=1", func(d *plan.Drawing) { d.Cadastre = "12b" }), http.StatusOK, `"version":2`)
	w := put("udgave=1", func(d *plan.Drawing) { d.Title = "Min" })
	want(t, w, http.StatusConflict, "Navn anna", `"cadastre":"12b"`)
	want(t, put("ny=1", func(d *plan.Drawing) { d.Title = "Min" }), http.StatusCreated, s.base+"/tegning-2")
	// Without scripts what was typed stays in the form, on top of the newest.
	w = s.post("anna", s.base+"/tegning-1", full("1"))
	want(t, w, http.StatusConflict, "Navn anna", "10,5", `name="udgave" value="2"`)
	if s.newest().Version != 2 {
		t.Error("the conflict was kept")
	}
	want(t, s.do("anna", "PUT", s.base+"/tegning-1?udgave=2", "application/json", strings.NewReader(`{"width":-1}`)), http.StatusUnprocessableEntity, "plan.")
}

func TestWhoMayDraw(t *testing.T) {
	req.Shows(t, "ID-3")
	s := newDesk(t, nil)
	s.begin()
	// Another person of the controller looks and does not write; another
	// controller's find nothing.
	w := s.get("bo", s.base+"/tegning-1")
	want(t, w, http.StatusOK, "Stueplan")
	if strings.Contains(w.Body.String(), "plan-data") {
		t.Error("who may not draw is given the editor")
	}
	want(t, s.post("bo", s.base+"/tegning-1", full("1")), http.StatusForbidden)
	want(t, s.post("bo", s.base, url.Values{"titel": {"x"}}), http.StatusForbidden)
	for _, path := range []string{"", "/tegning-1", "/tegning-1/udskriv"} {
		want(t, s.get("fremmed", s.base+path), http.StatusNotFound)
		want(t, s.get("", s.base+path), http.StatusUnauthorized)
	}
	want(t, s.get("anna", s.base+"/tegning-9"), http.StatusNotFound)
	want(t, s.get("anna", "/steder/lindeby-skole/plan"), http.StatusOK, "ingen godkendt tegning")
}

func picture(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	fatal(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))))
	return b.Bytes()
}

func TestAPictureIsLaidBehind(t *testing.T) {
	s := newDesk(t, nil)
	s.begin()
	upload := func(body []byte) *httptest.ResponseRecorder {
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		f, err := m.CreateFormFile("billede", "plan.png")
		fatal(t, err)
		_, err = f.Write(body)
		fatal(t, err)
		fatal(t, m.Close())
		return s.do("anna", "POST", s.base+"/tegning-1/billede", m.FormDataContentType(), &b)
	}
	if w := upload(picture(t, 300, 200)); w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	d := s.newest().Drawing
	if d.Picture == "" || d.Width != 300 || d.Height != 200 {
		t.Fatalf("kept %+v", d)
	}
	w := s.get("anna", s.base+"/tegning-1/billede/"+d.Picture)
	if got, err := png.DecodeConfig(w.Body); err != nil || got.Width != 300 || w.Header().Get("Content-Type") != "image/png" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the picture: %v, %v, %v", got, err, w.Header())
	}
	want(t, s.get("fremmed", s.base+"/tegning-1/billede/"+d.Picture), http.StatusNotFound)
	want(t, upload([]byte("<svg onload=x>")), http.StatusUnprocessableEntity, "hverken PNG eller JPEG")
}

func TestAMapIsFetchedByThePortal(t *testing.T) {
	req.Shows(t, "SITE-3")
	var asked url.Values
	answer := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(picture(t, 2000, 1400))
	}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.Query()
		answer(w)
	}))
	defer service.Close()
	s := newDesk(t, &plans.WMS{Address: service.URL + "/wms?token=hemmelig", Layers: "dtk_skaermkort", Source: "© Klimadatastyrelsen"})
	s.begin()
	place := url.Values{"oest": {"497.000"}, "nordlig": {"6221500"}, "bredde-kort": {"200"}}
	want(t, s.post("anna", s.base+"/tegning-1/kort", place), http.StatusUnprocessableEntity, "497.000") // a point is a decimal point
	place.Set("oest", "497000,5")
	if w := s.post("anna", s.base+"/tegning-1/kort", place); w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	for k, v := range map[string]string{"REQUEST": "GetMap", "VERSION": "1.3.0", "CRS": "EPSG:25832", "LAYERS": "dtk_skaermkort", "BBOX": "496900.500,6221430.000,497100.500,6221570.000", "WIDTH": "2000", "HEIGHT": "1400", "token": "hemmelig"} {
		if asked.Get(k) != v {
			t.Errorf("asked with %s=%q, want %q", k, asked.Get(k), v)
		}
	}
	d := s.newest().Drawing
	if d.MetresPerPixel != 0.1 || d.Width != 2000 || d.Picture == "" {
		t.Errorf("kept %+v", d)
	}
	w := s.get("anna", s.base+"/tegning-1")
	want(t, w, http.StatusOK, "Klimadatastyrelsen")
	if strings.Contains(w.Body.String(), "hemmelig") || strings.Contains(w.Body.String(), service.URL) {
		t.Error("the page tells of the service")
	}
	answer = func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte("<ServiceException>no layer</ServiceException>"))
	}
	want(t, s.post("anna", s.base+"/tegning-1/kort", place), http.StatusServiceUnavailable, "Korttjenesten svarer ikke")
	answer = func(w http.ResponseWriter) {
		w.Header().Set("Location", "http://192.0.2.1/")
		w.WriteHeader(http.StatusFound)
	}
	want(t, s.post("anna", s.base+"/tegning-1/kort", place), http.StatusServiceUnavailable)
	if v := s.newest().Version; v != 2 {
		t.Errorf("version %d after refusals", v)
	}
}

func TestTheEditorGetsItsDrawing(t *testing.T) {
	s := newDesk(t, nil)
	s.begin()
	body := s.get("anna", s.base+"/tegning-1").Body.String()
	_, rest, ok := strings.Cut(body, `id="plan-data">`)
	raw, _, _ := strings.Cut(rest, "</script>")
	var data struct {
		Drawing plan.Drawing
		Version int
		Cameras []plans.Camera
		Text    map[string]string
	}
	if err := json.Unmarshal([]byte(raw), &data); !ok || err != nil {
		t.Fatalf("no data: %v", err)
	}
	if data.Version != 1 || len(data.Cameras) != 1 || data.Cameras[0].Place == "" || data.Text["surface"] == "" || data.Drawing.Areas == nil {
		t.Errorf("%+v", data)
	}
}
