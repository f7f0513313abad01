package onvif

import (
	"crypto/md5" //nolint:gosec // HTTP digest as cameras have it (RFC 7616)
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"regexp"
	"strings"
)

// challenge is what a camera asks for with HTTP digest (RFC 7616).
type challenge struct {
	realm, nonce, opaque string
	algorithm            string // as it named it, empty for MD5
	qop                  bool   // "auth" is offered
	count                int
}

var challengePart = regexp.MustCompile(`(?i)([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))`)

// readChallenge finds a digest challenge that we can answer, SHA-256 before
// MD5. Basic is never answered: it would carry the password in the open.
func readChallenge(h http.Header) *challenge {
	var best *challenge
	for _, line := range h.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.EqualFold(scheme, "Digest") || len(rest) > 4096 {
			continue
		}
		c := &challenge{}
		for _, m := range challengePart.FindAllStringSubmatch(rest, 20) {
			v := m[2] + m[3]
			switch strings.ToLower(m[1]) {
			case "realm":
				c.realm = v
			case "nonce":
				c.nonce = v
			case "opaque":
				c.opaque = v
			case "algorithm":
				c.algorithm = v
			case "qop":
				for _, q := range strings.Split(v, ",") {
					c.qop = c.qop || strings.EqualFold(strings.TrimSpace(q), "auth")
				}
			}
		}
		if c.nonce == "" || c.hash() == nil || strings.ContainsAny(c.realm+c.nonce+c.opaque, "\r\n\"\\") {
			continue
		}
		if best == nil || strings.EqualFold(c.algorithm, "SHA-256") {
			best = c
		}
	}
	return best
}

func (c *challenge) hash() func() hash.Hash {
	switch strings.ToUpper(c.algorithm) {
	case "", "MD5":
		return md5.New
	case "SHA-256":
		return sha256.New
	}
	return nil
}

// answer is the Authorization header for a POST to a path.
func (c *challenge) answer(user, password, path string) (string, error) {
	sum := func(s string) string {
		h := c.hash()()
		_, _ = h.Write([]byte(s)) // a hash takes everything
		return hex.EncodeToString(h.Sum(nil))
	}
	one, two := sum(user+":"+c.realm+":"+password), sum("POST:"+path)
	out := fmt.Sprintf(`Digest username="%s", realm="%s", nonce="%s", uri="%s"`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(user), c.realm, c.nonce, path)
	if c.algorithm != "" {
		out += ", algorithm=" + c.algorithm
	}
	if c.opaque != "" {
		out += `, opaque="` + c.opaque + `"`
	}
	if !c.qop {
		return out + `, response="` + sum(one+":"+c.nonce+":"+two) + `"`, nil
	}
	var r [8]byte
	if _, err := rand.Read(r[:]); err != nil {
		return "", err
	}
	c.count++
	nc, cnonce := fmt.Sprintf("%08x", c.count), hex.EncodeToString(r[:])
	return out + fmt.Sprintf(`, qop=auth, nc=%s, cnonce="%s", response="%s"`, nc, cnonce, sum(strings.Join([]string{one, c.nonce, nc, cnonce, "auth", two}, ":"))), nil
}
