package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/db/dbtest"
)

// counting gives 32 bytes of 0, then 32 bytes of 1 and so on.
type counting struct{ n int }

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(c.n / saltSize)
		c.n++
	}
	return len(p), nil
}

// The example in docs/ref/ledger.md is what this program writes.
func TestExampleOfThePage(t *testing.T) {
	ctx := context.Background()
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	d := dbtest.Open(t, dbtest.SQLite(t))
	at := time.UnixMicro(1790000000000000).UTC()
	clk := clock.NewFake(at.Add(time.Minute))
	l, err := Open(ctx, d, "example", ed25519.NewKeyFromSeed(seed), clk)
	if err != nil {
		t.Fatal(err)
	}
	l.salts = &counting{}
	for i := range 7 {
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := l.Append(ctx, tx, at.Add(time.Duration(i)*time.Microsecond), "example.entry", struct {
				N    int    `json:"n"`
				Word string `json:"ord"`
			}{i, "æble"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	es, err := l.Entries(ctx, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	first := es[0]
	var file bytes.Buffer
	err = l.ExtractSome(ctx, 3, 6, &file, func(e *Entry) bool { return e.Index != 4 })
	if err != nil {
		t.Fatal(err)
	}
	_, vkey := l.Public()
	c := commitment(first.Salt, first.Time.UnixMicro(), first.Kind, string(first.Body))
	root := tlog.RecordHash(c[:])
	example := fmt.Sprintf("Verifier key: `%s`. Commitment of entry 0: `%s`; its leaf hash: `%s`. With seven entries, entries 3 to before 6, of which entry 4 is withheld, signed a minute after the first, make this extract:\n\n%s",
		vkey, hex.EncodeToString(c[:]), base64.StdEncoding.EncodeToString(root[:]), indent(file.String()))
	page, err := os.ReadFile("../../docs/ref/ledger.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(page), example) {
		t.Errorf("the page must end with\n%s", example)
	}
}

func indent(s string) string {
	s = "    " + strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n    ") + "\n"
	return strings.ReplaceAll(s, "\n    \n", "\n\n")
}
