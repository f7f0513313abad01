package notify_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// smtpServer is a mail server for tests: it speaks as much of RFC 5321, 3207
// and 4954 as a client needs, and does what a test tells it.
type smtpServer struct {
	t        *testing.T
	l        net.Listener
	tls      *tls.Config
	roots    *x509.CertPool
	implicit bool
	noTLS    bool
	password string // required login of user "vidne", none if empty

	mu    sync.Mutex
	mails []got
	say   func(verb, arg string) string // an answer instead of the usual one, or ""
	seen  chan struct{}                 // one for each mail taken
}

type got struct {
	from, to string
	m        *mail.Message
	text     string
	subject  string
	secure   bool
}

func newSMTP(t *testing.T, f func(*smtpServer)) *smtpServer {
	t.Helper()
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS() // for its certificate, which names 127.0.0.1
	s := &smtpServer{t: t, tls: &tls.Config{Certificates: web.TLS.Certificates}, roots: x509.NewCertPool(), seen: make(chan struct{}, 100)}
	s.roots.AddCert(web.Certificate())
	web.Close()
	if f != nil {
		f(s)
	}
	var err error
	if s.l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
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

func (s *smtpServer) port() int { return s.l.Addr().(*net.TCPAddr).Port }

func (s *smtpServer) answer(f func(verb, arg string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say = f
}

func (s *smtpServer) taken() []got {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]got(nil), s.mails...)
}

func (s *smtpServer) serve(c net.Conn) {
	defer func() { c.Close() }()
	secure := s.implicit
	if s.implicit {
		c = tls.Server(c, s.tls)
	}
	r := bufio.NewReader(c)
	reply := func(text string) bool {
		_, err := io.WriteString(c, text+"\r\n")
		return err == nil
	}
	reply("220 test")
	var g got
	login := s.password == ""
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
			if !secure && !s.noTLS {
				text += "250-STARTTLS\r\n"
			}
			if s.password != "" {
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
			if login = string(raw) == "\x00vidne\x00"+s.password; login {
				reply("235 welcome")
			} else {
				reply("535 wrong password")
			}
		case "MAIL":
			if !login {
				reply("530 who are you")
				continue
			}
			g = got{from: arg, secure: secure}
			reply("250 ok")
		case "RCPT":
			g.to = arg
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

func (s *smtpServer) take(g got, raw string) {
	var err error
	if g.m, err = mail.ReadMessage(strings.NewReader(raw)); err != nil {
		s.t.Errorf("no mail: %v\n%s", err, raw)
		return
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, g.m.Body))
	if err != nil {
		s.t.Errorf("body: %v\n%s", err, raw)
	}
	g.text = string(body)
	if g.subject, err = new(mime.WordDecoder).DecodeHeader(g.m.Header.Get("Subject")); err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	s.mails = append(s.mails, g)
	s.mu.Unlock()
	s.seen <- struct{}{}
}
