package notify_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/notify"
	"vidne.dk/vidne/internal/notify/notifytest"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outbox is a running notifier.
type outbox struct {
	*notify.Notifier
	t   *testing.T
	clk *clock.Fake
}

func run(t *testing.T, d *db.DB, cfg notify.Config) *outbox {
	t.Helper()
	clk := clock.NewFake(start)
	n, err := notify.Open(context.Background(), d, clk, cfg)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return &outbox{n, t, clk}
}

// advance moves time once the outbox rests.
func (o *outbox) advance(d time.Duration) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	must(o.t, o.clk.Waiters(ctx, 1))
	o.clk.Advance(d)
}

// until advances by steps until f holds of the log.
func (o *outbox) until(step time.Duration, f func([]notify.Record) bool) []notify.Record {
	o.t.Helper()
	for range 500 {
		rs, err := o.Records(context.Background(), 100)
		must(o.t, err)
		if f(rs) {
			return rs
		}
		o.advance(step)
	}
	rs, _ := o.Records(context.Background(), 100)
	o.t.Fatalf("not within 500 steps of %v: %+v", step, rs)
	return nil
}

func allIn(s notify.State) func([]notify.Record) bool {
	return func(rs []notify.Record) bool {
		for _, r := range rs {
			if r.State != s {
				return false
			}
		}
		return len(rs) > 0
	}
}

func server(s *notifytest.Server) *notify.Mail {
	return &notify.Mail{Host: "127.0.0.1", Port: s.Port(), From: "vidne@example.dk", Roots: s.Roots, Implicit: s.Implicit}
}

func alarm(n int, what string) notify.Message {
	return notify.Message{Kind: "alarm." + what, Thread: fmt.Sprint("alarm-", n), To: []string{"drift@example.dk"},
		Subject: "Kamera på skolen: " + what, Text: "Kameraet svarer ikke.\n.\nSe https://vidne.example.dk/health\n", Data: map[string]int{"n": n}}
}

func TestMailOverEachKindOfTLS(t *testing.T) {
	req.Shows(t, "OPS-4")
	for name, c := range map[string]struct {
		server func(*notifytest.Server)
		client func(*notify.Mail)
	}{
		"starttls":           {nil, nil},
		"starttls and login": {func(s *notifytest.Server) { s.Password = "hemmeligt" }, func(m *notify.Mail) { m.User, m.Password = "vidne", "hemmeligt" }},
		"implicit":           {func(s *notifytest.Server) { s.Implicit = true }, nil},
		"plain relay":        {func(s *notifytest.Server) { s.NoTLS = true }, func(m *notify.Mail) { m.Plain = true }},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			s := notifytest.New(t, c.server)
			m := server(s)
			if c.client != nil {
				c.client(m)
			}
			o := run(t, dbtest.Open(t, dbtest.SQLite(t)), notify.Config{Mail: m})
			must(t, o.Send(context.Background(), alarm(1, "begin")))
			o.until(time.Second, allIn(notify.Sent))
			mails := s.Taken()
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			g := mails[0]
			if !strings.HasPrefix(g.From, "FROM:<vidne@example.dk>") || g.To != "TO:<drift@example.dk>" || g.Subject != "Kamera på skolen: begin" ||
				g.Text != "Kameraet svarer ikke.\r\n.\r\nSe https://vidne.example.dk/health\r\n" || g.Secure == s.NoTLS ||
				g.Message.Header.Get("Auto-Submitted") != "auto-generated" || g.Message.Header.Get("References") != "<thread.alarm-1@example.dk>" {
				t.Errorf("%+v %q", g, g.Text)
			}
			if at, err := g.Message.Header.Date(); err != nil || at.Before(start) {
				t.Errorf("date %v %v", at, err)
			}
		})
	}
}

// A server that offers no TLS, or one whose certificate nobody vouches for,
// gets neither the password nor the mail.
func TestNoMailWithoutTLS(t *testing.T) {
	for name, f := range map[string]func(*notifytest.Server, *notify.Mail){
		"no TLS": func(s *notifytest.Server, m *notify.Mail) { s.NoTLS = true },
		"no TLS, password": func(s *notifytest.Server, m *notify.Mail) {
			s.NoTLS, m.Plain, m.User, m.Password = true, true, "vidne", "x"
		},
		"unknown authority": func(s *notifytest.Server, m *notify.Mail) { m.Roots = x509.NewCertPool() },
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			s := notifytest.New(t, nil)
			m := server(s)
			f(s, m)
			o := run(t, dbtest.Open(t, dbtest.SQLite(t)), notify.Config{Mail: m})
			must(t, o.Send(context.Background(), alarm(1, "begin")))
			o.until(time.Second, func(rs []notify.Record) bool { return len(rs) == 1 && rs[0].Error != "" })
			if len(s.Taken()) != 0 {
				t.Error("the mail was sent")
			}
		})
	}
}

