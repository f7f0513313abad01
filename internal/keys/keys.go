// Package keys keeps the keys of footage where they can be erased for good.
//
// There is one key for each camera, UTC hour and legal class, and one for each
// hold. They lie, wrapped by the master key, in slots of one file that is
// overwritten in place, outside every database and every backup. Erasing a
// key reaches every copy of the footage that it wraps, wherever the copy is.
//
// The package promises that a key is durable before it is handed out, that
// after a crash between any two steps a slot holds the old or the new, and
// that [Store.Erase] returns nil only when both copies of the slot were
// overwritten, synced and read back. It refuses to make a key for a period
// twice under one name while the first lives, and to open with another master
// key. What it cannot see is a disk that keeps old blocks by itself: on a
// copy-on-write file system it warns, see [Store.Warnings].
//
// The format is in docs/ref/keys.md.
package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
)

// Key is an AES-256 key.
type Key [32]byte

// String keeps keys out of logs.
func (Key) String() string { return "(key)" }

// GoString keeps keys out of logs.
func (Key) GoString() string { return "(key)" }

// NewKey makes a random key.
func NewKey() Key {
	var k Key
	_, _ = rand.Read(k[:]) // never fails, see crypto/rand
	return k
}

// Period names the key for what one camera recorded in one UTC hour under one
// legal class.
type Period struct {
	Camera string
	Hour   int64 // Unix time in hours
	Class  permit.Class
}

// PeriodAt is the period that t falls in.
func PeriodAt(camera string, t time.Time, class permit.Class) Period {
	hour := t.Unix() / 3600
	if t.Unix() < 0 {
		hour = (t.Unix() - 3599) / 3600
	}
	return Period{Camera: camera, Hour: hour, Class: class}
}

func (p Period) String() string {
	return fmt.Sprintf("%s/%s/%s", p.Camera, time.Unix(p.Hour*3600, 0).UTC().Format("2006-01-02T15Z"), p.Class)
}

// WrappedSize is the size of a wrapped key: nonce, key, tag.
const WrappedSize = 12 + 32 + 16

// Wrap seals dek under kek with AES-256-GCM and a random nonce. The same aad
// must be given to [Unwrap].
func Wrap(kek, dek Key, aad []byte) []byte {
	out := make([]byte, 12, WrappedSize)
	_, _ = rand.Read(out) // never fails, see crypto/rand
	return gcm(kek).Seal(out, out, dek[:], aad)
}

// Unwrap opens what [Wrap] sealed. It is fault.Corrupt "key.wrapped" when the
// bytes, the key or aad are not the same.
func Unwrap(kek Key, wrapped, aad []byte) (Key, error) {
	var dek Key
	if len(wrapped) != WrappedSize {
		return dek, fault.New(fault.Corrupt, "key.wrapped", "a wrapped key of %d bytes", len(wrapped))
	}
	plain, err := gcm(kek).Open(nil, wrapped[:12], wrapped[12:], aad)
	if err != nil {
		return dek, fault.As(fault.Corrupt, "key.wrapped", err)
	}
	copy(dek[:], plain)
	clear(plain)
	return dek, nil
}

func gcm(k Key) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic(err) // the size is fixed
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // the block is AES
	}
	return aead
}
