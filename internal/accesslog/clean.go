package accesslog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Lengths of what a row says, in characters. The ledger has the whole.
const (
	longWhy   = 2000
	longTerms = 300
	longName  = 200
)

// Clean makes text that others wrote harmless to show in a line, a file or a
// terminal: what steers a terminal, turns the writing round, breaks the line or
// is not there to see stands as its name. A line break is a sign for one. Text
// beyond so many characters is cut, and says so.
func Clean(s string, most int) string {
	var b strings.Builder
	n := 0
	for i, r := range s {
		if n == most {
			fmt.Fprintf(&b, " … (+%d)", utf8.RuneCountInString(s[i:]))
			break
		}
		n++
		switch {
		case r == '\n':
			b.WriteString("↵")
		case r == '\r':
			if !strings.HasPrefix(s[i+1:], "\n") {
				b.WriteString("↵")
			}
		case r == '\t':
			b.WriteByte(' ')
		case r < 0x20:
			b.WriteRune(0x2400 + r)
		case r == 0x7f:
			b.WriteRune(0x2421)
		case r == utf8.RuneError, !unicode.IsPrint(r) && r != '\u00a0' && r != '\u00ad':
			fmt.Fprintf(&b, "⟨%U⟩", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
