package permit

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// MaxSkew is how far ahead of the engine's trusted clock a statement that
// lets something be done may have been issued. Statements that only end
// something (stop, revocation, release) and the confirmation of time are
// taken whatever the clock says.
const MaxSkew = 10 * time.Minute

// KeyGrace is how long after a key's end a statement that it signed in its
// time may still arrive: an outbox that was held up is no forgery.
const KeyGrace = 24 * time.Hour

// Signer holds one of the issuer's private keys. It never prints it.
type Signer struct {
	key ed25519.PrivateKey
	id  string
}

// NewSigner makes a signer. It refuses what is not an Ed25519 private key.
func NewSigner(key ed25519.PrivateKey) (Signer, error) {
	if len(key) != ed25519.PrivateKeySize {
		return Signer{}, fault.New(fault.Invalid, "key.form", "private key of %d bytes", len(key))
	}
	return Signer{key, KeyID(key.Public().(ed25519.PublicKey))}, nil
}

// ID is the PublicKey.ID of what it signs.
func (s Signer) ID() string { return s.id }

// Public is the public half, in force from the time given.
func (s Signer) Public(from time.Time) PublicKey {
	return PublicKey{ID: s.id, Key: slices.Clone(s.key.Public().(ed25519.PublicKey)), From: from}
}

