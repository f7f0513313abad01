package permit

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// More limits. Those from the law stand in statement.go; these are the house's.
const (
	// LongestStill and LongestProbe are how long an order for one picture or
	// one look at a camera can wait to be used.
	LongestStill = 15 * time.Minute
	LongestProbe = 15 * time.Minute
	// LongestExport is how long an export order, and the mask lift that goes
	// with it, can be used.
	LongestExport = 24 * time.Hour
	// LongestInterval is how much footage one ticket, hold or export names: a
	// little over LongestRetention.
	LongestInterval = 31 * 24 * time.Hour
	// LongestReview is how soon a hold must be looked at again.
	LongestReview = 90 * 24 * time.Hour
	// LongestHold is a bound on numbers, not a licence: a hold for a crime has
	// no fixed end in law, and is reviewed at least each LongestReview.
	LongestHold = 10 * 366 * 24 * time.Hour
	// LongestDispute is where a dispute's hold ends without a notice that the
	// person has been told: L § 4 c stk. 5 with the house's margin.
	LongestDispute = LongestRetention - RetentionMargin

	// MaxCameras is how many cameras or permits one statement lists.
	MaxCameras = 1000
	// MaxName, MaxLine and MaxText are the sizes of ids, of one line and of
	// a longer text, in bytes.
	MaxName = 64
	MaxLine = 300
	MaxText = 4000
	// MaxSealed is the size of sealed credentials, in bytes.
	MaxSealed = 2048
	// MaxURL is the size of a camera's address, in bytes.
	MaxURL = 1024
	// MaxAreas and MaxPoints bound a mask; Points are in 0 to MaxPoint.
	MaxAreas  = 64
	MaxPoints = 64
	MaxPoint  = 10_000
	// MaxKeys is how many keys one key roll adds or retires.
	MaxKeys = 16
)

// isCamera: [a-z0-9-], 1 to 64, beginning with a letter or digit. Camera ids
// name folders, so nothing else may ever pass.
func isCamera(s string) bool {
	if s == "" || len(s) > MaxName || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// isRef: a controller's or an engine's id, as isCamera but also capitals,
// dot and underscore.
func isRef(s string) bool {
	if s == "" || len(s) > MaxName || s[0] == '-' || s[0] == '.' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// isLine: one line of text for people, without anything that could forge a log
// line, drive a terminal or turn the reading direction.
func isLine(s string, most int) bool { return len(s) <= most && clean(s, false) }

// isText is isLine with line breaks.
func isText(s string, most int) bool { return len(s) <= most && clean(s, true) }

func clean(s string, breaks bool) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case r == '\n' && breaks:
		case unicode.IsControl(r), r == utf8.RuneError, r == 0x2028, r == 0x2029, r == 0xFEFF:
			return false
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
			return false
		}
	}
	return true
}

// isTime: a real moment of this and the coming century.
func isTime(t time.Time) bool { return t.Year() >= 2000 && t.Year() < 2200 }

// isURL: rtsp or rtsps with a host, and nothing that could carry a password,
// break a line or hide where it leads.
func isURL(s string) (scheme string, ok bool) {
	if s == "" || len(s) > MaxURL {
		return "", false
	}
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7F || c == '\\' || c == '`' || c == '"' || c == '<' || c == '>' {
			return "", false
		}
	}
	low := strings.ToLower(s)
	for _, w := range []string{"password=", "passwd=", "pwd=", "pass="} {
		if strings.Contains(low, w) {
			return "", false
		}
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" || strings.Contains(s, "#") || strings.Contains(u.Host, "@") {
		return "", false
	}
	if u.Scheme != "rtsp" && u.Scheme != "rtsps" || !strings.HasPrefix(s, u.Scheme+"://") {
		return "", false
	}
	if !isHost(u.Hostname()) || strings.HasSuffix(u.Host, ":") {
		return "", false
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return "", false
		}
	}
	return u.Scheme, true
}

// isHost: an IP address or a name of letters, digits, dots and hyphens.
func isHost(h string) bool {
	if _, err := netip.ParseAddr(h); err == nil {
		return true
	}
	if h == "" || len(h) > 253 || strings.Contains(h, "..") || h[0] == '.' || h[0] == '-' {
		return false
	}
	for i := range len(h) {
		if c := h[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// cameras checks a list of cameras: valid, none twice, and not empty unless
// that is allowed.
func cameras(list []string, mayBeEmpty bool) error {
	if len(list) == 0 && !mayBeEmpty {
		return refused("statement.cameras", "no camera")
	}
	if len(list) > MaxCameras {
		return refused("statement.cameras", "%d cameras, more than %d", len(list), MaxCameras)
	}
	seen := make(map[string]bool, len(list))
	for _, c := range list {
		if !isCamera(c) {
			return refused("statement.camera", "camera %.80q", c)
		}
		if seen[c] {
			return refused("statement.cameras", "camera %s twice", c)
		}
		seen[c] = true
	}
	return nil
}

// interval checks a stretch of footage.
func interval(from, to time.Time) error {
	if !isTime(from) || !isTime(to) || !from.Before(to) {
		return refused("statement.interval", "from %s to %s", from, to)
	}
	if to.Sub(from) > LongestInterval {
		return refused("statement.interval", "%s, more than %s", to.Sub(from), LongestInterval)
	}
	return nil
}

// expires checks the end of an order's usefulness.
func expires(issued, end time.Time, longest time.Duration) error {
	if !isTime(end) || !issued.Before(end) || end.Sub(issued) > longest {
		return refused("statement.expires", "issued %s, expires %s, at most %s", issued, end, longest)
	}
	return nil
}

// need checks texts that must be there, in one line.
func need(named ...string) error {
	for i := 0; i+1 < len(named); i += 2 {
		if strings.TrimSpace(named[i+1]) == "" {
			return refused("statement.empty", "%s is empty", named[i])
		}
		if !isLine(named[i+1], MaxLine) {
			return refused("statement.text", "%s is too long or holds control characters", named[i])
		}
	}
	return nil
}

// may checks texts that may be empty, with line breaks.
func may(named ...string) error {
	for i := 0; i+1 < len(named); i += 2 {
		if !isText(named[i+1], MaxText) {
			return refused("statement.text", "%s is too long or holds control characters", named[i])
		}
	}
	return nil
}

// different refuses that one person is both of the two that are needed.
func different(what, a, b string) error {
	if strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) {
		return refused("statement.two", "%s must be two people", what)
	}
	return nil
}

func first(errs ...error) error {
	i := slices.IndexFunc(errs, func(e error) bool { return e != nil })
	if i < 0 {
		return nil
	}
	return errs[i]
}
