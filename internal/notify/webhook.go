package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// Webhook is an address that gets messages as signed JSON.
type Webhook struct {
	Name   string // of the channel: [a-z0-9-], not "mail"
	URL    string // https, or http on this machine
	Secret string // shared, at least 16 bytes: signs every call
	// Kinds are those it gets; empty is all, one ending in "." all that begin so.
	Kinds []string
}

func (w Webhook) String() string { return "webhook " + w.Name }

// hookBody is what is posted; docs/ref/notify.md.
type hookBody struct {
	ID      string    `json:"id"`
	Kind    string    `json:"kind"`
	Thread  string    `json:"thread"`
	At      time.Time `json:"at"`
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Data    any       `json:"data"`
}

func (w *Webhook) check() error {
	u, err := url.Parse(w.URL)
	switch {
	case w.Name == "" || w.Name == channelMail || strings.Trim(w.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
		return fault.New(fault.Invalid, "notify.config", "not a webhook's name: %q", w.Name)
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !local(u.Hostname())):
		return fault.New(fault.Invalid, "notify.config", "webhook %s: not an https address", w.Name)
	case len(w.Secret) < 16:
		return fault.New(fault.Invalid, "notify.config", "webhook %s: the secret is shorter than 16 bytes", w.Name)
	}
	return nil
}

func (w *Webhook) wants(kind string) bool {
	return len(w.Kinds) == 0 || slices.ContainsFunc(w.Kinds, func(k string) bool {
		return k == kind || strings.HasSuffix(k, ".") && strings.HasPrefix(kind, k)
	})
}

// post calls the webhook once.
func (w *Webhook) post(ctx context.Context, now time.Time, l letter) error {
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader([]byte(l.Body)))
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	stamp := strconv.FormatInt(now.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vidne")
	req.Header.Set("Vidne-Delivery", l.ID)
	req.Header.Set("Vidne-Timestamp", stamp)
	req.Header.Set("Vidne-Signature", "v1="+Signature(w.Secret, stamp, []byte(l.Body)))
	client := &http.Client{
		Transport:     &http.Transport{DialContext: w.dial, DisableKeepAlives: true, TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address may hold a token
		}
		return fault.As(fault.Unavailable, "webhook.away", err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // so that it can finish its answer
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
		return nil
	case res.StatusCode == http.StatusGone:
		return fault.As(fault.Refused, "webhook.refused", fmt.Errorf("%w: it answered %d", errForGood, res.StatusCode))
	}
	return fault.New(fault.Unavailable, "webhook.away", "it answered %d", res.StatusCode)
}

// Signature is how a call is signed: HMAC-SHA-256 under the shared secret over
// the time stamp, a full stop and the body, in hex.
func Signature(secret, stamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// dial resolves the name itself and goes to an address that it has looked at:
// nothing link-local, where cloud machines keep their secrets, and this
// machine only if the operator wrote so.
func (w *Webhook) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	err = fault.New(fault.Denied, "webhook.address", "%s is not an address for a webhook", host)
	dialer := &net.Dialer{Timeout: 10 * time.Second}
	for _, ip := range ips {
		ip = ip.Unmap()
		if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip.IsLoopback() && !local(host) {
			continue
		}
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(ip.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

func local(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
