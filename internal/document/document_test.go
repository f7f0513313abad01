package document_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

var start = time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)

type bench struct {
	*document.Room
	dir    string
	clk    *clock.Fake
	ledger *ledger.Log
	db     *db.DB
}

func set(t *testing.T, d *db.DB) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), clk: clock.NewFake(start), db: d}
	var err error
	b.ledger, err = ledger.Open(t.Context(), d, "portal", ed25519.NewKeyFromSeed(make([]byte, 32)), b.clk)
	must(t, err)
	b.Room, err = document.Open(t.Context(), document.Config{DB: d, Ledger: b.ledger, Clock: b.clk, Dir: b.dir, Master: [32]byte{1}})
	must(t, err)
	return b
}

func (b *bench) add(t *testing.T, name string, body []byte) document.Document {
	t.Helper()
	d, err := b.Add(t.Context(), document.New{Controller: "herning", Kind: "plan", Name: name, By: "bo"}, bytes.NewReader(body))
	must(t, err)
	return d
}

// files lists what lies in the folder.
func (b *bench) files(t *testing.T) (out []string) {
	t.Helper()
	must(t, filepath.WalkDir(b.dir, func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			out = append(out, p)
		}
		return err
	}))
	return out
}

func (b *bench) kinds(t *testing.T) (out []string) {
	t.Helper()
	all, err := b.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"document."}})
	must(t, err)
	for _, e := range all {
		out = append(out, e.Kind)
	}
	return out
}

func TestKeptEncryptedAndReadBack(t *testing.T) {
	req.Shows(t, "CASE-10")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		rng := rand.New(rand.NewPCG(1, 2))
		for _, n := range []int{1, 65_535, 65_536, 65_537, 131_072, 300_000} {
			body := make([]byte, n)
			for i := range body {
				body[i] = byte('a' + rng.IntN(26))
			}
			doc := b.add(t, "plan.txt", body)
			if doc.Size != int64(n) || doc.Type != document.TXT || doc.Name != "plan.txt" || !doc.Added.Equal(start) {
				t.Fatalf("%+v", doc)
			}
			got, c, err := b.Read(t.Context(), "herning", doc.ID)
			must(t, err)
			back, err := io.ReadAll(c)
			must(t, err)
			w := httptest.NewRecorder()
			must(t, document.Serve(w, got, c))
			must(t, c.Close())
			if got != doc || !bytes.Equal(back, body) || !bytes.Equal(w.Body.Bytes(), body) {
				t.Fatalf("%d bytes come back as %d and %d: %+v", n, len(back), w.Body.Len(), got)
			}
			h := w.Header()
			if h.Get("Content-Disposition") != `attachment; filename=plan.txt` || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
				t.Fatalf("%v", h)
			}
		}
		secret := b.add(t, "x.txt", []byte("naboerne er hørt"))
		for _, f := range b.files(t) {
			raw, err := os.ReadFile(f)
			must(t, err)
			if bytes.Contains(raw, []byte("naboerne")) {
				t.Errorf("%s can be read on the disk", f)
			}
			if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", f, info.Mode(), err)
			}
		}
		if _, _, err := b.Read(t.Context(), "kadence", secret.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another controller: %v", err)
		}
	})
}

