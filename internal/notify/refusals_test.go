package notify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/notify"
)

func TestRefusals(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	clk := clock.NewFake(start)
	ctx := context.Background()
	secret := strings.Repeat("s", 16)
	for _, cfg := range []notify.Config{
		{Mail: &notify.Mail{Host: "x", Port: 25, From: "Vidne <a@b>"}},
		{Mail: &notify.Mail{Port: 25, From: "a@b.dk"}},
		{Mail: &notify.Mail{Host: "x", Port: 0, From: "a@b.dk"}},
		{Webhooks: []notify.Webhook{{Name: "a", URL: "http://example.dk", Secret: secret}}},
		{Webhooks: []notify.Webhook{{Name: "a", URL: "https://u:p@example.dk", Secret: secret}}},
		{Webhooks: []notify.Webhook{{Name: "a", URL: "file:///etc/passwd", Secret: secret}}},
		{Webhooks: []notify.Webhook{{Name: "a", URL: "https://example.dk", Secret: "kort"}}},
		{Webhooks: []notify.Webhook{{Name: "mail", URL: "https://example.dk", Secret: secret}}},
		{Webhooks: []notify.Webhook{{Name: "a", URL: "https://x.dk", Secret: secret}, {Name: "a", URL: "https://y.dk", Secret: secret}}},
	} {
		if _, err := notify.Open(ctx, d, clk, cfg); !fault.Is(err, fault.Invalid) || strings.Contains(fmt.Sprint(err), "u:p") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	n, err := notify.Open(ctx, d, clk, notify.Config{Mail: &notify.Mail{Host: "127.0.0.1", Port: 1, From: "a@b.dk"}})
	must(t, err)
	good := alarm(1, "begin")
	for _, change := range []func(*notify.Message){
		func(m *notify.Message) { m.Subject = "a\r\nBcc: x@y.dk" },
		func(m *notify.Message) { m.To = []string{"a@b.dk\r\nBcc: x@y.dk"} },
		func(m *notify.Message) { m.To = []string{"a@b.dk>\r\nRCPT TO:<x@y.dk"} },
		func(m *notify.Message) { m.To = []string{"A <a@b.dk>"} },
		func(m *notify.Message) { m.To = []string{"a@b.dk, c@d.dk"} },
		func(m *notify.Message) { m.To = []string{`"a b"@b.dk`} },
		func(m *notify.Message) { m.To = []string{""} },
		func(m *notify.Message) { m.Kind = "" },
		func(m *notify.Message) { m.Text = strings.Repeat("x", notify.MaxText+1) },
		func(m *notify.Message) { m.Text = "\xff" },
		func(m *notify.Message) { m.Data = func() {} },
	} {
		m := good
		change(&m)
		if err := n.Send(ctx, m); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if rs, _ := n.Records(ctx, 10); len(rs) != 0 {
		t.Errorf("%+v", rs)
	}
}
