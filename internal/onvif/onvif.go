// Package onvif finds cameras on a network and asks a camera what it is and
// what it keeps, over WS-Discovery and ONVIF's web services (SOAP 1.2).
//
// What it promises: [Discover] lists who answers from where cameras may be,
// [Client.Describe] what a camera says of itself and its streams, and
// [Client.Storage] whether it records to a storage of its own, where copies
// would live past the rules that hold centrally. What it refuses: to ask for a
// picture, ever, and to answer a challenge with a password in the open.
//
// A camera is a server that is not trusted. An answer is read up to a limit
// in size, depth and time, a document type is refused, and no address that it
// names is followed to another host. Passwords go as a digest (WS-Security
// UsernameToken, or HTTP digest where the camera asks for that), never in an
// error or a log.
//
// Source: ONVIF Core Specification 5.9.4 (access control), 7 (discovery),
// Device Management, Media, Media2 and Recording Control services.
package onvif

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // UsernameToken digest is SHA-1 by its specification (OASIS WSS 1.0)
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/fault"
)

// Limits on what a camera may answer.
const (
	// AnswerMax is the most bytes read of one answer.
	AnswerMax = 1 << 20
	// AnswerTime is the longest one question may take.
	AnswerTime = 5 * time.Second
	// elementsMax bounds the work of parsing, attributes counted as elements:
	// the standard parser needs seconds for a million attributes.
	elementsMax = 20000
)

// Namespaces of the services that are asked.
const (
	nsDevice    = "http://www.onvif.org/ver10/device/wsdl"
	nsRecording = "http://www.onvif.org/ver10/recording/wsdl"
)

// Config is how a camera is reached.
type Config struct {
	// Address is the device service, such as http://10.1.2.3/onvif/device_service.
	Address  string
	User     string
	Password string
	// CertSHA256 pins the certificate of an https address (hex SHA-256 of the
	// DER); empty is the system's trust.
	CertSHA256 string
	Clock      clock.Clock
	// Dial opens connections; it holds the rule about which networks cameras
	// may be in. Required: without it nothing is dialled.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Client asks one camera. It is not for concurrent use.
type Client struct {
	cfg    Config
	host   string
	http   *http.Client
	offset time.Duration // camera's clock minus ours
	synced bool
	// clockSet is how the camera says that its clock is set.
	clockSet string
	// how is what let us in last, so that it is tried first.
	how   manner
	login *challenge // of HTTP digest, nil if the camera asked for none
}

// manner is how a question is asked.
type manner int

const (
	openly   manner = iota
	byToken         // WS-Security
	byDigest        // HTTP
)

// New makes a client. An address that is not http or https, or that holds a
// password, is Invalid "camera.address".
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || cfg.Dial == nil {
		return nil, fault.New(fault.Invalid, "camera.address", "not an ONVIF address")
	}
	return &Client{cfg: cfg, host: u.Hostname(), http: &http.Client{
		Timeout:       AnswerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DialContext: cfg.Dial, DisableKeepAlives: true, Proxy: nil, MaxResponseHeaderBytes: 1 << 16,
			TLSClientConfig: pinned(cfg.CertSHA256)},
	}}, nil
}

// pinned takes one certificate and no other. Cameras sign their own, without
// names and long expired: the pin stands for all of that.
func pinned(sum string) *tls.Config {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if sum == "" {
		return t
	}
	t.InsecureSkipVerify = true
	t.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) > 0 {
			if got := sha256.Sum256(s.PeerCertificates[0].Raw); strings.EqualFold(hex.EncodeToString(got[:]), strings.ReplaceAll(sum, ":", "")) {
				return nil
			}
		}
		return fault.New(fault.Refused, "camera.tls", "the certificate is not the one that was pinned")
	}
	return t
}

// Address is the device service where cameras usually have it.
func Address(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return "http://" + host + "/onvif/device_service"
}

// Storage is what a camera keeps itself.
type Storage struct {
	// Service says that the camera has ONVIF's recording service at all.
	Service bool
	// Recordings is how many recordings it says that it keeps.
	Recordings int
}

// Storage asks whether the camera records to a storage of its own. A camera
// without the recording service answers the zero value; one that cannot be
// asked is Unavailable or Denied.
func (c *Client) Storage(ctx context.Context) (s Storage, err error) {
	defer fault.Wrap(&err, "onvif.Storage(%s)", c.host)
	var services struct {
		Service []struct {
			Namespace string
			XAddr     string
		}
	}
	if err := c.call(ctx, c.cfg.Address, `<GetServices xmlns="`+nsDevice+`"><IncludeCapability>false</IncludeCapability></GetServices>`, &services); err != nil {
		return s, err
	}
	for _, sv := range services.Service {
		if sv.Namespace != nsRecording {
			continue
		}
		s.Service = true
		to, err := c.own(sv.XAddr)
		if err != nil {
			return s, err
		}
		var found struct {
			RecordingItem []struct{ RecordingToken string }
		}
		if err := c.call(ctx, to, `<GetRecordings xmlns="`+nsRecording+`"/>`, &found); err != nil {
			return s, err
		}
		s.Recordings = len(found.RecordingItem)
	}
	return s, nil
}