func TestAChangedFileIsRefused(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	body := bytes.Repeat([]byte("vidne "), 40_000)
	doc, other := b.add(t, "a.txt", body), b.add(t, "b.txt", bytes.ReplaceAll(body, []byte("vidne"), []byte("andet")))
	path := func(id string) string { return filepath.Join(b.dir, id[:2], id) }
	good, err := os.ReadFile(path(doc.ID))
	must(t, err)
	foreign, err := os.ReadFile(path(other.ID))
	must(t, err)
	const chunk, head = 65_536 + 16, 68
	swapped := append(append(bytes.Clone(good[:head]), good[head+chunk:head+2*chunk]...), good[head:head+chunk]...)
	swapped = append(swapped, good[head+2*chunk:]...)
	for name, bad := range map[string][]byte{
		"cut":             good[:len(good)-1],
		"cut at a chunk":  good[:head+2*chunk],
		"longer":          append(bytes.Clone(good), 0),
		"another's":       foreign,
		"chunks in order": swapped,
		"no header":       append(make([]byte, 68), good[68:]...),
		"nothing":         {},
	} {
		must(t, os.WriteFile(path(doc.ID), bad, 0o600))
		if got, err := b.all(t, doc.ID); !fault.Is(err, fault.Corrupt) || !bytes.HasPrefix(body, got) {
			t.Errorf("%s: %d bytes, %v", name, len(got), err)
		}
	}
	for _, at := range []int{3, 15, 60, 100, chunk + 500, len(good) - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 0x40
		must(t, os.WriteFile(path(doc.ID), bad, 0o600))
		if got, err := b.all(t, doc.ID); !fault.Is(err, fault.Corrupt) || !bytes.HasPrefix(body, got) {
			t.Errorf("bit at %d: %d bytes, %v", at, len(got), err)
		}
	}
	must(t, os.Remove(path(doc.ID)))
	if _, err := b.all(t, doc.ID); fault.Key(err) != "document.missing" {
		t.Errorf("gone: %v", err)
	}
	if _, err := b.Sweep(t.Context()); fault.Key(err) != "document.missing" {
		t.Errorf("sweep: %v", err)
	}
}

func (b *bench) all(t *testing.T, id string) ([]byte, error) {
	t.Helper()
	_, c, err := b.Read(t.Context(), "herning", id)
	if err != nil {
		return nil, err
	}
	b2, err := io.ReadAll(c)
	return b2, errors.Join(err, c.Close())
}

func TestRefusedFilesLeaveNothing(t *testing.T) {
	req.Shows(t, "CASE-10")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		for key, r := range map[string]io.Reader{
			"document.type":  bytes.NewReader([]byte("\x7fELF")),
			"document.size":  io.LimitReader(endless{}, document.MaxSize+1),
			"document.empty": bytes.NewReader(nil),
			"document.cut":   io.MultiReader(bytes.NewReader([]byte("hej")), broken{}),
		} {
			if _, err := b.Add(t.Context(), document.New{Controller: "herning", Kind: "plan"}, r); fault.Key(err) != key {
				t.Errorf("%v, want %s", err, key)
			}
		}
		_, err := b.Add(t.Context(), document.New{Controller: "herning", Kind: "plan", Accept: []document.Type{document.PDF}}, bytes.NewReader([]byte("hej")))
		if fault.Key(err) != "document.type" {
			t.Errorf("%v", err)
		}
		if left := b.files(t); len(left) > 0 || len(b.kinds(t)) > 0 {
			t.Errorf("left behind: %v, %v", left, b.kinds(t))
		}
		// The largest goes through.
		doc, err := b.Add(t.Context(), document.New{Controller: "herning", Kind: "plan"}, io.LimitReader(endless{}, document.MaxSize))
		if err != nil || doc.Size != document.MaxSize {
			t.Errorf("%+v, %v", doc, err)
		}
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the line broke") }

func TestRemovedFromADraftAndKeptForGood(t *testing.T) {
	req.Shows(t, "CASE-10", "CASE-16")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		draft, sent := b.add(t, "a.pdf", []byte(pdf)), b.add(t, "b.pdf", []byte(pdf))
		must(t, d.Write(t.Context(), func(tx *db.Tx) error { return b.Keep(t.Context(), tx, "herning", sent.ID) }))
		must(t, b.Remove(t.Context(), "herning", draft.ID, "bo"))
		if err := b.Remove(t.Context(), "herning", sent.ID, "bo"); fault.Key(err) != "document.kept" {
			t.Errorf("%v", err)
		}
		if err := b.Remove(t.Context(), "kadence", sent.ID, "bo"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		if left := b.files(t); len(left) != 1 || !strings.HasSuffix(left[0], sent.ID) {
			t.Errorf("%v", left)
		}
		if got := strings.Join(b.kinds(t), " "); got != "document.added document.added document.removed" {
			t.Errorf("ledger: %s", got)
		}
	})
}

