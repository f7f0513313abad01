package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vidne.dk/vidne/internal/archive/segment"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/req"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vidne-verify": main})
}

// The stories work on files that the writers made: see write.
func TestStories(t *testing.T) {
	req.Shows(t, "LOG-2", "EVID-6")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			return write(env.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"edit": edit, "resum": resum,
		},
	})
}

var start = time.Date(2026, 11, 2, 6, 59, 30, 0, time.UTC)

func seed(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

// write makes, in dir: log.vidnelog with all 20 entries of a log, part.vidnelog
// with some, old.note and new.note with its checkpoints, log.vidneproof between
// them, log.key; other.vidnelog and other.key of a second log with the same
// name and another history; segment.vseg, which the log names, and
// stranger.vseg, which it does not; permit.json with issuer.key; empty.
func write(dir string) error {
	put := func(name string, b []byte) error { return os.WriteFile(filepath.Join(dir, name), b, 0o600) }
	vseg, sealed, err := footage("1a")
	if err != nil {
		return err
	}
	if err := put("segment.vseg", vseg); err != nil {
		return err
	}
	stranger, _, err := footage("4d")
	if err != nil {
		return err
	}
	if err := put("stranger.vseg", stranger); err != nil {
		return err
	}
	if err := logs(dir, put, sealed); err != nil {
		return err
	}
	signer, err := permit.NewSigner(seed(7))
	if err != nil {
		return err
	}
	s, err := permit.Sign(&permit.Revocation{
		Head:   permit.Head{V: 1, ID: permit.ID(strings.Repeat("0f", 16)), Controller: "herning", Engine: "motor-1", Issued: start, By: "p-12"},
		Permit: permit.ID(strings.Repeat("3c", 16)), Reason: "sagen er slut",
	}, signer)
	if err != nil {
		return err
	}
	public := seed(7).Public().(ed25519.PublicKey)
	if err := put("issuer.key", []byte("# udsteder\n"+hex.EncodeToString(public)+"\n")); err != nil {
		return err
	}
	if err := put("permit.json", s.Encode()); err != nil {
		return err
	}
	return put("empty", nil)
}

// footage makes a closed segment whose number repeats two digits.
func footage(id string) ([]byte, map[string]any, error) {
	at := start.UnixMicro()
	r := segment.Rules{
		V: 1, ID: strings.Repeat(id, 16), Archive: strings.Repeat("2b", 16), Controller: "herning",
		Camera: "skole-1", Stream: "main", Permit: permit.ID(strings.Repeat("3c", 16)), Case: "2026-17",
		Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Start: at,
		DeleteAfter: at + (14 * 24 * time.Hour).Microseconds(), Hour: segment.Hour(at),
	}
	s, file, err := segment.NewSealer(r, sha256.Sum256([]byte("key")), func([]byte) ([]byte, error) { return make([]byte, 60), nil })
	if err != nil {
		return nil, nil, err
	}
	s.Wrote(file)
	first, err := s.AppendInit(nil, []byte("ftyp moov"))
	if err != nil {
		return nil, nil, err
	}
	s.Wrote(first)
	second, err := s.AppendFragment(nil, true, 30, at, 0, 2*time.Second, bytes.Repeat([]byte("moof mdat"), 9000))
	if err != nil {
		return nil, nil, err
	}
	s.Wrote(second)
	file = append(append(append(file, first...), second...), s.AppendFooter(nil, "minute")...)
	sum := sha256.Sum256(file)
	return file, map[string]any{
		"segment": r.ID, "archive": r.Archive, "controller": r.Controller, "camera": r.Camera, "stream": r.Stream, "permit": r.Permit,
		"class": r.Class, "start": at, "end": at + 2e6, "delete_after": r.DeleteAfter, "hold_limit": 0,
		"size": len(file), "sha256": hex.EncodeToString(sum[:]), "pictures": 30, "cause": "minute",
	}, nil
}

func logs(dir string, put func(string, []byte) error, sealed any) error {
	ctx := context.Background()
	for i, name := range []string{"log", "other"} {
		d, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, name+".db"))
		if err != nil {
			return err
		}
		defer d.Close()
		clk := clock.NewFake(start)
		l, err := ledger.Open(ctx, d, "motor-1", seed(byte(1+i)), clk)
		if err != nil {
			return err
		}
		add := func(n int) error {
			clk.Advance(time.Minute)
			return d.Write(ctx, func(tx *db.Tx) error {
				for j := range n {
					kind, body := "viewing.opened", any(map[string]int{"n": j})
					if j == 5 {
						kind, body = "segment.sealed", sealed
					}
					if _, err := l.Append(ctx, tx, clk.Now(), kind, body); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := add(8); err != nil {
			return err
		}
		old, err := l.Checkpoint(ctx)
		if err != nil {
			return err
		}
		if err := add(12); err != nil {
			return err
		}
		var whole, part, proof bytes.Buffer
		if err := l.Consistency(ctx, old, &proof); err != nil {
			return err
		}
		if err := l.Extract(ctx, 0, 20, &whole); err != nil {
			return err
		}
		if err := l.ExtractSome(ctx, 4, 9, &part, func(e *ledger.Entry) bool { return e.Index != 6 }); err != nil {
			return err
		}
		newest, err := l.Latest(ctx)
		if err != nil {
			return err
		}
		_, key := l.Public()
		for file, b := range map[string][]byte{
			name + ".vidnelog": whole.Bytes(), name + ".vidneproof": proof.Bytes(), name + ".key": []byte(key + "\n"),
			name + "-part.vidnelog": part.Bytes(), name + "-old.note": old, name + "-new.note": newest.Note,
		} {
			if err := put(file, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// edit replaces text in a file: edit FILE OLD NEW, with \n for a line break.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	line := strings.NewReplacer(`\n`, "\n")
	fresh := strings.Replace(text, line.Replace(args[1]), line.Replace(args[2]), 1)
	if fresh == text {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(fresh), 0o600))
}

// resum makes the last line of a file anew, as a forger would.
func resum(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	i := strings.LastIndex(text, "end ")
	sum := sha256.Sum256([]byte(text[:i]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:i]+"end "+hex.EncodeToString(sum[:])+"\n"), 0o600))
}
