package onvif

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// simulator is a camera's ONVIF side, over real HTTP: it checks the digest
// against its own, wrong, clock, as real cameras do.
type simulator struct {
	user, password string
	clock          time.Time
	service        bool
	recordings     int
	elsewhere      string // host named in XAddr instead of its own
	raw            string // answered to everything
	asked          []string
}

type envelope struct {
	Header struct {
		Security struct {
			UsernameToken struct{ Username, Password, Nonce, Created string }
		}
	}
	Body struct {
		Inner string `xml:",innerxml"`
	}
}

func (s *simulator) allowed(e envelope) bool {
	t := e.Header.Security.UsernameToken
	nonce, _ := base64.StdEncoding.DecodeString(t.Nonce)
	sum := sha1.Sum([]byte(string(nonce) + t.Created + s.password))
	at, err := time.Parse(time.RFC3339, t.Created)
	return err == nil && at.Sub(s.clock).Abs() < 5*time.Second && t.Username == s.user &&
		t.Password == base64.StdEncoding.EncodeToString(sum[:])
}

func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	s.asked = append(s.asked, string(b))
	if s.raw != "" {
		fmt.Fprint(w, s.raw)
		return
	}
	var e envelope
	if xml.Unmarshal(b, &e) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	answer := func(body string) {
		fmt.Fprint(w, `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>`+body+`</s:Body></s:Envelope>`)
	}
	if strings.Contains(e.Body.Inner, "GetSystemDateAndTime") {
		c := s.clock
		answer(fmt.Sprintf(`<d:GetSystemDateAndTimeResponse xmlns:d="%s"><d:SystemDateAndTime><UTCDateTime><Time><Hour>%d</Hour><Minute>%d</Minute><Second>%d</Second></Time>`+
			`<Date><Year>%d</Year><Month>%d</Month><Day>%d</Day></Date></UTCDateTime></d:SystemDateAndTime></d:GetSystemDateAndTimeResponse>`,
			nsDevice, c.Hour(), c.Minute(), c.Second(), c.Year(), c.Month(), c.Day()))
		return
	}
	if s.user != "" && !s.allowed(e) {
		answer(`<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>`)
		return
	}
	if strings.Contains(e.Body.Inner, "GetServices") {
		host := r.Host
		if s.elsewhere != "" {
			host = s.elsewhere
		}
		list := `<d:Service><d:Namespace>` + nsDevice + `</d:Namespace><d:XAddr>http://` + host + `/onvif/device_service</d:XAddr></d:Service>`
		if s.service {
			list += `<d:Service><d:Namespace>` + nsRecording + `</d:Namespace><d:XAddr>http://` + host + `/onvif/recording</d:XAddr></d:Service>`
		}
		answer(`<d:GetServicesResponse xmlns:d="` + nsDevice + `">` + list + `</d:GetServicesResponse>`)
		return
	}
	items := strings.Repeat(`<r:RecordingItem><r:RecordingToken>OnDisk</r:RecordingToken></r:RecordingItem>`, s.recordings)
	answer(`<r:GetRecordingsResponse xmlns:r="` + nsRecording + `">` + items + `</r:GetRecordingsResponse>`)
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func ask(t *testing.T, s *simulator, user, password string) (Storage, error) {
	t.Helper()
	srv := httptest.NewServer(s)
	defer srv.Close()
	var d net.Dialer
	c, err := New(Config{Address: srv.URL + "/onvif/device_service", User: user, Password: password, Clock: clock.NewFake(noon), Dial: d.DialContext})
	if err != nil {
		t.Fatal(err)
	}
	return c.Storage(context.Background())
}