func TestWhatACrashLeftIsSwept(t *testing.T) {
	b := set(t, dbtest.Open(t, dbtest.SQLite(t)))
	doc := b.add(t, "a.pdf", []byte(pdf))
	lost := strings.Repeat("ab", 16)
	must(t, os.MkdirAll(filepath.Join(b.dir, "ab"), 0o700))
	for _, p := range []string{filepath.Join("ab", lost), lost + ".tmp"} {
		must(t, os.WriteFile(filepath.Join(b.dir, p), []byte("x"), 0o600))
	}
	for _, f := range b.files(t) {
		must(t, os.Chtimes(f, start, start))
	}
	if n, err := b.Sweep(t.Context()); n != 0 || err != nil {
		t.Errorf("what may be on its way was swept: %d, %v", n, err)
	}
	b.clk.Advance(2 * time.Hour)
	if n, err := b.Sweep(t.Context()); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if left := b.files(t); len(left) != 1 || !strings.HasSuffix(left[0], doc.ID) {
		t.Errorf("%v", left)
	}
}

// TestNoRowWithoutItsFile: a database that refuses leaves no file, and a row
// is written only behind its file.
func TestNoRowWithoutItsFile(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	b := set(t, d)
	must(t, d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `ALTER TABLE documents RENAME TO elsewhere`)
		return err
	}))
	if _, err := b.Add(t.Context(), document.New{Controller: "herning"}, strings.NewReader(pdf)); err == nil {
		t.Fatal("added without a table")
	}
	if left := b.files(t); len(left) > 0 {
		t.Errorf("%v", left)
	}
}

func TestVersionsInForce(t *testing.T) {
	req.Shows(t, "CASE-8")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := set(t, d)
		ctx := t.Context()
		publish := func(kind string, from time.Time) (document.Version, error) {
			return b.Publish(ctx, document.Version{Controller: "herning", Kind: kind, Title: "Retningslinjer", Document: b.add(t, "r.pdf", []byte(pdf)).ID, InForce: from, By: "bo"})
		}
		if _, err := b.Newest(ctx, "herning", "guideline"); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		one, err := publish("guideline", time.Time{})
		must(t, err)
		two, err := publish("guideline", start.AddDate(0, 1, 0))
		must(t, err)
		if _, err := publish("guideline", start.AddDate(0, 0, 1)); fault.Key(err) != "document.force" {
			t.Errorf("before the one before: %v", err)
		}
		if _, err := publish("concept", start.AddDate(0, 0, -1)); fault.Key(err) != "document.force" {
			t.Errorf("in the past: %v", err)
		}
		if _, err := b.Publish(ctx, document.Version{Controller: "herning", Kind: "concept", Title: "x", Document: "nothing"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("without a file: %v", err)
		}
		_, err = publish("concept", time.Time{})
		must(t, err)
		for at, want := range map[time.Time]int{start: one.Version, start.AddDate(0, 1, 0).Add(-time.Microsecond): 1, start.AddDate(0, 1, 0): two.Version, start.AddDate(3, 0, 0): 2} {
			if v, err := b.InForceAt(ctx, "herning", "guideline", at); err != nil || v.Version != want {
				t.Errorf("at %s: %+v, %v", at, v, err)
			}
		}
		if _, err := b.InForceAt(ctx, "herning", "guideline", start.Add(-1)); !fault.Is(err, fault.NotFound) {
			t.Errorf("before the first: %v", err)
		}
		must(t, d.Read(ctx, func(tx *db.Tx) error {
			all, err := b.InForceIn(ctx, tx, "herning", start.Add(time.Hour))
			if len(all) != 2 || all["guideline"] != 1 || all["concept"] != 1 {
				t.Errorf("%v", all)
			}
			return err
		}))
		all, err := b.Versions(ctx, "herning", "guideline")
		if err != nil || len(all) != 2 || all[0].Version != 2 {
			t.Errorf("%+v, %v", all, err)
		}
		if err := b.Remove(context.Background(), "herning", one.Document, "bo"); fault.Key(err) != "document.kept" {
			t.Errorf("a version's file: %v", err)
		}
	})
}