// A server that is away, then comes back: the begin and the end of an alarm
// arrive, in their order, once each, however long it took; another receiver
// does not wait for them.
func TestQueueOutlastsTheServer(t *testing.T) {
	req.Shows(t, "OPS-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := notifytest.New(t, nil)
		var tries atomic.Int64
		s.Answer(func(verb, arg string) string {
			if verb == "RCPT" && strings.Contains(arg, "drift") {
				switch tries.Add(1) % 3 {
				case 0:
					return "hang up"
				case 1:
					return "451 later"
				}
				return "421 much later"
			}
			return ""
		})
		o := run(t, d, notify.Config{Mail: server(s)})
		ctx := context.Background()
		must(t, o.Send(ctx, alarm(1, "begin")))
		must(t, o.Send(ctx, alarm(1, "end")))
		other := alarm(2, "begin")
		other.To = []string{"vagt@example.dk"}
		must(t, o.Send(ctx, other))
		o.until(time.Second, func(rs []notify.Record) bool { return len(s.Taken()) == 1 })
		o.until(10*time.Minute, func([]notify.Record) bool { return tries.Load() >= 12 })
		if oldest, n, err := o.Late(ctx); err != nil || n != 2 || !oldest.Equal(start) {
			t.Errorf("late: %v %d %v", oldest, n, err)
		}
		s.Answer(nil)
		rs := o.until(10*time.Minute, allIn(notify.Sent))
		mails := s.Taken()
		if len(mails) != 3 || mails[1].Subject != "Kamera på skolen: begin" || mails[2].Subject != "Kamera på skolen: end" {
			t.Errorf("%+v", mails)
		}
		if mails[1].Message.Header.Get("References") != mails[2].Message.Header.Get("References") {
			t.Error("begin and end of an alarm are not in one thread")
		}
		if oldest, n, err := o.Late(ctx); err != nil || n != 0 || !oldest.IsZero() {
			t.Errorf("late: %v %d %v", oldest, n, err)
		}
		for _, r := range rs {
			if r.Done.IsZero() || r.Attempts < 1 {
				t.Errorf("%+v", r)
			}
		}
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			left, err := db.One[int64](ctx, tx, "SELECT COUNT(*) FROM notify_outbox WHERE target <> '' OR body <> ''")
			if left != 0 {
				t.Errorf("%d addresses or texts are kept after sending", left)
			}
			return err
		}))
	})
}

func TestGivenUp(t *testing.T) {
	s := notifytest.New(t, nil)
	s.Answer(func(verb, arg string) string {
		switch {
		case strings.Contains(arg, "nobody"):
			return "550 no such user"
		case strings.Contains(arg, "full") && verb == "RCPT":
			return "452 mailbox full"
		}
		return ""
	})
	o := run(t, dbtest.Open(t, dbtest.SQLite(t)), notify.Config{Mail: server(s)})
	m := alarm(1, "begin")
	m.To = []string{"nobody@example.dk", "full@example.dk"}
	must(t, o.Send(context.Background(), m))
	rs := o.until(30*time.Minute, allIn(notify.GivenUp))
	for _, r := range rs {
		if strings.Contains(r.Error, "@") || r.Error == "" {
			t.Errorf("the log says %q", r.Error)
		}
	}
	if week := rs[0].Done.Sub(start); rs[0].Attempts < 10 || week < notify.GiveUp {
		t.Errorf("a full mailbox: %d attempts in %v", rs[0].Attempts, week)
	}
	if rs[1].Attempts != 1 {
		t.Errorf("an unknown address: %d attempts", rs[1].Attempts)
	}
	// The log ends at its age.
	o.until(24*time.Hour, func(rs []notify.Record) bool { return len(rs) == 0 })
}

type call struct {
	body              []byte
	delivery, at, sig string
}