func TestACamerasOwnStorageIsFound(t *testing.T) {
	req.Shows(t, "REC-8")
	for name, c := range map[string]struct {
		camera simulator
		want   Storage
	}{
		"no such service":       {simulator{}, Storage{}},
		"service, nothing kept": {simulator{service: true}, Storage{Service: true}},
		"two recordings":        {simulator{service: true, recordings: 2}, Storage{true, 2}},
		"behind a password, its clock three years slow": {
			simulator{service: true, recordings: 1, user: "root", password: "pæn<&", clock: noon.AddDate(-3, 0, 0)}, Storage{true, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ask(t, &c.camera, "root", "pæn<&")
			if err != nil || got != c.want {
				t.Errorf("got %+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestAWrongPasswordIsSaidAndNotShown(t *testing.T) {
	s := &simulator{service: true, user: "root", password: "right", clock: noon}
	_, err := ask(t, s, "root", "hemmelig-kode")
	if fault.Key(err) != "camera.auth" || strings.Contains(err.Error(), "hemmelig") {
		t.Errorf("got %v", err)
	}
	for _, a := range s.asked {
		if strings.Contains(a, "hemmelig") {
			t.Error("the password went over the wire in clear")
		}
	}
}

func TestHostileAnswersAreRefusedInTime(t *testing.T) {
	soap := func(body string) string {
		return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>` + body + `</s:Body></s:Envelope>`
	}
	for name, c := range map[string]struct {
		camera simulator
		key    string
	}{
		"billion laughs":          {simulator{raw: `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>` + soap("<x>&b;</x>")}, "camera.protocol"},
		"external entity":         {simulator{raw: `<!DOCTYPE x SYSTEM "file:///etc/passwd">` + soap("<x/>")}, "camera.protocol"},
		"a million attributes":    {simulator{raw: soap("<x " + strings.Repeat(`a=""`, 200000) + "/>")}, "camera.too-large"},
		"endless":                 {simulator{raw: soap(strings.Repeat("<x/>", 400000))}, "camera.too-large"},
		"too many elements":       {simulator{raw: soap(strings.Repeat("<x/>", 30000))}, "camera.too-large"},
		"not XML":                 {simulator{raw: "HTTP/1.1 hello"}, "camera.protocol"},
		"cut short":               {simulator{raw: soap("")[:60]}, "camera.protocol"},
		"service on another host": {simulator{service: true, elsewhere: "169.254.169.254"}, "camera.address"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ask(t, &c.camera, "root", "x"); fault.Key(err) != c.key {
				t.Errorf("got %v, want %s", err, c.key)
			}
		})
	}
}

func TestAddressesThatHideSomethingAreRefused(t *testing.T) {
	var d net.Dialer
	for _, a := range []string{"", "file:///etc/passwd", "http://", "http://root:x@10.0.0.1/", "rtsp://10.0.0.1/", "http://%zz/"} {
		if _, err := New(Config{Address: a, Dial: d.DialContext}); fault.Key(err) != "camera.address" {
			t.Errorf("%q: got %v", a, err)
		}
	}
	if _, err := New(Config{Address: Address("10.0.0.1")}); err == nil {
		t.Error("a client without a rule about networks was made")
	}
	if Address("fe80::1") != "http://[fe80::1]/onvif/device_service" {
		t.Error(Address("fe80::1"))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`<s:Envelope xmlns:s="x"><s:Body><a><Service><Namespace>n</Namespace></Service></a></s:Body></s:Envelope>`))
	f.Add([]byte(`<!DOCTYPE x><x/>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var out struct {
			Service []struct{ Namespace, XAddr string }
		}
		if err := parse(b, &out); err != nil && fault.Of(err) == fault.Internal {
			t.Errorf("an error without a kind: %v", err)
		}
	})
}

func FuzzAnswersToASearch(f *testing.F) {
	from := netip.MustParseAddr("10.0.0.7")
	f.Add([]byte(`<e:Envelope xmlns:e="x"><e:Header><w:RelatesTo xmlns:w="y">urn:uuid:1</w:RelatesTo></e:Header><e:Body><ProbeMatches><ProbeMatch><XAddrs>http://10.0.0.7/onvif</XAddrs><Scopes>onvif://www.onvif.org/name/A%20b</Scopes></ProbeMatch></ProbeMatches></e:Body></e:Envelope>`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, ok := readMatch(b, "urn:uuid:1", from)
		if !ok {
			return
		}
		u, err := url.Parse(d.Address)
		if err != nil || u.Hostname() != "10.0.0.7" || u.User != nil {
			t.Fatalf("an address elsewhere: %q", d.Address)
		}
		for _, s := range append(d.Profiles, d.Name, d.Hardware, d.Location, d.Endpoint) {
			if len([]rune(s)) > 100 || strings.ContainsAny(s, "\n\x00\x1b\u202e") {
				t.Fatalf("its words came through: %q", s)
			}
		}
	})
}

func FuzzChallenge(f *testing.F) {
	f.Add(`Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256`, `Basic realm="x"`)
	f.Fuzz(func(t *testing.T, one, two string) {
		c := readChallenge(http.Header{"Www-Authenticate": {one, two}})
		if c == nil {
			return
		}
		h, err := c.answer("root", "hemmelig", "/onvif/device_service")
		if err != nil || strings.Contains(h, "hemmelig") && !strings.Contains(one+two, "hemmelig") || strings.ContainsAny(h, "\r\n") {
			t.Fatalf("%q, %v", h, err)
		}
	})
}
