package identity

import (
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func TestWhereAPersonIsWrittenTo(t *testing.T) {
	req.Shows(t, "CASE-19")
	each(t, func(t *testing.T, w world) {
		p := w.account(t, "ida")
		for _, bad := range []string{"ida", "Ida <ida@example.dk>", "ida@example.dk\r\nBcc: x@example.dk", "a@b, c@d", strings.Repeat("a", 250) + "@b.dk"} {
			if err := w.SetEmail(t.Context(), p.ID, bad, p.ID); fault.Key(err) != "account.email" {
				t.Errorf("%q is taken: %v", bad, err)
			}
		}
		if err := w.SetEmail(t.Context(), p.ID, " ida@example.dk ", p.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Person(t.Context(), p.ID); err != nil || got.Email != "ida@example.dk" {
			t.Errorf("the address is %q (%v)", got.Email, err)
		}
		if err := w.SetEmail(t.Context(), "nobody", "a@example.dk", "p-0"); fault.Key(err) != "account.unknown" {
			t.Errorf("nobody has an address: %v", err)
		}
		if _, err := w.Create(t.Context(), NewAccount{Login: "bo", Name: "Bo", Controller: "lindeby", Password: secret, Email: "no address"}, ""); fault.Key(err) != "account.email" {
			t.Errorf("an account with a bad address: %v", err)
		}
	})
}

func TestACalendarsSecretAddress(t *testing.T) {
	req.Shows(t, "CASE-19")
	each(t, func(t *testing.T, w world) {
		ctx := t.Context()
		p := w.account(t, "ida")
		if at, err := w.FeedMade(ctx, p.ID); err != nil || !at.IsZero() {
			t.Fatalf("there is an address before it was made: %v %v", at, err)
		}
		first, err := w.MakeFeed(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := w.FeedOwner(ctx, first); err != nil || o.ID != p.ID {
			t.Errorf("the address is of %q (%v)", o.ID, err)
		}
		err = w.db.Read(ctx, func(tx *db.Tx) error {
			n, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM feeds WHERE hash LIKE ?`, "%"+first[:8]+"%")
			if n != 0 {
				t.Error("the secret itself is in the table")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		w.clk.Advance(time.Hour)
		second, err := w.MakeFeed(ctx, p.ID)
		if err != nil || second == first {
			t.Fatalf("%v", err)
		}
		last := byte('A')
		if second[len(second)-1] == last {
			last = 'Q'
		}
		for _, s := range []string{first, "", "x", second + "x", second[:len(second)-1] + string(last)} {
			if _, err := w.FeedOwner(ctx, s); fault.Key(err) != "calendar.unknown" {
				t.Errorf("%q opens a calendar: %v", s, err)
			}
		}
		if err := w.EndFeed(ctx, p.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.FeedOwner(ctx, second); !fault.Is(err, fault.NotFound) {
			t.Errorf("a revoked address opens: %v", err)
		}
		third, err := w.MakeFeed(ctx, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(ctx, p.ID, "p-0"); err != nil {
			t.Fatal(err)
		}
		if _, err := w.FeedOwner(ctx, third); !fault.Is(err, fault.NotFound) {
			t.Errorf("a closed account's address opens: %v", err)
		}
	})
}
