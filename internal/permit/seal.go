package permit

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"

	"vidne.dk/vidne/internal/fault"
)

// Credentials are a camera's user and password. They print as nothing in any
// format, log or JSON; the only way out is to read the fields.
type Credentials struct {
	User     string
	Password string
}

const hidden = "[credentials]"

func (Credentials) String() string               { return hidden }
func (Credentials) GoString() string             { return hidden }
func (Credentials) Format(f fmt.State, _ rune)   { fmt.Fprint(f, hidden) }
func (Credentials) LogValue() slog.Value         { return slog.StringValue(hidden) }
func (Credentials) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }
func (Credentials) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Sizes of sealed credentials.
const (
	MaxUser     = 128 // bytes
	MaxPassword = 256 // bytes
	sealPlain   = 2 + MaxUser + 2 + MaxPassword
	sealVersion = 1
	sealInfo    = "vidne credentials v1"
)

// The suite of RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
func sealKEM() hpke.KEM { return hpke.DHKEM(ecdh.X25519()) }

// SealPublic is the public half of an engine's key for credentials, which is
// 32 random bytes.
func SealPublic(private []byte) ([]byte, error) {
	k, err := sealKEM().NewPrivateKey(private)
	if err != nil {
		return nil, fault.As(fault.Invalid, "key.form", err)
	}
	return k.PublicKey().Bytes(), nil
}

// SealFor names what sealed credentials are for, so that those of one camera or
// engine cannot be moved to another.
func SealFor(engine, camera string) []byte { return []byte(engine + "\n" + camera) }

// SealTo seals credentials to an engine's public key; aad is [SealFor]. The
// result has one length whatever is in it.
func SealTo(public []byte, c Credentials, aad []byte) ([]byte, error) {
	if len(c.User) > MaxUser || len(c.Password) > MaxPassword {
		return nil, fault.New(fault.Invalid, "camera.credentials", "user or password is too long")
	}
	pk, err := sealKEM().NewPublicKey(public)
	if err != nil {
		return nil, fault.As(fault.Invalid, "key.form", err)
	}
	plain := make([]byte, sealPlain)
	binary.BigEndian.PutUint16(plain, uint16(len(c.User)))
	copy(plain[2:], c.User)
	binary.BigEndian.PutUint16(plain[2+MaxUser:], uint16(len(c.Password)))
	copy(plain[4+MaxUser:], c.Password)
	enc, s, err := hpke.NewSender(pk, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealInfo))
	if err != nil {
		return nil, fault.As(fault.Internal, "camera.credentials", err)
	}
	ct, err := s.Seal(aad, plain)
	if err != nil {
		return nil, fault.As(fault.Internal, "camera.credentials", err)
	}
	return slices.Concat([]byte{sealVersion}, enc, ct), nil
}

// OpenSealed opens what SealTo made, with the engine's private key. An empty
// sealed is no credentials. What does not open is fault.Refused
// "camera.sealed".
func OpenSealed(private, sealed, aad []byte) (Credentials, error) {
	if len(sealed) == 0 {
		return Credentials{}, nil
	}
	const encLen = 32
	if len(sealed) < 1+encLen || sealed[0] != sealVersion {
		return Credentials{}, refused("camera.sealed", "sealed credentials of %d bytes are not of version %d", len(sealed), sealVersion)
	}
	k, err := sealKEM().NewPrivateKey(private)
	if err != nil {
		return Credentials{}, fault.As(fault.Invalid, "key.form", err)
	}
	r, err := hpke.NewRecipient(sealed[1:1+encLen], k, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte(sealInfo))
	if err != nil {
		return Credentials{}, fault.As(fault.Refused, "camera.sealed", err)
	}
	plain, err := r.Open(aad, sealed[1+encLen:])
	if err != nil {
		return Credentials{}, fault.As(fault.Refused, "camera.sealed", err)
	}
	if len(plain) != sealPlain {
		return Credentials{}, refused("camera.sealed", "%d bytes inside", len(plain))
	}
	user := int(binary.BigEndian.Uint16(plain))
	pass := int(binary.BigEndian.Uint16(plain[2+MaxUser:]))
	if user > MaxUser || pass > MaxPassword {
		return Credentials{}, refused("camera.sealed", "lengths inside are wrong")
	}
	return Credentials{string(plain[2 : 2+user]), string(plain[4+MaxUser : 4+MaxUser+pass])}, nil
}
