package disclosure_test

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/disclosure"
	"vidne.dk/vidne/internal/evidence/evidencetest"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

// oneCopy is a drawer with one approved copy in it.
type oneCopy struct{ until time.Time }

func (c oneCopy) Copy(_ context.Context, controller, id string) (disclosure.Copy, error) {
	if controller != "lindeby" || id != "k1" {
		return disclosure.Copy{}, fault.New(fault.NotFound, "copy.unknown", "no copy %q", id)
	}
	return disclosure.Copy{ID: id, Number: "K-2026-001", Location: "skole", Camera: "a", From: evidencetest.Start, To: evidencetest.Start.Add(time.Minute), Until: c.until}, nil
}

func (c oneCopy) Film(_ context.Context, _, _ string, w io.Writer) error {
	_, err := io.WriteString(w, "everybody else is covered")
	return err
}

// A registered person gets the anonymised copy and nothing else, and ours dies
// with it.
func TestARegisteredPersonGetsTheCopy(t *testing.T) {
	req.Shows(t, "EVID-7", "KEEP-6", "GOV-5")
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	ctx := t.Context()
	b.config.Copies = oneCopy{b.clk.Now().Add(5 * day)}
	b.open()
	got := b.next(b.approved(disclosure.Draft{Kind: disclosure.ToRegistered, Request: "b1", Copy: "k1", Recipient: disclosure.Recipient{Name: "Ida Holm"}, Words: "Hun har bedt om indsigt"}).ID)
	b.is(got, disclosure.Ready)
	if n := len(b.entries("export.issued")); n != 0 {
		t.Errorf("%d export orders: an original was asked for", n)
	}
	phrase, err := b.Show(ctx, got.ID, b.who("jonas"))
	must(t, err)
	dir := t.TempDir()
	out, err := exec.Command("7zz", "x", "-p"+phrase.Reveal(), "-o"+dir, filepath.Join(b.kit.Maker.Dir, got.Package().ID, got.Package().Envelope().Name)).CombinedOutput()
	if err != nil {
		t.Fatalf("7-Zip: %s", out)
	}
	film, err := os.ReadFile(filepath.Join(dir, "kopi.mp4"))
	must(t, err)
	if string(film) != "everybody else is covered" {
		t.Errorf("%q", film)
	}
	if out, err := exec.Command("sh", "-c", "cd '"+dir+"' && sha256sum -c 4-KONTROL/SHA256SUMS").CombinedOutput(); err != nil {
		t.Errorf("%s", out)
	}
	_, err = b.HandOver(ctx, got.ID, b.receipt(), b.who("jonas"))
	must(t, err)
	b.clk.Advance(5 * day)
	must(t, b.Tick(ctx))
	if got = b.get(got.ID); got.Package().Gone.IsZero() || len(b.packages()) != 0 || got.Receipt == nil {
		t.Errorf("%+v", got)
	}
}