// own refuses an address that leads to another host than the one asked.
func (c *Client) own(addr string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(addr))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !strings.EqualFold(u.Hostname(), c.host) || u.User != nil {
		return "", fault.New(fault.Denied, "camera.address", "the camera names a service on another host")
	}
	return u.String(), nil
}

// call asks in the way that worked last, first in the open, and with a digest
// if the camera wants one.
func (c *Client) call(ctx context.Context, to, body string, out any) error {
	err := c.ask(ctx, to, body, c.how, out)
	if c.cfg.User == "" || !refused(err) {
		return err
	}
	if !c.synced {
		c.learnClock(ctx)
	}
	for _, how := range [...]manner{byToken, byDigest} {
		if how == byDigest && c.login == nil {
			break
		}
		if err = c.ask(ctx, to, body, how, out); !refused(err) {
			c.how = how
			return err
		}
	}
	return err
}

func refused(err error) bool {
	return fault.Is(err, fault.Denied) && fault.Key(err) == "camera.auth"
}

// learnClock reads the camera's clock, since it refuses a digest that is not
// of its own time. One that does not tell is taken to be right.
func (c *Client) learnClock(ctx context.Context) {
	var at struct {
		SystemDateAndTime struct {
			DateTimeType string
			UTCDateTime  struct {
				Time struct{ Hour, Minute, Second int }
				Date struct{ Year, Month, Day int }
			}
		}
	}
	if c.ask(ctx, c.cfg.Address, `<GetSystemDateAndTime xmlns="`+nsDevice+`"/>`, openly, &at) != nil {
		return
	}
	d, t := at.SystemDateAndTime.UTCDateTime.Date, at.SystemDateAndTime.UTCDateTime.Time
	if d.Year < 1970 || d.Year > 9999 {
		return
	}
	c.offset = time.Date(d.Year, time.Month(d.Month), d.Day, t.Hour, t.Minute, t.Second, 0, time.UTC).Sub(c.cfg.Clock.Now())
	c.synced, c.clockSet = true, at.SystemDateAndTime.DateTimeType
}

// security makes a UsernameToken: base64(SHA-1(nonce + created + password)).
func (c *Client) security() (string, error) {
	var nonce [16]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return "", err
	}
	created := c.cfg.Clock.Now().Add(c.offset).Format("2006-01-02T15:04:05Z")
	digest := sha1.Sum(slices.Concat(nonce[:], []byte(created), []byte(c.cfg.Password))) //nolint:gosec // as the standard has it
	const wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	const wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	const token = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
	return `<s:Header><Security s:mustUnderstand="1" xmlns="` + wsse + `"><UsernameToken><Username>` + escape(c.cfg.User) +
		`</Username><Password Type="` + token + `">` + base64.StdEncoding.EncodeToString(digest[:]) +
		`</Password><Nonce>` + base64.StdEncoding.EncodeToString(nonce[:]) +
		`</Nonce><Created xmlns="` + wsu + `">` + created + `</Created></UsernameToken></Security></s:Header>`, nil
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a buffer takes everything
	return b.String()
}

func (c *Client) ask(ctx context.Context, to, body string, how manner, out any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, AnswerTime)
	defer cancel()
	head := ""
	if how == byToken {
		if head, err = c.security(); err != nil {
			return err
		}
	}
	env := `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">` + head + `<s:Body>` + body + `</s:Body></s:Envelope>`
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(env))
	if err != nil {
		return fault.As(fault.Invalid, "camera.address", err)
	}
	q.Header.Set("Content-Type", "application/soap+xml; charset=utf-8")
	if how == byDigest {
		h, err := c.login.answer(c.cfg.User, c.cfg.Password, q.URL.RequestURI())
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", h)
	}
	a, err := c.http.Do(q)
	if err != nil {
		return unreachable(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(io.LimitReader(a.Body, AnswerMax+1))
	if err != nil {
		return unreachable(err)
	}
	if len(b) > AnswerMax {
		return fault.New(fault.Invalid, "camera.too-large", "an ONVIF answer above %d bytes", AnswerMax)
	}
	if a.StatusCode == http.StatusUnauthorized {
		c.login = readChallenge(a.Header)
	}
	if a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden {
		return fault.New(fault.Denied, "camera.auth", "the camera refuses the user")
	}
	if err := parse(b, out); err != nil {
		return err
	}
	if a.StatusCode != http.StatusOK {
		return fault.New(fault.Unavailable, "camera.protocol", "ONVIF status %d", a.StatusCode)
	}
	return nil
}

// unreachable keeps a refusal that Dial made, and calls all else unreachable.
func unreachable(err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return err
	}
	return fault.As(fault.Unavailable, "camera.unreachable", err)
}
