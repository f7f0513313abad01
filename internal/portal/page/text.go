package page

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Lang is a language of the portal's own pages.
type Lang string

// The languages. Danish is the first; English is complete.
const (
	Danish  Lang = "da"
	English Lang = "en"
)

// LangOf is the language with the code s, Danish when there is none such.
func LangOf(s string) Lang {
	if s == string(English) {
		return English
	}
	return Danish
}

// Catalogue is the words of the portal: language and key to text. A text may
// hold {0}, {1}, ... for what is put in.
type Catalogue map[Lang]map[string]string

// ReadCatalogue reads text/<language>/*.json. A key that stands twice in one
// language is refused: one of the two would never be seen.
func ReadCatalogue(files fs.FS) (Catalogue, error) {
	c := Catalogue{Danish: {}, English: {}}
	for lang, words := range c {
		names, err := fs.Glob(files, path.Join("text", string(lang), "*.json"))
		if err != nil {
			return nil, fault.As(fault.Internal, "", err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(files, name)
			if err != nil {
				return nil, fault.As(fault.Internal, "", err)
			}
			var part map[string]string
			if err := json.Unmarshal(data, &part); err != nil {
				return nil, fault.New(fault.Invalid, "text.form", "%s: %v", name, err)
			}
			for k, v := range part {
				if _, twice := words[k]; twice {
					return nil, fault.New(fault.Invalid, "text.twice", "%s: %s stands twice", name, k)
				}
				words[k] = v
			}
		}
	}
	return c, nil
}

// Text finds a text and puts args into it. A key without a text shows itself
// in brackets, so that a test or a reader finds it.
func (c Catalogue) Text(l Lang, key string, args ...any) string {
	s, ok := c[l][key]
	if !ok {
		return "[" + key + "]"
	}
	return fill(s, args)
}

// fill puts args into {0}, {1} ... of a text. It is called thousands of times
// for a page.
func fill(s string, args []any) string {
	if len(args) == 0 {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 || i+2 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		if n := int(s[i+1] - '0'); s[i+2] == '}' && n < len(args) {
			if text, ok := args[n].(string); ok {
				b.WriteString(text)
			} else {
				fmt.Fprint(&b, args[n])
			}
			s = s[i+3:]
			continue
		}
		b.WriteByte('{')
		s = s[i+1:]
	}
}

// Has reports whether a key has a text.
func (c Catalogue) Has(l Lang, key string) bool { _, ok := c[l][key]; return ok }

// Under lists the texts whose keys begin with prefix, without it: what a
// script needs of the catalogue.
func (c Catalogue) Under(l Lang, prefix string) map[string]string {
	out := map[string]string{}
	for k, v := range c[l] {
		if rest, ok := strings.CutPrefix(k, prefix); ok {
			out[rest] = v
		}
	}
	return out
}

// Keys lists a language's keys in order.
func (c Catalogue) Keys(l Lang) []string {
	keys := make([]string, 0, len(c[l]))
	for k := range c[l] {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Words is the catalogue in one language.
type Words struct {
	Lang Lang
	all  Catalogue
}

// In is the catalogue in one language.
func (c Catalogue) In(l Lang) Words { return Words{l, c} }

// Under lists the texts whose keys begin with prefix, without it.
func (w Words) Under(prefix string) map[string]string { return w.all.Under(w.Lang, prefix) }

// Has reports whether a key has a text.
func (w Words) Has(key string) bool { return w.all.Has(w.Lang, key) }

// T finds a text by key.
func (w Words) T(key string, args ...any) string { return w.all.Text(w.Lang, key, args...) }

// N finds key.one or key.many by n, which is {0}; further args follow.
func (w Words) N(key string, n int64, args ...any) string {
	form := ".many"
	if n == 1 {
		form = ".one"
	}
	return w.T(key+form, append([]any{w.Number(n)}, args...)...)
}

// Or finds a text by key, or gives what stands in for it.
func (w Words) Or(key, otherwise string) string {
	if w.all.Has(w.Lang, key) {
		return w.T(key)
	}
	return otherwise
}
