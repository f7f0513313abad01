package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/verify"
)

func TestOldCheckpoints(t *testing.T) {
	req.Shows(t, "LOG-2")
	b := newBook(t, "gammel", 1)
	b.add(7)
	one := b.checkpoint()
	b.add(9)
	two := b.checkpoint()
	rewritten := newBook(t, "gammel", 1)
	rewritten.n = 100
	rewritten.add(20)
	compare := func(b *book, from, to int64, old ...[]byte) *verify.Report {
		r, err := verify.Extract(bytes.NewReader(b.extract(from, to, nil)), []verify.Key{b.key}, verify.ExtractOptions{Old: old})
		must(t, err)
		words(t, r)
		return r
	}
	if r := compare(b, 0, 16, one, two); !r.OK() || len(r.Facts) < 6 {
		t.Error(words(t, r))
	}
	if r := compare(rewritten, 0, 20, one); !r.Has("extract.old-differs") {
		t.Error(words(t, r))
	}
	short := newBook(t, "gammel", 1)
	short.add(7)
	if r := compare(short, 0, 7, one); !r.Has("extract.old-differs") {
		t.Error(words(t, r))
	}
	if r := compare(short, 0, 7, two); !r.Has("extract.rolled-back") {
		t.Error(words(t, r))
	}
	if r := compare(b, 1, 16, one); !r.Has("extract.no-dump") {
		t.Error(words(t, r))
	}
	if r := compare(b, 0, 16, []byte(strings.Replace(string(one), "\n7\n", "\n8\n", 1))); !r.Has("checkpoint.signature") {
		t.Error(words(t, r))
	}

	var proof bytes.Buffer
	must(t, b.l.Consistency(context.Background(), one, &proof))
	consistency := func(file, old []byte, keys ...verify.Key) *verify.Report {
		t.Helper()
		r, err := verify.Consistency(bytes.NewReader(file), keys, old)
		must(t, err)
		words(t, r)
		return r
	}
	if r := consistency(proof.Bytes(), one, b.key); !r.OK() {
		t.Error(words(t, r))
	}
	if r := consistency(proof.Bytes(), two, b.key); !r.Has("consistency.other-old") {
		t.Error(words(t, r))
	}
	for i := range proof.Len() {
		for bit := range 8 {
			bad := bytes.Clone(proof.Bytes())
			bad[i] ^= 1 << bit
			r, err := verify.Consistency(bytes.NewReader(bad), []verify.Key{b.key}, nil)
			if err == nil && r.OK() {
				t.Fatalf("bit %d of byte %d may be flipped", bit, i)
			}
		}
	}
	must(t, rewritten.l.Confirm(context.Background(), rewritten.checkpoint()))
	var theirs bytes.Buffer
	must(t, rewritten.l.Consistency(context.Background(), rewritten.checkpoint(), &theirs))
	// The old checkpoint of one history and the new one of another.
	forged := "vidne-consistency-v1\nlog vidne/gammel\n" +
		fmt.Sprintf("old %d\n%snew %d\n%sproof 0\n", len(one), one, len(rewritten.checkpoint()), rewritten.checkpoint())
	sum := sha256.Sum256([]byte(forged))
	forged += "end " + hex.EncodeToString(sum[:]) + "\n"
	if r := consistency([]byte(forged), one, b.key); !r.Has("consistency.broken") {
		t.Error(words(t, r))
	}
}

// Every pair of sizes of a growing log.
func TestAcceptsEveryConsistencyProof(t *testing.T) {
	req.Shows(t, "LOG-2")
	b := newBook(t, "par", 1)
	var notes [][]byte
	for range 20 {
		for _, old := range notes {
			var out bytes.Buffer
			must(t, b.l.Consistency(context.Background(), old, &out))
			r, err := verify.Consistency(&out, []verify.Key{b.key}, old)
			must(t, err)
			if !r.OK() {
				t.Fatal(words(t, r))
			}
		}
		notes = append(notes, b.checkpoint())
		b.add(1)
	}
}

// While keys are rolled, whoever trusts either key can check; afterwards only
// the new one will do.
func TestKeysRolled(t *testing.T) {
	req.Shows(t, "LOG-2")
	ctx := context.Background()
	b := newBook(t, "rul", 1)
	b.add(3)
	oldKey := b.key
	var err error
	b.l, err = ledger.Open(ctx, b.d, "rul", seed(2), b.clk, ledger.Rolling(seed(1)))
	must(t, err)
	newKey := b.public()
	during := b.extract(0, 4, nil)
	for _, k := range []verify.Key{oldKey, newKey} {
		if r := check(t, during, k); !r.OK() || !strings.Contains(words(t, r), "1 underskrift(er) af nøgler") {
			t.Error(words(t, r))
		}
	}
	b.l, err = ledger.Open(ctx, b.d, "rul", seed(2), b.clk)
	must(t, err)
	b.add(1)
	b.checkpoint()
	after := b.extract(4, 5, nil)
	if r := check(t, after, newKey); !r.OK() {
		t.Error(words(t, r))
	}
	if r := check(t, after, oldKey); !r.Has("checkpoint.unsigned") {
		t.Error(words(t, r))
	}
}
