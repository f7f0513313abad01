// Package onviftest is a camera's ONVIF side for tests: it answers searches
// over UDP and questions over HTTP, with the logins that real cameras ask for,
// and leads to whatever RTSP stream the test runs.
//
// What it promises: it checks a login as the standards say (WS-Security
// UsernameToken against its own clock, HTTP digest with its counter), and
// keeps every question that it was asked. What it refuses: to share code with
// the client that it tests.
package onviftest

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// Login is how the camera asks for a password.
type Login int

// The logins.
const (
	LoginNone   Login = iota
	LoginToken        // WS-Security UsernameToken
	LoginDigest       // HTTP digest, MD5
)

// Options of a [Camera]. All may be empty.
type Options struct {
	Host           string // 127.0.0.1
	SearchPort     int    // UDP port on Host that answers searches; 0: none does
	Login          Login
	User, Password string
	Now            func() time.Time // its clock; the machine's if nil
	NTP            bool
	TLS            bool
	Media2         bool // has the newer media service instead of the older
	StreamURL      string
	Encoding       string // "H264", "H265"
	Width, Height  int
	FPS            float64
	Recordings     int    // on a storage of its own; -1: no such service
	XAddr          string // told to searches instead of its own address
	StaleAfter     int    // HTTP digest: a nonce is good for so many questions; 0: for ever
	Model          string
}

// Camera is a running simulator.
type Camera struct {
	o    Options
	http *httptest.Server
	udp  *net.UDPConn

	mu    sync.Mutex
	asked []string
	nonce int
	used  int
}

// Start runs a camera until the test ends.
func Start(t testing.TB, o Options) *Camera {
	t.Helper()
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Model == "" {
		o.Model = "Prøvekamera 3000"
	}
	c := &Camera{o: o}
	l, err := net.Listen("tcp", net.JoinHostPort(o.Host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	c.http = &httptest.Server{Listener: l, Config: &http.Server{Handler: c}}
	if o.TLS {
		c.http.StartTLS()
	} else {
		c.http.Start()
	}
	t.Cleanup(c.http.Close)
	if o.SearchPort != 0 {
		if c.udp, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(o.Host), Port: o.SearchPort}); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.answerSearches()
		}()
		t.Cleanup(func() {
			_ = c.udp.Close()
			<-done
		})
	}
	return c
}

// Address is its device service.
func (c *Camera) Address() string { return c.http.URL + "/onvif/device_service" }

// Cert is its certificate, if it has TLS.
func (c *Camera) Cert() []byte { return c.http.Certificate().Raw }

// Asked is what it was asked, in order: the names of the questions.
func (c *Camera) Asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.asked...)
}

var messageID = regexp.MustCompile(`MessageID[^>]*>([^<]+)<`)

func (c *Camera) answerSearches() {
	b := make([]byte, 64<<10)
	for {
		n, from, err := c.udp.ReadFromUDP(b)
		if err != nil {
			return
		}
		m := messageID.FindSubmatch(b[:n])
		if m == nil || !bytes.Contains(b[:n], []byte("NetworkVideoTransmitter")) {
			continue
		}
		c.note("Search")
		at := c.Address()
		if c.o.XAddr != "" {
			at = c.o.XAddr
		}
		answer := `<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">` +
			`<e:Header><w:RelatesTo>` + string(m[1]) + `</w:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch><w:EndpointReference><w:Address>urn:uuid:00000000-0000-4000-8000-000000000001</w:Address></w:EndpointReference>` +
			`<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>` + scopes + `</d:Scopes><d:XAddrs>http://[fe80::1]/onvif/device_service ` + at + `</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>`
		_, _ = c.udp.WriteToUDP([]byte(answer), from) // whoever asked may be gone
	}
}

const scopes = "onvif://www.onvif.org/name/Hoveddør%20øst onvif://www.onvif.org/hardware/P3245 onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/Profile/T onvif://www.onvif.org/location/skole"

func (c *Camera) note(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, s)
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

var questionName = regexp.MustCompile(`^\s*<(?:\w+:)?(\w+)`)