func TestWebhooks(t *testing.T) {
	req.Shows(t, "OPS-4")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		var calls []call
		status := http.StatusServiceUnavailable
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			b, err := io.ReadAll(r.Body)
			if err != nil || r.Method != http.MethodPost || r.URL.Path != "/krog" {
				t.Errorf("%s %s %v", r.Method, r.URL, err)
			}
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call{b, r.Header.Get("Vidne-Delivery"), r.Header.Get("Vidne-Timestamp"), r.Header.Get("Vidne-Signature")})
			if status == http.StatusFound {
				w.Header().Set("Location", "/elsewhere")
			}
			w.WriteHeader(status)
		}))
		defer web.Close()
		set := func(code int) {
			mu.Lock()
			defer mu.Unlock()
			status = code
		}
		made := func() []call {
			mu.Lock()
			defer mu.Unlock()
			return append([]call(nil), calls...)
		}
		const secret = "en hemmelighed, som begge kender"
		o := run(t, d, notify.Config{Webhooks: []notify.Webhook{
			{Name: "vagtcentral", URL: web.URL + "/krog", Secret: secret, Kinds: []string{"alarm."}},
			{Name: "sager", URL: web.URL + "/never", Secret: secret, Kinds: []string{"case.decided"}},
		}})
		ctx := context.Background()
		must(t, o.Send(ctx, alarm(7, "begin")))
		o.until(10*time.Second, func([]notify.Record) bool { return len(made()) >= 2 })
		set(http.StatusFound) // a redirect is not followed
		o.until(time.Minute, func([]notify.Record) bool { return len(made()) >= 4 })
		set(http.StatusNoContent)
		o.until(time.Minute, allIn(notify.Sent))
		all := made()
		for _, c := range all {
			if c.sig != "v1="+notify.Signature(secret, c.at, c.body) || c.delivery == "" || c.delivery != all[0].delivery {
				t.Errorf("%+v", c)
			}
		}
		var got struct {
			ID, Kind, Thread, Subject, Text string
			At                              time.Time
			Data                            struct{ N int }
		}
		must(t, json.Unmarshal(all[0].body, &got))
		if got.Kind != "alarm.begin" || got.Thread != "alarm-7" || got.Data.N != 7 || got.Text == "" || !got.At.Equal(start) || got.ID == "" {
			t.Errorf("%+v", got)
		}
		set(http.StatusGone)
		must(t, o.Send(ctx, alarm(8, "begin")))
		o.until(time.Minute, func(rs []notify.Record) bool { return len(rs) == 2 && rs[0].State == notify.GivenUp })
	})
}

// A message goes out if and only if the act it tells of was committed, and
// once for one id.
func TestQueuedWithTheAct(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := notifytest.New(t, nil)
		o := run(t, d, notify.Config{Mail: server(s)})
		ctx := context.Background()
		undone := errors.New("the act failed")
		err := d.Write(ctx, func(tx *db.Tx) error {
			must(t, o.Queue(ctx, tx, alarm(1, "begin")))
			return undone
		})
		if !errors.Is(err, undone) {
			t.Fatal(err)
		}
		m := alarm(2, "begin")
		m.ID = "alarm-2-begin"
		for range 3 {
			must(t, o.Send(ctx, m))
		}
		rs := o.until(time.Second, allIn(notify.Sent))
		if len(rs) != 1 || rs[0].Message != "alarm-2-begin" || len(s.Taken()) != 1 {
			t.Errorf("%+v", rs)
		}
	})
}

// What was queued before a stop is sent after the next start.
func TestRestart(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	s := notifytest.New(t, nil)
	ctx := context.Background()
	n, err := notify.Open(ctx, d, clock.NewFake(start.Add(-time.Hour)), notify.Config{Mail: server(s)})
	must(t, err)
	must(t, n.Send(ctx, alarm(1, "begin")))

	// A stop amid sending gives the letter back at once.
	entered, release := make(chan struct{}, 1), make(chan struct{})
	s.Answer(func(verb, _ string) string {
		if verb != "DATA" {
			return ""
		}
		entered <- struct{}{}
		<-release
		return "hang up"
	})
	stopped, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(stopped)
	}()
	select {
	case <-entered:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was sent")
	}
	stop()
	<-done
	close(release)
	s.Answer(nil)

	o := run(t, d, notify.Config{Mail: server(s)})
	rs := o.until(time.Second, allIn(notify.Sent))
	if rs[0].Attempts != 2 || rs[0].Done.Sub(start) > 30*time.Second || len(s.Taken()) != 1 {
		t.Errorf("%+v", rs)
	}
}
