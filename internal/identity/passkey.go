package identity

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"vidne.dk/vidne/internal/db"
	"vidne.dk/vidne/internal/fault"
)

// Passkey (adgangsnøgle) is a key that a device holds for a person and shows
// the possession of, after it has checked who holds it (WebAuthn level 3).
type Passkey struct {
	ID   string // the credential's own id, base64url
	Name string // the person's word for it
	Made time.Time
	Used time.Time // zero: never
}

const (
	// MostPasskeys is how many an account can have.
	MostPasskeys = 10
	// LongestKeyName is how long the person's word for one can be, in characters.
	LongestKeyName = 60
	// ceremonyFor is how long a challenge can be answered.
	ceremonyFor = 5 * time.Minute
)

// Answer is what a browser brings back of a ceremony.
type Answer struct {
	Ceremony string // as given to it, sealed
	Response string // the authenticator's JSON
}

// Challenge is what a browser is given: options for navigator.credentials, and
// the sealed ceremony that it brings back.
type Challenge struct {
	Options  json.RawMessage `json:"options"`
	Ceremony string          `json:"ceremony"`
}

type ceremony struct {
	Account string               `json:"account"` // empty: whoever holds a key
	Data    webauthn.SessionData `json:"data"`
	At      int64                `json:"at"`
}

// newParty makes who we are to authenticators from the portal's address; nil
// when browsers have no passkeys there: an address in figures, or no TLS
// (localhost apart).
func newParty(base string) (*webauthn.WebAuthn, error) {
	u, err := url.Parse(base)
	if err != nil || u.Hostname() == "" {
		return nil, nil //nolint:nilnil,nilerr // no address, no passkeys
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || (u.Scheme != "https" && host != "localhost") {
		return nil, nil //nolint:nilnil // see above
	}
	key := true
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Vidne", RPOrigins: []string{u.Scheme + "://" + u.Host},
		AttestationPreference: protocol.PreferNoAttestation, // which make of device somebody has is no business of ours
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			RequireResidentKey: &key, ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
		},
	})
	return w, fault.As(fault.Invalid, "portal.address", err)
}

// HasPasskeys reports whether passkeys work at the portal's address.
func (d *Directory) HasPasskeys() bool { return d.party != nil && d.key != ([32]byte{}) }

func (d *Directory) needsParty() error {
	if !d.HasPasskeys() {
		return fault.New(fault.Unavailable, "passkey.unavailable", "no passkeys at this address")
	}
	return nil
}

// keyHolder is an account as the library sees it.
type keyHolder struct {
	account accountRow
	keys    []webauthn.Credential
}

func (h keyHolder) WebAuthnID() []byte                         { return []byte(h.account.ID) }
func (h keyHolder) WebAuthnName() string                       { return h.account.Login }
func (h keyHolder) WebAuthnDisplayName() string                { return h.account.Name }
func (h keyHolder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

type passkeyRow struct {
	ID, Account, Name, Record string
	Counter, Made, Used       int64
}

func passkeys(ctx context.Context, tx *db.Tx, person string) (all []Passkey, err error) {
	rows, err := db.All[passkeyRow](ctx, tx, `SELECT * FROM passkeys WHERE account = ? ORDER BY made, id`, person)
	for _, r := range rows {
		all = append(all, Passkey{r.ID, r.Name, db.Time(r.Made), db.Time(r.Used)})
	}
	return all, err
}

func (d *Directory) holder(ctx context.Context, person string) (h keyHolder, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		h = keyHolder{}
		if h.account, err = db.One[accountRow](ctx, tx, `SELECT * FROM accounts WHERE id = ?`, person); err != nil {
			return err
		}
		rows, err := db.All[passkeyRow](ctx, tx, `SELECT * FROM passkeys WHERE account = ? ORDER BY made, id`, person)
		for _, r := range rows {
			var c webauthn.Credential
			if err := json.Unmarshal([]byte(r.Record), &c); err != nil {
				return fault.As(fault.Corrupt, "passkey.record", err)
			}
			c.Authenticator.SignCount = uint32(r.Counter)
			h.keys = append(h.keys, c)
		}
		return err
	})
	return h, err
}

