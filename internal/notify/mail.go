package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/smtp"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// sendWait bounds the sending of one mail or the call of one webhook.
const sendWait = time.Minute

// Mail is a mail server that takes our mail. Its String hides the password.
type Mail struct {
	Host string
	Port int // 465 speaks TLS from the start, any other begins with STARTTLS
	User string
	// Password is sent over TLS only.
	Password string
	From     string // bare address
	// Implicit speaks TLS from the start on a port other than 465.
	Implicit bool
	// Plain allows a server that offers no TLS, such as a relay on this machine.
	// A password is not sent to it.
	Plain bool
	// Roots are the certificates trusted; nil is the system's.
	Roots *x509.CertPool
}

func (m *Mail) String() string { return "mail server " + m.Host }

func (m *Mail) check() error {
	if _, err := bare(m.From); err != nil || m.Host == "" || m.Port < 1 || m.Port > 65535 {
		return fault.New(fault.Invalid, "notify.config", "a mail server needs host, port and a bare from address")
	}
	return nil
}

// send hands one letter to the server.
func (m *Mail) send(ctx context.Context, now time.Time, l letter) (err error) {
	ctx, cancel := context.WithTimeout(ctx, sendWait)
	defer cancel()
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = fault.As(fault.Unavailable, "mail.away", ctx.Err())
		}
	}()
	tlsConfig := &tls.Config{ServerName: m.Host, RootCAs: m.Roots, MinVersion: tls.VersionTLS12}
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", net.JoinHostPort(m.Host, strconv.Itoa(m.Port)))
	if err != nil {
		return fault.As(fault.Unavailable, "mail.away", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	implicit := m.Implicit || m.Port == 465
	if implicit {
		t := tls.Client(conn, tlsConfig)
		if err := t.HandshakeContext(ctx); err != nil {
			return fault.As(fault.Unavailable, "mail.tls", err)
		}
		conn = t
	}
	c, err := smtp.NewClient(conn, m.Host)
	if err != nil {
		return answered(err)
	}
	if err := c.Hello(domain(m.From)); err != nil {
		return answered(err)
	}
	if !implicit {
		if offered, _ := c.Extension("STARTTLS"); offered {
			if err := c.StartTLS(tlsConfig); err != nil {
				return fault.As(fault.Unavailable, "mail.tls", err)
			}
		} else if !m.Plain || m.User != "" {
			return fault.New(fault.Unavailable, "mail.tls", "the mail server offers no TLS")
		}
	}
	if m.User != "" {
		if err := c.Auth(smtp.PlainAuth("", m.User, m.Password, m.Host)); err != nil {
			return fault.As(fault.Unavailable, "mail.login", err) // a wrong password can be put right
		}
	}
	if err := c.Mail(m.From); err != nil {
		return answered(err)
	}
	if err := c.Rcpt(l.Target); err != nil {
		return answered(err)
	}
	w, err := c.Data()
	if err != nil {
		return answered(err)
	}
	if _, err := io.WriteString(w, m.compose(now, l)); err != nil {
		return answered(err)
	}
	if err := w.Close(); err != nil {
		return answered(err)
	}
	_ = c.Quit() // it has the mail
	return nil
}

// answered tells what is refused for good (RFC 5321 section 4.2.1: 5yz) from
// what may go better later.
func answered(err error) error {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 && said.Code != 530 && said.Code != 535 {
		return fault.As(fault.Refused, "mail.refused", fmt.Errorf("%w: %w", errForGood, err))
	}
	return fault.As(fault.Unavailable, "mail.away", err)
}

// compose makes the mail: RFC 5322, one text part in base64 so that every line
// is short and plain.
func (m *Mail) compose(now time.Time, l letter) string {
	var b strings.Builder
	head := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	at := domain(m.From)
	head("From", "Vidne <"+m.From+">")
	head("To", "<"+l.Target+">")
	head("Subject", mime.QEncoding.Encode("utf-8", l.Subject))
	head("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
	head("Message-ID", "<"+l.ID+"@"+at+">") // the same at every attempt
	if l.Thread != "" {
		head("References", "<thread."+token(l.Thread)+"@"+at+">")
	}
	head("Auto-Submitted", "auto-generated") // RFC 3834: no answers from holidays
	head("MIME-Version", "1.0")
	head("Content-Type", `text/plain; charset="utf-8"`)
	head("Content-Transfer-Encoding", "base64")
	b.WriteString("\r\n")
	text := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(l.Body, "\n", "\r\n")))
	for len(text) > 76 {
		b.WriteString(text[:76] + "\r\n")
		text = text[76:]
	}
	b.WriteString(text + "\r\n")
	return b.String()
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

// token leaves of s what may stand in a message id.
func token(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}, s)
}
