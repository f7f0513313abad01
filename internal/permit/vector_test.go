package permit_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/permit"
)

const page = "../../docs/ref/statement.md"

func reference(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The example is right for a reader who has only the page: Ed25519 over the
// three parts, base64 around them.
func TestReferenceExample(t *testing.T) {
	text := reference(t)
	block := func(name string) []byte {
		t.Helper()
		m := regexp.MustCompile("(?s)```" + name + "\n(.*?)\n```").FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("no block %s", name)
		}
		return []byte(m[1])
	}
	seed, err := hex.DecodeString(string(block("seed")))
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	body, signed := block("body"), block("signed")

	// By hand.
	var e struct {
		Vidne     int
		Kind, Key string
		Body, Sig string
	}
	if err := json.Unmarshal(signed, &e); err != nil {
		t.Fatal(err)
	}
	inner, err := base64.StdEncoding.DecodeString(e.Body)
	if err != nil || !bytes.Equal(inner, body) {
		t.Errorf("the body inside is not the body shown (%v):\n%s", err, inner)
	}
	sig, err := base64.StdEncoding.DecodeString(e.Sig)
	if err != nil || !ed25519.Verify(key.Public().(ed25519.PublicKey), []byte("vidne statement v1\npermit\n"+string(body)), sig) {
		t.Errorf("the signature does not fit (%v)", err)
	}
	if got := fmt.Sprintf(`{"vidne":1,"kind":"permit","key":"%s","body":"%s","sig":"%s"}`, e.Key, e.Body, e.Sig); got != string(signed) {
		t.Errorf("the envelope is not as described: %s", got)
	}

	// By the program.
	s, err := permit.DecodeSigned(signed)
	if err != nil {
		t.Fatal(err)
	}
	me, err := permit.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := permit.NewKeyring("engine-1", me.Public(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	st, err := ring.Open(s, time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	again, err := permit.Sign(st, me)
	if err != nil || !bytes.Equal(again.Encode(), signed) {
		t.Errorf("signed again it is something else (%v)", err)
	}
}

// Every kind has a section, whose table is its members in their order, and the
// page names no kind that is not there.
func TestReferenceNamesEveryMember(t *testing.T) {
	text := reference(t)
	sections := map[string]string{}
	for _, part := range strings.Split(text, "\n### ")[1:] {
		part, _, _ = strings.Cut(part, "\n## ")
		title, rest, _ := strings.Cut(part, "\n")
		sections[strings.Trim(title, "`")] = rest
	}
	rows := func(section string) (names []string) {
		for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\|").FindAllStringSubmatch(section, -1) {
			names = append(names, m[1])
		}
		return names
	}
	members := func(typ reflect.Type) (names []string) {
		for i := range typ.NumField() {
			if f := typ.Field(i); !f.Anonymous {
				names = append(names, f.Tag.Get("json"))
			}
		}
		return names
	}
	all := samples(t, at(t, "2026-06-01 12:00"))
	for k, s := range all {
		part, ok := sections[string(k)]
		if !ok {
			t.Errorf("no section for %s", k)
			continue
		}
		if got, want := rows(part), members(reflect.TypeOf(s).Elem()); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the page has %v, the code %v", k, got, want)
		}
		delete(sections, string(k))
	}
	if got, want := rows(sections["The head"]), members(reflect.TypeFor[permit.Head]()); !reflect.DeepEqual(got, want) {
		t.Errorf("head: the page has %v, the code %v", got, want)
	}
	delete(sections, "The head")
	if len(sections) != 0 {
		t.Errorf("sections of nothing: %v", sections)
	}
	for _, n := range []string{"350,548", "262,144", "388", "87,840"} {
		if !strings.Contains(text, n) {
			t.Errorf("%s is not said", n)
		}
	}
	if permit.MaxSigned != 350_548 || permit.MaxBody != 262_144 || permit.LongestHold != 87_840*time.Hour {
		t.Error("the page's limits are not the code's")
	}
}

// Every key with which something is refused is on the page.
func TestReferenceNamesEveryRefusal(t *testing.T) {
	text := reference(t)
	_, table, _ := strings.Cut(text, "## Refusals")
	table, _, _ = strings.Cut(table, "## Example")
	known := map[string]bool{}
	for _, line := range strings.Split(table, "\n") {
		room := ""
		cell := line
		if parts := strings.Split(line, "|"); len(parts) > 2 {
			cell = parts[1]
		}
		for _, m := range regexp.MustCompile("`([a-z]*)\\.([a-z-]+)`").FindAllStringSubmatch(cell, -1) {
			if m[1] != "" {
				room = m[1]
			}
			known[room+"."+m[2]] = true
		}
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:refused\(|fault.Refused, )"([a-z]+\.[a-z-]+)"`).FindAllStringSubmatch(string(b), -1) {
			found++
			if !known[m[1]] {
				t.Errorf("%s: %s is not on the page", f.Name(), m[1])
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d refusals found: the test looks in the wrong way", found)
	}
}