func (d *Directory) challenge(purpose, account string, options any, data *webauthn.SessionData, err error) (c Challenge, _ error) {
	if err != nil {
		return c, fault.As(fault.Internal, "passkey.options", err)
	}
	if c.Options, err = json.Marshal(options); err != nil {
		return c, fault.As(fault.Internal, "", err)
	}
	c.Ceremony, err = d.seal("passkey "+purpose, "", ceremony{account, *data, db.Micros(d.clock.Now())})
	return c, err
}

// opened is the ceremony that an answer belongs to; err is fault.Denied
// "login.passkey" when it is none of ours, too old or another account's.
func (d *Directory) opened(purpose, account string, a Answer, now time.Time) (c ceremony, err error) {
	err = d.unseal("passkey "+purpose, "", a.Ceremony, &c)
	if err != nil || c.Account != account || now.Sub(db.Time(c.At)) > ceremonyFor || now.Before(db.Time(c.At)) {
		return c, fault.New(fault.Denied, "login.passkey", "a ceremony that cannot be answered: %v", err)
	}
	return c, nil
}

// once makes something used; a second time it is fault.Denied.
func (d *Directory) once(ctx context.Context, tx *db.Tx, what string, now time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM spent WHERE at < ?`, now.Add(-2*ceremonyFor)); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO spent (what, at) VALUES (?, ?) ON CONFLICT (what) DO NOTHING`, digest(what), now)
	if err == nil && n == 0 {
		return fault.New(fault.Denied, "login.passkey", "answered before")
	}
	return err
}

// NewPasskey is the challenge by which a device is joined to p's account.
func (d *Directory) NewPasskey(ctx context.Context, person string) (c Challenge, err error) {
	if err := d.needsParty(); err != nil {
		return c, err
	}
	h, err := d.holder(ctx, person)
	if err != nil {
		return c, err
	}
	var has []protocol.CredentialDescriptor
	for _, k := range h.keys {
		has = append(has, k.Descriptor())
	}
	options, data, err := d.party.BeginRegistration(h, webauthn.WithExclusions(has))
	return d.challenge("add", person, options, data, err)
}

// AddPasskey joins the device to the account under a name of the person's.
// fault.Invalid "passkey.name", "passkey.refused", "passkey.many".
func (d *Directory) AddPasskey(ctx context.Context, person, name string, answer Answer) error {
	if err := d.needsParty(); err != nil {
		return err
	}
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || utf8.RuneCountInString(name) > LongestKeyName {
		return fault.New(fault.Invalid, "passkey.name", "a passkey's name of %d characters", utf8.RuneCountInString(name))
	}
	now := d.clock.Now()
	c, err := d.opened("add", person, answer, now)
	if err != nil {
		return fault.As(fault.Invalid, "passkey.refused", err)
	}
	h, err := d.holder(ctx, person)
	if err != nil {
		return err
	}
	if len(h.keys) >= MostPasskeys {
		return fault.New(fault.Invalid, "passkey.many", "%s has %d passkeys", person, len(h.keys))
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes([]byte(answer.Response))
	if err != nil {
		return fault.As(fault.Invalid, "passkey.refused", err)
	}
	made, err := d.party.CreateCredential(h, c.Data, parsed)
	if err != nil {
		return fault.As(fault.Invalid, "passkey.refused", err)
	}
	record, err := json.Marshal(made)
	if err != nil {
		return fault.As(fault.Internal, "", err)
	}
	return d.change(ctx, person, person, "factor.added", map[string]any{"factor": "passkey", "key": name}, func(tx *db.Tx, _ accountRow) error {
		if err := d.once(ctx, tx, c.Data.Challenge, now); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `INSERT INTO passkeys (id, account, name, record, counter, made, used) VALUES (?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING`,
			keyID(made.ID), person, name, string(record), int64(made.Authenticator.SignCount), now)
		if err == nil && n == 0 {
			return fault.New(fault.Invalid, "passkey.refused", "a passkey that is there already")
		}
		return err
	})
}

