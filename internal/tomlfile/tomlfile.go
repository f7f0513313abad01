// Package tomlfile reads files that people write by hand (rules, processes)
// strictly, and says of everything that is wrong in which line it stands.
//
// What it promises: every value of the file lands in the field that has its
// name, or the file is refused; what is refused is refused with
// "name:line: ...", and all of it at once, not only the first; after reading,
// [Lines] knows the line of each value, so that errors of meaning, which only
// the caller can find, name their line too.
//
// What it refuses: unknown keys, keys in another case, values of another type,
// numbers that do not fit, files above [MaxSize]. It sets no defaults: what a
// file does not say is the zero value.
package tomlfile

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"vidne.dk/vidne/internal/fault"
)

// MaxSize is the largest file read, in bytes. A process or a book of rules is
// a hundredth of it.
const MaxSize = 1 << 20

// Lines knows where in a file its values stand.
type Lines struct {
	name string
	at   map[string]int
}

// Decode reads data into v, a pointer to a struct, and returns where its
// values stand. Name is what errors call the file.
//
// A field is called what its toml tag says, else its Go name in lower case with
// underscores ("ReturnTo" is return_to); "-" keeps a field out, and the fields
// of an embedded struct count as those of the struct around it. Fields are texts, yes or no, numbers, dates, [encoding.TextUnmarshaler]s, and structs,
// pointers, slices and maps by text of these. A date without a time that
// lands in a time.Time is the midnight that begins it in Denmark, by which laws
// are in force.
//
// Errors are fault.Invalid "file.form", joined, in the order of the file.
func Decode(name string, data []byte, v any) (*Lines, error) {
	if len(data) > MaxSize {
		return nil, fault.New(fault.Invalid, "file.form", "%s: larger than %d bytes", name, MaxSize)
	}
	var tree map[string]any
	if err := toml.NewDecoder(bytes.NewReader(data)).Decode(&tree); err != nil {
		return nil, syntax(name, err)
	}
	lines := &Lines{name: name}
	at, err := positions(data)
	if err != nil {
		return nil, fault.New(fault.Invalid, "file.form", "%s: %v", name, err)
	}
	lines.at = at
	b := binder{lines: lines}
	b.table(nil, tree, reflect.ValueOf(v).Elem())
	if err := b.err(); err != nil {
		return nil, err
	}
	return lines, nil
}

// syntax is the error of a file that is not TOML.
func syntax(name string, err error) error {
	line := 1
	var wrong *toml.DecodeError
	if errors.As(err, &wrong) {
		line, _ = wrong.Position()
	}
	return fault.New(fault.Invalid, "file.form", "%s:%d: %s", name, line, strings.TrimPrefix(err.Error(), "toml: "))
}

// Name is what errors call the file.
func (l *Lines) Name() string { return l.name }

// Line is the line of the value at path, counted from 1: texts are keys, ints
// are places in an array. A value that is not there is in the line of what it
// would be a part of.
func (l *Lines) Line(path ...any) int {
	for n := len(path); n > 0; n-- {
		if line, ok := l.at[join(path[:n])]; ok {
			return line
		}
	}
	return 1
}

// Errorf is an error of meaning at path, in the same form as those of
// [Decode].
func (l *Lines) Errorf(path []any, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	if p := join(path); p != "" {
		what = p + ": " + what
	}
	return fault.New(fault.Invalid, "file.form", "%s:%d: %s", l.name, l.Line(path...), what)
}

// join spells a path as a person reads it: bases[2].name.
func join(path []any) string {
	var b strings.Builder
	for _, p := range path {
		switch p := p.(type) {
		case int:
			b.WriteString("[" + strconv.Itoa(p) + "]")
		case string:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			if p == "" || strings.ContainsFunc(p, notBare) {
				p = strconv.Quote(p)
			}
			b.WriteString(p)
		}
	}
	return b.String()
}

func notBare(r rune) bool {
	return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// with is path and one more, sharing nothing with other continuations of it.
func with(path []any, next any) []any {
	return append(path[:len(path):len(path)], next)
}
