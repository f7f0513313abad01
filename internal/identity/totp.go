package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238: what authenticator apps know; HMAC does not need more
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

const (
	codeDigits = 6
	codePeriod = 30 * time.Second // RFC 6238, 5.2
	// codeDrift is how many steps a phone's clock may be off, either way.
	codeDrift      = 1
	codeSecretSize = 20 // RFC 4226, 4: 160 bits
)

// totp is the code of a step of time (RFC 4226, 5.3; RFC 6238, 4.2).
func totp(secret []byte, step int64, digits int) string {
	m := hmac.New(sha1.New, secret)
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], uint64(max(step, 0)))
	m.Write(counter[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := uint64(binary.BigEndian.Uint32(sum[at:]) & 0x7fffffff)
	mod := uint64(1)
	for range digits {
		mod *= 10
	}
	return fmt.Sprintf("%0*d", digits, n%mod)
}

func codeStep(at time.Time) int64 { return at.Unix() / int64(codePeriod/time.Second) }

// matchCode finds the step, after the one used last, whose code was given; 0
// when there is none. All steps are compared, whichever is right.
func matchCode(secret []byte, code string, now time.Time, last int64) (step int64) {
	here := codeStep(now)
	for s := here - codeDrift; s <= here+codeDrift; s++ {
		ok := subtle.ConstantTimeCompare([]byte(totp(secret, s, codeDigits)), []byte(code))
		if ok == 1 && s > last {
			step = s
		}
	}
	return step
}

// digits is a code as people type it: blanks do not count.
func plainCode(code string) string { return strings.Join(strings.Fields(code), "") }

// CodeSetUp is an authenticator app that is about to be joined to an account.
// Nothing is kept until a code of it was typed.
type CodeSetUp struct {
	Secret string // base32, for those who cannot scan
	URI    string // otpauth://totp/..., what the picture says
	Sealed string // to be handed back with the code
}

// codeSetUpFor is how long the picture on the screen can be used.
const codeSetUpFor = 15 * time.Minute

type codeSetUp struct {
	Account string `json:"account"`
	Secret  []byte `json:"secret"`
	At      int64  `json:"at"`
}

// NewCode is a new secret for p's authenticator app. fault.Unavailable
// "factor.unsealed" when there is no key to keep it under.
func (d *Directory) NewCode(p Person) (CodeSetUp, error) {
	secret := make([]byte, codeSecretSize)
	rand.Read(secret)
	sealed, err := d.seal("code set-up", p.ID, codeSetUp{p.ID, secret, db.Micros(d.clock.Now())})
	if err != nil {
		return CodeSetUp{}, err
	}
	c := describeCode(p, secret)
	c.Sealed = sealed
	return c, nil
}

// AddCode joins the app to the account when code is one of its codes now. It
// takes the place of another app. fault.Invalid "factor.code.wrong", or
// "factor.setup.old" when the picture is too old.
func (d *Directory) AddCode(ctx context.Context, person, sealed, code string) error {
	now := d.clock.Now()
	var s codeSetUp
	if err := d.unseal("code set-up", person, sealed, &s); err != nil || s.Account != person || now.Sub(db.Time(s.At)) > codeSetUpFor {
		return fault.New(fault.Invalid, "factor.setup.old", "the set-up of an app for %s cannot be used any more: %v", person, err)
	}
	step := matchCode(s.Secret, plainCode(code), now, 0)
	if step == 0 {
		return fault.New(fault.Invalid, "factor.code.wrong", "not a code of the new app")
	}
	kept, err := d.sealBytes("code", person, s.Secret)
	if err != nil {
		return err
	}
	return d.change(ctx, person, person, "factor.added", map[string]any{"factor": "code"}, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `INSERT INTO totps (account, secret, step, made) VALUES (?, ?, ?, ?)
			ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, step = excluded.step, made = excluded.made`, person, kept, step, now)
		return err
	})
}

// GiveCode joins an app whose secret is known beforehand. It is for set-up by a
// program; people join their own.
func (d *Directory) GiveCode(ctx context.Context, person string, secret []byte, by string) error {
	kept, err := d.sealBytes("code", person, secret)
	if err != nil {
		return err
	}
	now := d.clock.Now()
	return d.change(ctx, person, by, "factor.added", map[string]any{"factor": "code"}, func(tx *db.Tx, _ accountRow) error {
		_, err := tx.Exec(ctx, `INSERT INTO totps (account, secret, step, made) VALUES (?, ?, 0, ?)`, person, kept, now)
		return err
	})
}

type totpRow struct {
	Account    string
	Secret     []byte
	Step, Made int64
}

// code checks a code of the account's app; use makes it used, within the
// transaction that lets the person in.
func (d *Directory) code(ctx context.Context, tx *db.Tx, a accountRow, code string, now time.Time) (use func(*db.Tx) error, err error) {
	wrong := fault.New(fault.Denied, "login.code", "not a code of %s now", a.ID)
	r, err := db.One[totpRow](ctx, tx, `SELECT * FROM totps WHERE account = ?`, a.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, wrong
	}
	if err != nil {
		return nil, err
	}
	secret, err := d.unsealBytes("code", a.ID, r.Secret)
	if err != nil {
		return nil, err
	}
	step := matchCode(secret, plainCode(code), now, r.Step)
	if step == 0 {
		return nil, wrong
	}
	return func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE totps SET step = ? WHERE account = ? AND step < ?`, step, a.ID, step)
		if err == nil && n == 0 {
			return wrong // used a moment ago
		}
		return err
	}, nil
}

// SameCode is a set-up that was begun, as it was: a wrong code does not make
// the person scan another picture.
func (d *Directory) SameCode(p Person, sealed string) (CodeSetUp, error) {
	var s codeSetUp
	if err := d.unseal("code set-up", p.ID, sealed, &s); err != nil {
		return CodeSetUp{}, err
	}
	c := describeCode(p, s.Secret)
	c.Sealed = sealed
	return c, nil
}

func describeCode(p Person, secret []byte) CodeSetUp {
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	u := url.URL{Scheme: "otpauth", Host: "totp", Path: "/Vidne:" + p.Login, RawQuery: "secret=" + text + "&issuer=Vidne&algorithm=SHA1&digits=6&period=30"}
	return CodeSetUp{Secret: text, URI: u.String()}
}
