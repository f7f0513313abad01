package identity

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

const (
	// RecoveryCodes is how many are made at once.
	RecoveryCodes = 10
	// recoveryBytes is how much of a code is chance: 50 bits in 10 characters.
	// That is too little for a bare hash, so that argon2id keeps it.
	recoveryLetters = 10
)

// letters leave out what is read as something else (Crockford).
var letters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// MakeRecovery makes ten new recovery codes and forgets those before. They are
// shown this once: only their hashes are kept. fault.Denied "factor.none" when
// there is no second factor that they could stand in for.
func (d *Directory) MakeRecovery(ctx context.Context, person string) (codes []string, err error) {
	salt := random(saltSize)
	var hashes []string
	for range RecoveryCodes {
		c := letters.EncodeToString(random(7))[:recoveryLetters]
		codes = append(codes, c[:5]+"-"+c[5:])
		done, err := d.turn(ctx)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, d.work.hash(c, salt))
		done()
	}
	now := d.clock.Now()
	err = d.change(ctx, person, person, "recovery.made", nil, func(tx *db.Tx, a accountRow) error {
		f, err := d.factors(ctx, tx, a)
		if err != nil {
			return err
		}
		if !f.Any() {
			return fault.New(fault.Denied, "factor.none", "%s has no second factor", person)
		}
		if _, err := tx.Exec(ctx, `DELETE FROM recovery WHERE account = ?`, person); err != nil {
			return err
		}
		for _, h := range hashes {
			if _, err := tx.Exec(ctx, `INSERT INTO recovery (account, hash, made, used) VALUES (?, ?, ?, 0)`, person, h, now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// plainRecovery is a recovery code as people type it: case, blanks and dashes
// do not count, and what was read as a letter that is left out is put right.
func plainRecovery(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "o", "0", "i", "1", "l", "1").Replace(strings.ToLower(strings.TrimSpace(code)))
}

type recoveryRow struct {
	Account, Hash string
	Made, Used    int64
}

// recoveryRows are the codes of an account, used ones too.
func (d *Directory) recoveryRows(ctx context.Context, person string) (rows []recoveryRow, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		rows, err = db.All[recoveryRow](ctx, tx, `SELECT * FROM recovery WHERE account = ? ORDER BY hash`, person)
		return err
	})
	return rows, err
}

// recovery checks a recovery code with the work of one hash: the codes of a
// set share their salt. use makes it used.
func (d *Directory) recovery(ctx context.Context, a accountRow, code string, now time.Time) (use func(*db.Tx) error, err error) {
	wrong := fault.New(fault.Denied, "login.recovery", "not an unused recovery code of %s", a.ID)
	rows, err := d.recoveryRows(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	code = plainRecovery(code)
	if len(code) != recoveryLetters || len(rows) == 0 {
		return nil, wrong
	}
	w, salt, _, err := parseHash(rows[0].Hash)
	if err != nil {
		return nil, err
	}
	done, err := d.turn(ctx)
	if err != nil {
		return nil, err
	}
	key := w.key(code, salt)
	done()
	found := ""
	for _, r := range rows {
		theirs, otherSalt, kept, err := parseHash(r.Hash)
		if err != nil {
			return nil, err
		}
		if theirs != w || base64.RawStdEncoding.EncodeToString(otherSalt) != base64.RawStdEncoding.EncodeToString(salt) {
			return nil, fault.New(fault.Corrupt, "identity.hash", "recovery codes of %s of two sets", a.ID)
		}
		if subtle.ConstantTimeCompare(key, kept) == 1 && r.Used == 0 {
			found = r.Hash
		}
	}
	if found == "" {
		return nil, wrong
	}
	return func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE recovery SET used = ? WHERE account = ? AND hash = ? AND used = 0`, now, a.ID, found)
		if err != nil {
			return err
		}
		if n == 0 {
			return wrong // used a moment ago
		}
		left, err := db.One[int64](ctx, tx, `SELECT COUNT(*) FROM recovery WHERE account = ? AND used = 0`, a.ID)
		if err != nil {
			return err
		}
		return d.entered(ctx, tx, a, a.ID, "recovery.used", map[string]any{"left": left}, now)
	}, nil
}
