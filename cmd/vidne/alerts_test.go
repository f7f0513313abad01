package main

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/web"
)

func TestEveryAlarmHasWordsAndSaysWhatToDo(t *testing.T) {
	req.Shows(t, "OPS-4")
	words, err := page.ReadCatalogue(web.Text())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range engine.AlarmKeys() {
		for _, lang := range []page.Lang{page.Danish, page.English} {
			if !words.Has(lang, "alarm."+key) || !words.Has(lang, "alarm."+key+".do") {
				t.Errorf("%s: %s has no words, or does not say what to do", lang, key)
			}
		}
	}
}

func TestAnAlarmIsToldWhenItBeginsAndWhenItEnds(t *testing.T) {
	req.Shows(t, "OPS-4")
	type call struct{ Kind, Thread, Subject, Text string }
	calls := make(chan call, 4)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var c call
		if err := json.Unmarshal(b, &c); err != nil {
			t.Errorf("%v: %s", err, b)
		}
		calls <- c
	}))
	defer receiver.Close()
	dir := t.TempDir()
	secret := filepath.Join(dir, "hook.secret")
	if err := os.WriteFile(secret, []byte("a-secret-of-some-length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	a, err := openAlerts(ctx, engineConfig{ID: "engine-1", Dir: dir, Notify: notifyConfig{
		outboxConfig: outboxConfig{Webhooks: []webhookConfig{{Name: "vagt", URL: receiver.URL, SecretFile: secret}}},
	}}, clock.System(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); a.run(ctx) }()
	since := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	al := engineapi.Alarm{ID: "1", Key: "deletion.late", Since: since, Grave: true}
	a.told(al)
	al.Until = since.Add(time.Hour)
	a.told(al)
	for _, want := range []string{"alarm.begin", "alarm.end"} {
		select {
		case c := <-calls:
			if c.Kind != want || !strings.Contains(c.Text, "Optagelser er ikke slettet til tiden") || !strings.Contains(c.Text, "kl. 13.00") {
				t.Errorf("want %s, got %+v", want, c)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s was not told", want)
		}
	}
	cancel()
	<-done
	if err := a.close(); err != nil {
		t.Fatal(err)
	}
}