// RemovePasskey takes one of the person's own devices off the account;
// fault.Denied "factor.last" as [Directory.RemoveCode].
func (d *Directory) RemovePasskey(ctx context.Context, person, id string) error {
	more := map[string]any{"factor": "passkey"}
	return d.change(ctx, person, person, "factor.removed", more, func(tx *db.Tx, a accountRow) error {
		r, err := db.One[passkeyRow](ctx, tx, `SELECT * FROM passkeys WHERE account = ? AND id = ?`, person, id)
		if err != nil {
			return err
		}
		more["key"] = r.Name
		if _, err := tx.Exec(ctx, `DELETE FROM passkeys WHERE account = ? AND id = ?`, person, id); err != nil {
			return err
		}
		return d.notTheLast(ctx, tx, a)
	})
}

// AskPasskey is the challenge for logging in: of the account of a session's
// person, or of whoever holds a key when person is empty.
func (d *Directory) AskPasskey(ctx context.Context, person string) (c Challenge, err error) {
	if err := d.needsParty(); err != nil {
		return c, err
	}
	if person == "" {
		options, data, err := d.party.BeginDiscoverableLogin()
		return d.challenge("use", "", options, data, err)
	}
	h, err := d.holder(ctx, person)
	if err != nil {
		return c, err
	}
	if len(h.keys) == 0 {
		return c, fault.New(fault.NotFound, "factor.none", "%s has no passkeys", person)
	}
	options, data, err := d.party.BeginLogin(h)
	return d.challenge("use", person, options, data, err)
}

// passkey checks an answer of the account's, or of whoever holds the key when
// person is empty, and finds whose it is. use makes challenge and counter used.
// A counter that has not moved on means that the key may have been copied: it
// is refused and logged.
func (d *Directory) passkey(ctx context.Context, person string, answer Answer, now time.Time) (a accountRow, use func(*db.Tx) error, err error) {
	wrong := func(err error) error { return fault.As(fault.Denied, "login.passkey", err) }
	if err := d.needsParty(); err != nil {
		return a, nil, err
	}
	c, err := d.opened("use", person, answer, now)
	if err != nil {
		return a, nil, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes([]byte(answer.Response))
	if err != nil {
		return a, nil, wrong(err)
	}
	var h keyHolder
	var used *webauthn.Credential
	if person == "" {
		_, used, err = d.party.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			h, err = d.holder(ctx, string(handle))
			return h, err
		}, c.Data, parsed)
	} else if h, err = d.holder(ctx, person); err == nil {
		used, err = d.party.ValidateLogin(h, c.Data, parsed)
	}
	if err != nil {
		if fault.Is(err, fault.Unavailable) {
			return a, nil, err
		}
		return h.account, nil, wrong(err)
	}
	before := int64(-1)
	for _, k := range h.keys {
		if bytes.Equal(k.ID, used.ID) {
			before = int64(k.Authenticator.SignCount)
		}
	}
	if used.Authenticator.CloneWarning {
		err := d.change(ctx, h.account.ID, "", "passkey.copied", map[string]any{"factor": "passkey"}, func(*db.Tx, accountRow) error { return nil })
		if err != nil {
			return h.account, nil, err
		}
		return h.account, nil, fault.New(fault.Denied, "login.copied", "a passkey of %s counts %d after %d", h.account.ID, parsed.Response.AuthenticatorData.Counter, before)
	}
	return h.account, func(tx *db.Tx) error {
		if err := d.once(ctx, tx, c.Data.Challenge, now); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `UPDATE passkeys SET counter = ?, used = ? WHERE id = ? AND account = ? AND counter = ?`,
			int64(used.Authenticator.SignCount), now, keyID(used.ID), h.account.ID, before)
		if err == nil && n == 0 {
			return fault.New(fault.Denied, "login.passkey", "the passkey was used or removed a moment ago")
		}
		return err
	}, nil
}

func keyID(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }
