package reminder_test

import (
	"bufio"
	"encoding/base64"
	"io"
	"mime"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
)

// mailServer takes mail as a relay on this machine does.
type mailServer struct {
	t     *testing.T
	l     net.Listener
	mu    sync.Mutex
	mails []letter
	deaf  bool // refuses every receiver for good
}

type letter struct{ to, subject, text, raw string }

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	s := &mailServer{t: t}
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

func (s *mailServer) port() int { return s.l.Addr().(*net.TCPAddr).Port }

// take gives the mails that came since the last time.
func (s *mailServer) take() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.mails
	s.mails = nil
	return out
}

func (s *mailServer) refuse(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = all
}

func (s *mailServer) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	reply := func(text string) { _, _ = io.WriteString(c, text+"\r\n") }
	reply("220 test")
	to := ""
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb, arg, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		s.mu.Lock()
		deaf := s.deaf
		s.mu.Unlock()
		switch strings.ToUpper(verb) {
		case "EHLO":
			reply("250-test\r\n250 8BITMIME")
		case "RCPT":
			if deaf {
				reply("550 nobody here")
				continue
			}
			to = strings.Trim(strings.TrimPrefix(arg, "TO:"), "<>")
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
				b.WriteString(strings.TrimPrefix(line, "."))
			}
			s.keep(to, b.String())
			reply("250 taken")
		case "QUIT":
			reply("221 bye")
			return
		default:
			reply("250 ok")
		}
	}
}

func (s *mailServer) keep(to, raw string) {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		s.t.Errorf("no mail: %v\n%s", err, raw)
		return
	}
	text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	if err != nil {
		s.t.Error(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		s.t.Error(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, letter{to, subject, strings.ReplaceAll(string(text), "\r\n", "\n"), raw})
}
