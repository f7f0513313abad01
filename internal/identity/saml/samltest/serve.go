package samltest

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	dsig "github.com/russellhaering/goxmldsig"
)

// Question is what somebody asks of a provider.
type Question struct {
	XMLName    xml.Name `xml:"urn:oasis:names:tc:SAML:2.0:protocol AuthnRequest"`
	ID         string   `xml:"ID,attr"`
	Consumer   string   `xml:"AssertionConsumerServiceURL,attr"`
	Force      bool     `xml:"ForceAuthn,attr"`
	Issuer     string   `xml:"Issuer"`
	Level      string   `xml:"RequestedAuthnContext>AuthnContextClassRef"`
	RelayState string   `xml:"-"`
}

// Redirected reads a question from an address, whose signature is by is
// (HTTP-Redirect, SAML Bindings 3.4.4.1).
func Redirected(address string, by Party) (q Question, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return q, err
	}
	signed, _, ok := strings.Cut(u.RawQuery, "&Signature=")
	v := u.Query()
	if !ok || v.Get("SigAlg") != dsig.RSASHA256SignatureMethod {
		return q, errors.New("not signed")
	}
	signature, err := base64.StdEncoding.DecodeString(v.Get("Signature"))
	if err != nil {
		return q, err
	}
	sum := sha256.Sum256([]byte(signed))
	if err := rsa.VerifyPKCS1v15(&by.Key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		return q, err
	}
	raw, err := base64.StdEncoding.DecodeString(v.Get("SAMLRequest"))
	if err != nil {
		return q, err
	}
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(raw)))
	if err != nil {
		return q, err
	}
	q.RelayState = v.Get("RelayState")
	return q, xml.Unmarshal(text, &q)
}

const page = `<!doctype html><html lang="da"><title>IdP</title><h1>Udbyderens login</h1>
<form method="post" action="%s"><input type="hidden" name="SAMLResponse" value="%s"><input type="hidden" name="RelayState" value="%s"><button id="log-ind">Log ind</button></form></html>`

// Handler shows a page that posts the answer of change to whoever asks; by is
// who signs the questions.
func (i *IdP) Handler(now func() time.Time, by Party, change func(q Question, r *Reply)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q, err := Redirected(r.URL.String(), by)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a := i.Reply(now(), q.ID, q.Consumer, q.Issuer)
		change(q, &a)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, page, html.EscapeString(q.Consumer), Encode(a.XML()), html.EscapeString(q.RelayState))
	})
}
