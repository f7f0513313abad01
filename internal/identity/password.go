package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"vidne.dk/vidne/internal/fault"
)

// Work is what a guess costs: the parameters of argon2id (RFC 9106). They
// stand in each hash, so that a change reaches an account at its next log-in.
type Work struct {
	Time    uint32 // passes
	Memory  uint32 // KiB
	Threads uint8
}

// DefaultWork is OWASP's second choice: two passes over 19 MiB.
func DefaultWork() Work { return Work{Time: 2, Memory: 19 * 1024, Threads: 1} }

const (
	saltSize = 16
	keySize  = 32
)

func (w Work) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, w.Time, w.Memory, w.Threads, keySize)
}

// hash is the password in the common text form $argon2id$v=19$m=..,t=..,p=..$salt$key.
func (w Work) hash(password string, salt []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, w.Memory, w.Time, w.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(w.key(password, salt)))
}

func parseHash(s string) (w Work, salt, key []byte, err error) {
	bad := fault.New(fault.Corrupt, "identity.hash", "a stored password hash cannot be read")
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return w, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &w.Memory, &w.Time, &w.Threads); err != nil {
		return w, nil, nil, bad
	}
	if w.Time == 0 || w.Threads == 0 || w.Memory > 1<<21 || w.Time > 64 {
		return w, nil, nil, bad
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return w, nil, nil, bad
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(key) != keySize {
		return w, nil, nil, bad
	}
	return w, salt, key, nil
}

// hash works on a new password when it is its turn.
func (d *Directory) hash(ctx context.Context, password string) (string, error) {
	done, err := d.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return d.work.hash(password, salt), nil
}

// matches compares in constant time; old says that the hash was made with
// other parameters than today's.
func (d *Directory) matches(ctx context.Context, hash, password string) (ok, old bool, err error) {
	w, salt, key, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	done, err := d.turn(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	return subtle.ConstantTimeCompare(w.key(password, salt), key) == 1, w != d.work, nil
}

// turn bounds the memory that log-ins take together.
func (d *Directory) turn(ctx context.Context) (done func(), err error) {
	select {
	case d.turns <- struct{}{}:
		return func() { <-d.turns }, nil
	case <-ctx.Done():
		return nil, fault.As(fault.Unavailable, "login.busy", ctx.Err())
	}
}