func (s Signer) String() string               { return "signer " + s.id }
func (s Signer) Format(f fmt.State, _ rune)   { fmt.Fprint(f, s.String()) }
func (s Signer) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s Signer) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Sign puts s into its one form, checks it and signs it. It does not change s.
// What [Statement.Check] refuses is never signed.
func Sign(s Statement, key Signer) (*Signed, error) {
	body, c, err := encodeBody(s)
	if err != nil {
		return nil, err
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	signed := &Signed{Kind: s.Kind(), Key: key.id, Body: body}
	signed.Sig = ed25519.Sign(key.key, signed.Message())
	return signed, nil
}

// Keyring is the issuer's public keys as one engine trusts them. The zero
// Keyring trusts nobody. It is safe for concurrent use.
//
// A key counts from From until Until, by the time that the statement names and,
// with KeyGrace, by the time at which it arrives, so that a key that leaks after
// its end is of no use to anybody who dates it back. Retiring a key ends it at once for what
// arrives later; what is in force by then stands until it is revoked or its
// lease ends. Stored statements are replayed with the time of their arrival.
type Keyring struct {
	mu      sync.RWMutex
	engine  string
	keys    map[string]PublicKey
	retired map[string]bool
	serial  int64
}

// NewKeyring makes the keyring of an engine from the keys in its configuration.
func NewKeyring(engine string, keys ...PublicKey) (*Keyring, error) {
	k := &Keyring{engine: engine, keys: map[string]PublicKey{}, retired: map[string]bool{}}
	if !isRef(engine) {
		return nil, fault.New(fault.Invalid, "engine.id", "engine id %.80q", engine)
	}
	for _, p := range keys {
		if err := p.check(); err != nil {
			return nil, err
		}
		k.keys[p.ID] = p
	}
	return k, nil
}

// Open verifies a signed statement, decodes it strictly and checks it. The
// error is a fault.Refused with one of the keys statement.key, .signature,
// .version, .unknown, .form, .engine, .future, or that of [Statement.Check].
func (k *Keyring) Open(signed *Signed, now time.Time) (Statement, error) {
	s, err := k.verify(signed, now)
	if err != nil {
		return nil, err
	}
	if k.engine == "" || s.Header().Engine != k.engine {
		return nil, refused("statement.engine", "meant for engine %.80q", s.Header().Engine)
	}
	return s, nil
}

// Inspect is Open for whoever only reads: it does not ask which engine the
// statement is meant for. Nothing may be obeyed on it.
func (k *Keyring) Inspect(signed *Signed, now time.Time) (Statement, error) {
	return k.verify(signed, now)
}

func (k *Keyring) verify(signed *Signed, now time.Time) (Statement, error) {
	if signed == nil {
		return nil, refused("statement.form", "none")
	}
	k.mu.RLock()
	key, ok := k.keys[signed.Key]
	retired := k.retired[signed.Key]
	k.mu.RUnlock()
	switch {
	case !ok:
		return nil, refused("statement.key", "key %.20q is not known", signed.Key)
	case retired:
		return nil, refused("statement.key", "key %s is retired", signed.Key)
	case len(signed.Sig) != ed25519.SignatureSize || !ed25519.Verify(key.Key, signed.Message(), signed.Sig):
		return nil, refused("statement.signature", "signature does not fit")
	case now.Add(MaxSkew).Before(key.From):
		return nil, refused("statement.key", "key %s counts from %s", key.ID, key.From)
	case !key.Until.IsZero() && !now.Before(key.Until.Add(KeyGrace)):
		return nil, refused("statement.key", "key %s ended %s", key.ID, key.Until)
	}
	s, err := decodeBody(signed.Kind, signed.Body)
	if err != nil {
		return nil, err
	}
	h := s.Header()
	if !key.inForce(h.Issued) {
		return nil, refused("statement.key", "key %s was not in force at %s", key.ID, h.Issued)
	}
	if grants(signed.Kind) && h.Issued.After(now.Add(MaxSkew)) {
		return nil, refused("statement.future", "issued %s, it is %s", h.Issued, now)
	}
	return s, nil
}

// grants says that a statement of this kind lets something be done, rather
// than ending it.
func grants(k Kind) bool {
	switch k {
	case KindStop, KindRevocation, KindRelease, KindTimeCheck, KindMask:
		return false
	}
	return true
}

// Roll adds and retires keys. The roll must have been opened by this keyring.
// It refuses a serial that does not rise, and to be left without a key.
func (k *Keyring) Roll(r *KeyRoll, now time.Time) error {
	if err := r.Check(); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Serial <= k.serial {
		return refused("statement.replay", "key roll %d, had %d", r.Serial, k.serial)
	}
	left := 0
	for id, p := range k.keys {
		if !k.retired[id] && !slices.Contains(r.Retire, id) && (p.Until.IsZero() || now.Before(p.Until)) {
			left++
		}
	}
	for _, p := range r.Add {
		if k.retired[p.ID] {
			return refused("statement.key", "key %s was retired and cannot come back", p.ID)
		}
		if !slices.Contains(r.Retire, p.ID) && (p.Until.IsZero() || now.Before(p.Until)) {
			left++
		}
	}
	if left == 0 {
		return refused("statement.key", "no key would be left")
	}
	k.serial = r.Serial
	for _, p := range r.Add {
		if _, ok := k.keys[p.ID]; !ok {
			k.keys[p.ID] = p
		}
	}
	for _, id := range r.Retire {
		k.retired[id] = true
	}
	return nil
}

// Keys lists the keys that are in force now, by id.
func (k *Keyring) Keys(now time.Time) []PublicKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	var out []PublicKey
	for id, p := range k.keys {
		if !k.retired[id] && p.inForce(now) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b PublicKey) int { return compare(a.ID, b.ID) })
	return out
}

func (p PublicKey) inForce(t time.Time) bool {
	return !t.Before(p.From) && (p.Until.IsZero() || t.Before(p.Until))
}

func (p PublicKey) check() error {
	switch {
	case len(p.Key) != ed25519.PublicKeySize:
		return refused("key.form", "public key of %d bytes", len(p.Key))
	case p.ID != KeyID(p.Key):
		return refused("key.form", "key id %.20q is not that of its key", p.ID)
	case !p.Until.IsZero() && !p.From.Before(p.Until):
		return refused("key.form", "key %s ends before it begins", p.ID)
	}
	return nil
}

func compare[T ~string](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