func (c *Camera) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	var e envelope
	m := []string(nil)
	if xml.Unmarshal(b, &e) == nil {
		m = questionName.FindStringSubmatch(e.Body.Inner)
	}
	if m == nil {
		http.Error(w, "what?", http.StatusBadRequest)
		return
	}
	c.note(m[1])
	say := func(body string) {
		w.Header().Set("Content-Type", "application/soap+xml; charset=utf-8")
		fmt.Fprint(w, `<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>`+body+`</s:Body></s:Envelope>`)
	}
	if m[1] != "GetSystemDateAndTime" {
		switch {
		case c.o.Login == LoginToken && !c.token(e):
			w.WriteHeader(http.StatusBadRequest)
			say(`<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>`)
			return
		case c.o.Login == LoginDigest && !c.digest(r):
			c.mu.Lock()
			w.Header().Add("WWW-Authenticate", `Basic realm="kamera"`)
			w.Header().Add("WWW-Authenticate", fmt.Sprintf(`Digest realm="kamera", qop="auth,auth-int", nonce="n%d", opaque="o", algorithm=MD5`, c.nonce))
			c.mu.Unlock()
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
	}
	say(c.answer(m[1], "http"+strings.TrimPrefix(c.http.URL, "http"), e.Body.Inner))
}

// token checks a UsernameToken: its digest, and that it is of now.
func (c *Camera) token(e envelope) bool {
	t := e.Header.Security.UsernameToken
	nonce, _ := base64.StdEncoding.DecodeString(t.Nonce)
	sum := sha1.Sum([]byte(string(nonce) + t.Created + c.o.Password))
	at, err := time.Parse(time.RFC3339, t.Created)
	return err == nil && at.Sub(c.o.Now()).Abs() < 5*time.Second && t.Username == c.o.User && t.Password == base64.StdEncoding.EncodeToString(sum[:])
}

var digestPart = regexp.MustCompile(`(\w+)="?([^",]+)"?`)

// digest checks HTTP digest as RFC 7616 has it.
func (c *Camera) digest(r *http.Request) bool {
	h := r.Header.Get("Authorization")
	if !strings.HasPrefix(h, "Digest ") {
		return false
	}
	p := map[string]string{}
	for _, m := range digestPart.FindAllStringSubmatch(h, -1) {
		p[m[1]] = m[2]
	}
	sum := func(s string) string { b := md5.Sum([]byte(s)); return hex.EncodeToString(b[:]) }
	c.mu.Lock()
	defer c.mu.Unlock()
	one, two := sum(c.o.User+":kamera:"+c.o.Password), sum(r.Method+":"+r.URL.RequestURI())
	nonce := fmt.Sprintf("n%d", c.nonce)
	right := p["username"] == c.o.User && p["nonce"] == nonce && p["uri"] == r.URL.RequestURI() && p["opaque"] == "o" && p["nc"] == fmt.Sprintf("%08x", c.used+1) &&
		p["response"] == sum(strings.Join([]string{one, nonce, p["nc"], p["cnonce"], "auth", two}, ":"))
	if right {
		c.used++
	}
	if c.o.StaleAfter > 0 && c.used >= c.o.StaleAfter {
		c.nonce, c.used = c.nonce+1, 0
	}
	return right
}

