package directory

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
)

// guidText is an objectGUID's 16 bytes as people write it (MS-DTYP 2.3.4: the
// first three parts are little-endian).
func guidText(b []byte) (string, error) {
	if len(b) != 16 {
		return "", fault.New(fault.Invalid, "", "an objectGUID of %d bytes", len(b))
	}
	var t [16]byte
	binary.BigEndian.PutUint32(t[0:], binary.LittleEndian.Uint32(b[0:]))
	binary.BigEndian.PutUint16(t[4:], binary.LittleEndian.Uint16(b[4:]))
	binary.BigEndian.PutUint16(t[6:], binary.LittleEndian.Uint16(b[6:]))
	copy(t[8:], b[8:])
	h := hex.EncodeToString(t[:])
	return strings.Join([]string{h[0:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"), nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// guidBytes is the way back.
func guidBytes(text string) ([]byte, error) {
	if !uuidForm.MatchString(text) {
		return nil, fault.New(fault.Invalid, "", "%q is no GUID", text)
	}
	t, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil {
		return nil, err
	}
	b := make([]byte, 16)
	binary.LittleEndian.PutUint32(b[0:], binary.BigEndian.Uint32(t[0:]))
	binary.LittleEndian.PutUint16(b[4:], binary.BigEndian.Uint16(t[4:]))
	binary.LittleEndian.PutUint16(b[6:], binary.BigEndian.Uint16(t[6:]))
	copy(b[8:], t[8:])
	return b, nil
}

// filetimeStart is where Windows counts from: 1601, in seconds before 1970.
const filetimeStart = 11644473600

// filetime reads Active Directory's times: 100 nanoseconds since 1601. Zero and
// the greatest number mean never (MS-ADTS, accountExpires); the zero time is
// returned for them.
func filetime(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return time.Time{}, fault.New(fault.Invalid, "", "%q is no time of Active Directory", s)
	}
	if n == 0 || n == math.MaxInt64 {
		return time.Time{}, nil
	}
	return time.Unix(n/1e7-filetimeStart, n%1e7*100).UTC(), nil
}

// span reads Active Directory's spans, which are negative: -18000000000 is half
// an hour. A span of for ever is the longest there is.
func span(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil || n > 0:
		return 0, fault.New(fault.Invalid, "", "%q is no span of Active Directory", s)
	case n < -math.MaxInt64/100:
		return math.MaxInt64, nil
	}
	return time.Duration(-n * 100), nil
}

var generalizedForm = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})?)?(?:[.,]\d+)?(Z|[+-]\d{2}(?:\d{2})?)$`)

// generalizedTime reads LDAP's times (RFC 4517, 3.3.13): year to hour at least,
// minutes and seconds, and always a zone. Fractions are left out: nothing here
// turns on less than a second (of less than a minute or an hour, where those are
// what the fraction is of; the time is then the earlier one).
func generalizedTime(s string) (time.Time, error) {
	bad := fault.New(fault.Invalid, "", "%q is no time of LDAP", s)
	m := generalizedForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, bad
	}
	var n [6]int
	for i := range n {
		if m[i+1] != "" {
			n[i], _ = strconv.Atoi(m[i+1]) // digits, by the form
		}
	}
	if n[3] > 23 || n[4] > 59 || n[5] > 60 {
		return time.Time{}, bad
	}
	zone := 0
	if z := m[7]; z != "Z" {
		h, _ := strconv.Atoi(z[1:3])
		minutes := 0
		if len(z) == 5 {
			minutes, _ = strconv.Atoi(z[3:5])
		}
		if h > 23 || minutes > 59 {
			return time.Time{}, bad
		}
		zone = h*3600 + minutes*60
		if z[0] == '-' {
			zone = -zone
		}
	}
	day := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if day.Year() != n[0] || int(day.Month()) != n[1] || day.Day() != n[2] {
		return time.Time{}, bad
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC).Add(-time.Duration(zone) * time.Second), nil
}

var reasonForm = regexp.MustCompile(`, data ([0-9a-fA-F]{1,8}), `)

// reason is why Active Directory refused a bind: the Windows error behind
// "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data
// 52e, v3839". 0 is none told.
func reason(message string) uint32 {
	m := reasonForm.FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseUint(m[1], 16, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
