package keys

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/crypto/argon2"

	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
)

// MakeMasterFile writes a new random master key for [MasterFromFile]. It
// never replaces one: fault.Conflict "key.master-exists".
func MakeMasterFile(f durable.FS, path string) error {
	if _, err := f.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fault.New(fault.Conflict, "key.master-exists", "%s is there already", path)
		}
		return err
	}
	if err := f.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	k := NewKey()
	return durable.WriteFile(f, path, []byte(hex.EncodeToString(k[:])+"\n"), 0o400)
}

// MasterFromFile reads a master key: 32 bytes, or 64 hex digits and perhaps a
// line feed. The file must be a regular one, not a link, that belongs to this
// process's user and that nobody else may read: fault.Denied
// "key.master-open" otherwise.
func MasterFromFile(path string) (k Key, err error) {
	defer fault.Wrap(&err, "keys.MasterFromFile(%s)", path)
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) //nolint:forbidigo // read only, with flags that durable does not know
	if err != nil {
		if errors.Is(err, syscall.ELOOP) {
			return k, fault.New(fault.Denied, "key.master-open", "%s is a link", path)
		}
		return k, durable.Fault(err)
	}
	defer f.Close() //nolint:errcheck // read only
	info, err := f.Stat()
	if err != nil {
		return k, durable.Fault(err)
	}
	sys, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return k, fault.New(fault.Denied, "key.master-open", "%s is not a regular file", path)
	case info.Mode().Perm()&0o077 != 0:
		return k, fault.New(fault.Denied, "key.master-open", "%s may be read or written by others (%v), it must be for its owner alone", path, info.Mode().Perm())
	case !ok || int(sys.Uid) != os.Geteuid():
		return k, fault.New(fault.Denied, "key.master-open", "%s belongs to another user", path)
	}
	return readMaster(f)
}

// MasterFromSystemd reads a master key from the credential of this name that
// systemd handed to the service (LoadCredentialEncrypted=), in the same forms
// as a file's. It is fault.Unavailable "key.credentials" outside such a
// service.
func MasterFromSystemd(name string) (k Key, err error) {
	defer fault.Wrap(&err, "keys.MasterFromSystemd(%s)", name)
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return k, fault.New(fault.Unavailable, "key.credentials", "systemd gave this process no credentials")
	}
	if name == "" || name != filepath.Base(name) || name == ".." || name == "." {
		return k, fault.New(fault.Invalid, "key.credentials", "%q is no name of a credential", name)
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return k, fault.As(fault.Unavailable, "key.credentials", err)
	}
	defer f.Close() //nolint:errcheck // read only
	return readMaster(f)
}

func readMaster(f *os.File) (k Key, err error) {
	buf := make([]byte, 2*len(k)+2)
	n, err := f.Read(buf)
	if err != nil {
		return k, durable.Fault(err)
	}
	text := buf[:n]
	defer clear(buf)
	if n == len(k) {
		copy(k[:], text)
		return k, nil
	}
	text = bytes.TrimSuffix(text, []byte("\n"))
	if len(text) != hex.EncodedLen(len(k)) {
		return k, fault.New(fault.Invalid, "key.master-form", "a master key is 32 bytes or 64 hex digits")
	}
	if _, err := hex.Decode(k[:], text); err != nil {
		return Key{}, fault.New(fault.Invalid, "key.master-form", "a master key is 32 bytes or 64 hex digits")
	}
	return k, nil
}

// SaltFile is the name of the file that [MasterFromPassphrase] keeps its salt in.
const SaltFile = "keys.salt"

// Argon2id as RFC 9106 section 4 recommends where memory is scarce: 64 MiB, 3
// passes, 4 lanes.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
	saltMagic    = "VKP1"
	minPass      = 12
)

// MasterFromPassphrase derives a master key by argon2id from a passphrase of
// at least twelve bytes and the salt file in dir, which it makes when there
// is neither salt nor slot file. A lost salt file is a lost master key, so it
// is never made anew beside a slot file.
func MasterFromPassphrase(f durable.FS, dir, pass string) (k Key, err error) {
	defer fault.Wrap(&err, "keys.MasterFromPassphrase(%s)", dir)
	if len(pass) < minPass {
		return k, fault.New(fault.Invalid, "key.passphrase", "a passphrase of %d bytes, %d is the least", len(pass), minPass)
	}
	name := filepath.Join(dir, SaltFile)
	data, err := durable.ReadFile(f, name)
	if errors.Is(err, fs.ErrNotExist) {
		data, err = makeSalt(f, dir, name)
	}
	if err != nil {
		return k, err
	}
	if len(data) != len(saltMagic)+16 || string(data[:len(saltMagic)]) != saltMagic {
		return k, fault.New(fault.Corrupt, "key.salt", "%s is no salt file", name)
	}
	out := argon2.IDKey([]byte(pass), data[len(saltMagic):], argonTime, argonMemory, argonThreads, uint32(len(k)))
	copy(k[:], out)
	clear(out)
	return k, nil
}

func makeSalt(f durable.FS, dir, name string) ([]byte, error) {
	if _, err := f.Stat(filepath.Join(dir, FileName)); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fault.New(fault.Corrupt, "key.salt", "%s is lost; bring it back from the backup", name)
		}
		return nil, err
	}
	if err := f.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	data := append([]byte(saltMagic), make([]byte, 16)...)
	if _, err := rand.Read(data[len(saltMagic):]); err != nil {
		return nil, err
	}
	return data, durable.WriteFile(f, name, data, 0o600)
}