// answer is the body of an answer; base is this server's address.
func (c *Camera) answer(name, base, asked string) string {
	switch name {
	case "GetSystemDateAndTime":
		n, set := c.o.Now().UTC(), "Manual"
		if c.o.NTP {
			set = "NTP"
		}
		return fmt.Sprintf(`<GetSystemDateAndTimeResponse><SystemDateAndTime><tt:DateTimeType>%s</tt:DateTimeType><tt:UTCDateTime><tt:Time><tt:Hour>%d</tt:Hour><tt:Minute>%d</tt:Minute><tt:Second>%d</tt:Second></tt:Time>`+
			`<tt:Date><tt:Year>%d</tt:Year><tt:Month>%d</tt:Month><tt:Day>%d</tt:Day></tt:Date></tt:UTCDateTime></SystemDateAndTime></GetSystemDateAndTimeResponse>`,
			set, n.Hour(), n.Minute(), n.Second(), n.Year(), n.Month(), n.Day())
	case "GetServices":
		list := service("http://www.onvif.org/ver10/device/wsdl", base+"/onvif/device_service")
		if c.o.Media2 {
			list += service("http://www.onvif.org/ver20/media/wsdl", base+"/onvif/media2")
		} else {
			list += service("http://www.onvif.org/ver10/media/wsdl", base+"/onvif/media")
		}
		if c.o.Recordings >= 0 {
			list += service("http://www.onvif.org/ver10/recording/wsdl", base+"/onvif/recording")
		}
		return `<GetServicesResponse>` + list + `</GetServicesResponse>`
	case "GetDeviceInformation":
		return `<GetDeviceInformationResponse><Manufacturer>Vidne</Manufacturer><Model>` + escape(c.o.Model) + `</Model><FirmwareVersion>1.2.3</FirmwareVersion><SerialNumber>ACCC8E000001</SerialNumber><HardwareId>7.1</HardwareId></GetDeviceInformationResponse>`
	case "GetScopes":
		var b strings.Builder
		for _, s := range strings.Fields(scopes) {
			b.WriteString(`<Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>` + s + `</tt:ScopeItem></Scopes>`)
		}
		return `<GetScopesResponse>` + b.String() + `</GetScopesResponse>`
	case "GetNetworkProtocols":
		return `<GetNetworkProtocolsResponse><NetworkProtocols><tt:Name>HTTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>80</tt:Port></NetworkProtocols>` +
			fmt.Sprintf(`<NetworkProtocols><tt:Name>HTTPS</tt:Name><tt:Enabled>%t</tt:Enabled><tt:Port>443</tt:Port></NetworkProtocols></GetNetworkProtocolsResponse>`, c.o.TLS)
	case "GetRecordings":
		return `<GetRecordingsResponse>` + strings.Repeat(`<RecordingItem><RecordingToken>Disk</RecordingToken></RecordingItem>`, c.o.Recordings) + `</GetRecordingsResponse>`
	case "GetProfiles":
		inner := fmt.Sprintf(`<tt:Encoding>%s</tt:Encoding><tt:Resolution><tt:Width>%d</tt:Width><tt:Height>%d</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>%g</tt:FrameRateLimit><tt:BitrateLimit>2048</tt:BitrateLimit></tt:RateControl>`,
			c.o.Encoding, c.o.Width, c.o.Height, c.o.FPS)
		if c.o.Media2 {
			return `<GetProfilesResponse><Profiles token="p&amp;1" fixed="true"><Name>main</Name><Configurations><VideoEncoder token="e">` + inner + `</VideoEncoder></Configurations></Profiles><Profiles token="sound"><Name>x</Name></Profiles></GetProfilesResponse>`
		}
		return `<GetProfilesResponse><Profiles token="p&amp;1" fixed="true"><tt:Name>main</tt:Name><tt:VideoEncoderConfiguration token="e">` + inner + `</tt:VideoEncoderConfiguration></Profiles></GetProfilesResponse>`
	case "GetStreamUri":
		if !strings.Contains(asked, ">p&amp;1</ProfileToken>") {
			return `<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NoProfile</s:Value></s:Subcode></s:Code></s:Fault>`
		}
		if c.o.Media2 {
			return `<GetStreamUriResponse><Uri>` + escape(c.o.StreamURL) + `</Uri></GetStreamUriResponse>`
		}
		return `<GetStreamUriResponse><MediaUri><tt:Uri>` + escape(c.o.StreamURL) + `</tt:Uri></MediaUri></GetStreamUriResponse>`
	}
	return `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</s:Value></s:Subcode></s:Code></s:Fault>`
}

func service(namespace, at string) string {
	return `<Service><Namespace>` + namespace + `</Namespace><XAddr>` + at + `</XAddr><Version><tt:Major>2</tt:Major></Version></Service>`
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}
