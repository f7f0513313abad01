package engine_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

// Several controllers share an engine's ledger. Each reads its own, and can
// still have the whole checked.
func TestALedgerOfSeveralControllersIsGivenToEachInItsPart(t *testing.T) {
	t.Parallel()
	req.Shows(t, "LOG-1", "LOG-4")
	s := enginetest.New(t, time.Time{})
	now := s.Now()
	theirs := func() permit.Head {
		h := s.Head()
		h.Controller = "valhal"
		return h
	}
	s.Reach(&permit.Camera{Camera: "mine", Name: "Min", URL: "rtsp://127.0.0.1:1/cam", Transport: permit.TransportTCP})
	s.Say(&permit.Camera{Head: theirs(), Camera: "theirs", Serial: 1, Name: "Deres", URL: "rtsp://127.0.0.1:1/cam", Transport: permit.TransportTCP, Sealed: []byte{}})
	s.Say(&permit.Stop{Head: s.Head(), Cameras: []string{"mine"}, Reason: "Vores grund"})
	s.Say(&permit.Stop{Head: theirs(), Cameras: []string{"theirs"}, Reason: "Deres grund"})
	foreign := &permit.Stop{Head: theirs(), Cameras: []string{"mine"}, Reason: "Ikke deres"}
	if _, err := s.Client.Statement(t.Context(), s.Sign(foreign)); err == nil {
		t.Error("a stop of another's camera is taken")
	}
	// A refused try to look is known by its camera alone.
	for _, camera := range []string{"mine", "theirs", "nobodys"} {
		q := query(camera, now.Add(-time.Hour), now.Add(-30*time.Minute))
		if _, err := s.Frames(q, engineapi.Pass{Statement: []byte("luk op")}); err == nil {
			t.Errorf("%s is shown", camera)
		}
	}
	all := s.Ledger()
	id, err := s.Client.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := verify.ParseKey(id.LedgerKey)
	if err != nil {
		t.Fatal(err)
	}
	for controller, want := range map[string]struct{ holds, lacks []string }{
		"heimdal": {[]string{`"mine"`, "Vores grund", "engine.started"}, []string{`"theirs"`, "Deres grund", "Deres", `"nobodys"`}},
		"valhal":  {[]string{`"theirs"`, "Deres grund", "engine.started"}, []string{"Vores grund", `"Min"`, `"nobodys"`}},
		"nobody":  {[]string{"engine.started"}, []string{`"theirs"`, `"mine"`, `"nobodys"`}},
		"":        {[]string{`"mine"`, `"theirs"`, `"nobodys"`}, nil},
	} {
		body, err := s.Client.LedgerExtract(t.Context(), 0, int64(len(all)), controller)
		if err != nil {
			t.Fatal(err)
		}
		extract, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		body.Close()
		shown := 0
		report, err := verify.Extract(bytes.NewReader(extract), []verify.Key{key}, verify.ExtractOptions{Visit: func(verify.Entry) { shown++ }})
		if err != nil || !report.OK() {
			t.Errorf("%q: the extract is not good: %v %+v", controller, err, report)
		}
		found, err := s.Client.LedgerFind(t.Context(), engineapi.LedgerFilter{From: s.Born, To: s.Now().Add(time.Hour), Controller: controller, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != shown {
			t.Errorf("%q: %d entries are found, the extract shows %d", controller, len(found), shown)
		}
		var list strings.Builder
		for _, e := range found {
			list.WriteString(e.Kind + " " + string(e.Body) + "\n")
		}
		for _, text := range []string{string(extract), list.String()} {
			for _, word := range want.holds {
				if !strings.Contains(text, word) {
					t.Errorf("%q lacks %s", controller, word)
				}
			}
			for _, word := range want.lacks {
				if strings.Contains(text, word) {
					t.Errorf("%q reads %s", controller, word)
				}
			}
		}
	}
}
