// Package fault sorts errors by what the caller can do about them, and keeps
// internals away from people.
//
// Every foreign error (SQL, errno, RTSP, TLS) is given a [Kind] once, where it
// enters the house; callers act on the kind, logs keep the whole chain, and a
// person sees only the message that [Error.Public] carries. A message for
// people is a key into the text catalogue plus its arguments, never a raw
// error string: raw strings hold addresses, paths and, with careless
// libraries, passwords.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what a caller can do about an error.
type Kind uint8

// The closed list of kinds. A new kind needs a caller that acts on it.
const (
	Internal    Kind = iota // a defect here: log it, show "noget gik galt" with a reference
	Invalid                 // the input is wrong: tell the person what to change
	Denied                  // not allowed: tell why, log it
	NotFound                // no such thing, or not yours to know about
	Conflict                // somebody else changed it first: reload
	Unavailable             // try again later: a peer, a disk or a database is away
	Exhausted               // no room: disk, memory, quota
	Corrupt                 // bytes are not what they were: report, never repair silently
	Refused                 // a statement is not obeyed: bad signature, unknown field, past validity
)

var names = [...]string{"internal", "invalid", "denied", "not-found", "conflict", "unavailable", "exhausted", "corrupt", "refused"}

// String returns the stable lower-case name used on the wire and in metrics.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return "internal"
}

// KindNamed is the inverse of [Kind.String]; an unknown name is Internal.
func KindNamed(name string) Kind {
	for i, n := range names {
		if n == name {
			return Kind(i)
		}
	}
	return Internal
}

// Error is an error with a kind and, where a person is to see it, a text key.
type Error struct {
	Kind   Kind
	Key    string // stable reason, such as "camera.auth"; also the key in the text catalogue
	Detail string // for logs and developers; no secrets
	Err    error  // what caused it, may be nil
}

func (e *Error) Error() string {
	s := e.Detail
	if s == "" {
		s = e.Key
	}
	if s == "" {
		s = e.Kind.String()
	}
	if e.Err != nil {
		return s + ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an error of a kind with a stable reason and a detail for the log.
func New(k Kind, key, format string, args ...any) error {
	return &Error{Kind: k, Key: key, Detail: fmt.Sprintf(format, args...)}
}

// As gives err a kind and a stable reason, keeping err in the chain. A nil
// err stays nil.
func As(k Kind, key string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Kind: k, Key: key, Err: err}
}

// Of returns the kind of the outermost [Error] in the chain, else Internal.
func Of(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Key returns the stable reason of the outermost [Error] in the chain that
// has one, else "internal".
func Key(err error) string {
	for err != nil {
		var e *Error
		if !errors.As(err, &e) {
			break
		}
		if e.Key != "" {
			return e.Key
		}
		err = e.Err
	}
	return "internal"
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && Of(err) == k }

// Wrap says, once, which function with which arguments failed; use it in a
// defer: defer fault.Wrap(&err, "archive.Open(%s)", dir).
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}
