// Package notifytest is a mail server for tests: it takes mail on loopback and
// does what a test tells it. It promises nothing to anybody else.
package notifytest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// Server speaks as much of RFC 5321, 3207 and 4954 as a client needs. Its
// fields are set before it starts.
type Server struct {
	Roots    *x509.CertPool // that its certificate is checked by
	CA       []byte         // the same as PEM
	Implicit bool           // TLS from the first byte
	NoTLS    bool
	Password string        // required login of user "vidne", none if empty
	Seen     chan struct{} // one for each mail taken

	t     *testing.T
	l     net.Listener
	tls   *tls.Config
	mu    sync.Mutex
	mails []Mail
	say   func(verb, arg string) string
}

// Mail is one that was taken; Text and Subject are decoded.
type Mail struct {
	From, To, Subject, Text, Raw string
	Message                      *mail.Message
	Secure                       bool
}

// New starts a server that ends with the test; f, if any, sets its fields.
func New(t *testing.T, f func(*Server)) *Server {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS() // for its certificate, which names 127.0.0.1
	s := &Server{t: t, tls: &tls.Config{Certificates: web.TLS.Certificates}, Roots: x509.NewCertPool(), Seen: make(chan struct{}, 1000)}
	s.Roots.AddCert(web.Certificate())
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: web.Certificate().Raw})
	web.Close()
	if f != nil {
		f(s)
	}
	var err error
	if s.l, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := s.l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(c) })
		}
	})
	t.Cleanup(func() {
		s.l.Close()
		all.Wait()
	})
	return s
}

// Port is where it listens on 127.0.0.1.
func (s *Server) Port() int { return s.l.Addr().(*net.TCPAddr).Port }

// Answer lets f answer instead, where it says anything; "hang up" is that.
func (s *Server) Answer(f func(verb, arg string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say = f
}

// Taken are all mails so far.
func (s *Server) Taken() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Drain are the mails that came since the last time.
func (s *Server) Drain() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.mails
	s.mails = nil
	return out
}

func (s *Server) serve(c net.Conn) {
	defer func() { c.Close() }()
	secure := s.Implicit
	if s.Implicit {
		c = tls.Server(c, s.tls)
	}
	r := bufio.NewReader(c)
	reply := func(text string) bool {
		_, err := io.WriteString(c, text+"\r\n")
		return err == nil
	}
	reply("220 test")
	var g Mail
	login := s.Password == ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb = strings.ToUpper(verb)
		s.mu.Lock()
		say := s.say
		s.mu.Unlock()
		if say != nil {
			if text := say(verb, arg); text == "hang up" {
				return
			} else if text != "" {
				reply(text)
				continue
			}
		}
		switch verb {
		case "EHLO":
			text := "250-test\r\n"
			if !secure && !s.NoTLS {
				text += "250-STARTTLS\r\n"
			}
			if s.Password != "" {
				text += "250-AUTH PLAIN\r\n"
			}
			reply(text + "250 8BITMIME")
		case "STARTTLS":
			reply("220 go on")
			c = tls.Server(c, s.tls)
			r, secure = bufio.NewReader(c), true
		case "AUTH":
			raw, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(arg, "PLAIN "))
			if !secure {
				s.t.Errorf("a password over a bare connection: %q", raw)
			}
			if login = string(raw) == "\x00vidne\x00"+s.Password; login {
				reply("235 welcome")
			} else {
				reply("535 wrong password")
			}
		case "MAIL":
			if !login {
				reply("530 who are you")
				continue
			}
			g = Mail{From: arg, Secure: secure}
			reply("250 ok")
		case "RCPT":
			g.To = arg
			reply("250 ok")
		case "DATA":
			reply("354 go on")
			var b strings.Builder
			for {
				line, err := r.ReadString('\n')
				if err != nil {
					return
				}
				if line == ".\r\n" {
					break
				}
				if len(line) > 1000 || !strings.HasSuffix(line, "\r\n") {
					s.t.Errorf("line %q", line)
				}
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			s.take(g, b.String())
			reply("250 taken")
		case "QUIT":
			reply("221 bye")
			return
		default:
			reply("502 what?")
		}
	}
}

func (s *Server) take(g Mail, raw string) {
	var err error
	if g.Message, err = mail.ReadMessage(strings.NewReader(raw)); err != nil {
		s.t.Errorf("no mail: %v\n%s", err, raw)
		return
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, g.Message.Body))
	if err != nil {
		s.t.Errorf("body: %v\n%s", err, raw)
	}
	g.Text, g.Raw = string(body), raw
	if g.Subject, err = new(mime.WordDecoder).DecodeHeader(g.Message.Header.Get("Subject")); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.mails = append(s.mails, g)
	s.mu.Unlock()
	s.Seen <- struct{}{}
}
