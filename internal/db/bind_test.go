package db

import (
	"strconv"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT 1":                      "SELECT 1",
		"a = ? AND b IN (?, ?)":         "a = $1 AND b IN ($2, $3)",
		"'?' \"?\" ? -- ?\n? /* ? */ ?": "'?' \"?\" $1 -- ?\n$2 /* ? */ $3",
		"'it''s ?' ?":                   "'it''s ?' $1",
		"? '?":                          "$1 '?",
		"a - ? / ?":                     "a - $1 / $2",
	} {
		if got := number(in); got != want {
			t.Errorf("number(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("SELECT '?' FROM t WHERE a = ? -- ?")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Contains(s, "$") {
			return
		}
		// What is replaced is a question mark by its number, in order, and
		// nothing else is touched.
		got, n := number(s), 0
		for i := 0; i < len(s); i++ {
			if s[i] == '?' && strings.HasPrefix(got, "$") {
				n++
				mark := "$" + strconv.Itoa(n)
				if !strings.HasPrefix(got, mark) {
					t.Fatalf("%q: want %s before %q", s, mark, got)
				}
				got = got[len(mark):]
				continue
			}
			if got == "" || got[0] != s[i] {
				t.Fatalf("%q became %q", s, number(s))
			}
			got = got[1:]
		}
		if got != "" {
			t.Fatalf("%q: %q is left over", s, got)
		}
	})
}

func TestSnake(t *testing.T) {
	for in, want := range map[string]string{"ID": "id", "SegmentID": "segment_id", "DeleteAfter": "delete_after", "SHA256Sum": "sha256_sum", "N": "n", "HTTPServer": "http_server"} {
		if got := snake(in); got != want {
			t.Errorf("snake(%q) = %q, want %q", in, got, want)
		}
	}
}
