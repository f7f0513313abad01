package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net/mail"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// longestEmail is what a mail server takes (RFC 5321).
const longestEmail = 254

// CheckEmail refuses what is no bare e-mail address: fault.Invalid
// "account.email". None at all is no error.
func CheckEmail(email string) error {
	if email == "" {
		return nil
	}
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || a.Name != "" || len(email) > longestEmail || strings.ContainsFunc(email, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`<>",;:\()`, r)
	}) {
		return fault.New(fault.Invalid, "account.email", "no e-mail address")
	}
	return nil
}

// SetEmail keeps where a person is written to; empty is nowhere. The ledger
// hears that it was changed and not what it is; its owner is told where they
// were written to before.
func (d *Directory) SetEmail(ctx context.Context, id, email, by string) error {
	email = strings.TrimSpace(email)
	if err := CheckEmail(email); err != nil {
		return err
	}
	now := d.clock.Now()
	return d.change(ctx, id, by, "account.email", nil, func(tx *db.Tx, _ accountRow) error {
		if err := endRenewals(ctx, tx, id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE accounts SET email = ?, changed = ? WHERE id = ?`, email, now, id)
		return err
	})
}

// feedBytes is how much of a calendar's secret is chance: 256 bits.
const feedBytes = 32

// MakeFeed gives a person a new secret address for their calendar and forgets
// the one before. The secret is shown once: only its hash is kept.
func (d *Directory) MakeFeed(ctx context.Context, id string) (secret string, err error) {
	var b [feedBytes]byte
	rand.Read(b[:]) // never fails
	secret = base64.RawURLEncoding.EncodeToString(b[:])
	now := d.clock.Now()
	err = d.change(ctx, id, id, "calendar.made", nil, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `INSERT INTO feeds (account, hash, made) VALUES (?, ?, ?)
			ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, made = excluded.made`, id, feedHash(secret), now)
		return err
	})
	return secret, err
}

// EndFeed takes a person's secret address away.
func (d *Directory) EndFeed(ctx context.Context, id string) error {
	return d.change(ctx, id, id, "calendar.ended", nil, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `DELETE FROM feeds WHERE account = ?`, id)
		return err
	})
}

// FeedMade is when a person's secret address was made; zero: there is none.
func (d *Directory) FeedMade(ctx context.Context, id string) (made time.Time, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		made, err = db.One[time.Time](ctx, tx, `SELECT made FROM feeds WHERE account = ?`, id)
		if fault.Is(err, fault.NotFound) {
			made, err = time.Time{}, nil
		}
		return err
	})
	return made, err
}

// FeedOwner finds whose a calendar's secret is: an open account, or NotFound
// "calendar.unknown". What is looked up is a hash, so that the time it takes
// tells nothing of a secret that was nearly right.
func (d *Directory) FeedOwner(ctx context.Context, secret string) (p Person, err error) {
	unknown := fault.New(fault.NotFound, "calendar.unknown", "no calendar has this address")
	if len(secret) != base64.RawURLEncoding.EncodedLen(feedBytes) {
		return p, unknown
	}
	type row struct{ Account, Hash string }
	sum := feedHash(secret)
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		f, err := db.One[row](ctx, tx, `SELECT account, hash FROM feeds WHERE hash = ?`, sum)
		if err != nil {
			return err
		}
		if subtle.ConstantTimeCompare([]byte(f.Hash), []byte(sum)) != 1 {
			return unknown
		}
		a, err := db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ? AND closed = 0`, f.Account)
		if err != nil {
			return err
		}
		p, err = a.person()
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Person{}, unknown
	}
	return p, err
}

func feedHash(secret string) string { return digest("vidne calendar " + secret) }
