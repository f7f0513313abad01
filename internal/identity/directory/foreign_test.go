package directory

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

func TestForeignForms(t *testing.T) {
	guid := []byte{0x78, 0x56, 0x34, 0x12, 0xbc, 0x9a, 0xf0, 0xde, 1, 2, 3, 4, 5, 6, 7, 8}
	if got, err := guidText(guid); err != nil || got != "12345678-9abc-def0-0102-030405060708" {
		t.Errorf("%q, %v", got, err)
	}
	for in, want := range map[string]string{
		"":                    "0001-01-01T00:00:00Z",
		"0":                   "0001-01-01T00:00:00Z",
		"9223372036854775807": "0001-01-01T00:00:00Z",
		"133775712000000000":  "2024-12-02T00:00:00Z",
		"116444736000000001":  "1970-01-01T00:00:00.0000001Z",
		"1":                   "1601-01-01T00:00:00.0000001Z",
	} {
		if got, err := filetime(in); err != nil || got.Format(time.RFC3339Nano) != want {
			t.Errorf("filetime %s is %v, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"20261122043000Z": "2026-11-22T04:30:00Z", "202611220430Z": "2026-11-22T04:30:00Z", "2026112204Z": "2026-11-22T04:00:00Z",
		"20261122043000.5Z": "2026-11-22T04:30:00Z", "20261122043000+0100": "2026-11-22T03:30:00Z", "20261122043000-02": "2026-11-22T06:30:00Z",
		"20240229000000Z": "2024-02-29T00:00:00Z", "20261231235960Z": "2027-01-01T00:00:00Z", "20261122043000,123Z": "2026-11-22T04:30:00Z",
	} {
		if got, err := generalizedTime(in); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s is %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "Z", "20261122", "20261122043000", "20260230000000Z", "20261322000000Z", "20261122240000Z", "20261122046000Z", "20261122043000+2500", "-0261122043000Z", "20261122043000Zx"} {
		if got, err := generalizedTime(in); err == nil {
			t.Errorf("%q is %v", in, got)
		}
	}
	for in, want := range map[string]time.Duration{"-18000000000": 30 * time.Minute, "0": 0, "-9223372036854775808": math.MaxInt64} {
		if got, err := span(in); err != nil || got != want {
			t.Errorf("span %s is %v, %v", in, got, err)
		}
	}
	if _, err := span("18000000000"); err == nil {
		t.Error("a span forwards is taken")
	}
}

// The diagnostic messages are those of Windows Server, and of Samba.
func TestWhyActiveDirectoryRefuses(t *testing.T) {
	for message, want := range map[string]string{
		"80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v3839\x00":                                       "",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 525, v1db1":                                           "",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 775, v1db1":                                           "",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 532, v1db1":                                           "login.password.expired",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 773, v1db1":                                           "login.password.expired",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 533, v1db1":                                           "login.disabled",
		"LDAP Result Code 49 \"Invalid Credentials\": 80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 701, v1": "login.expired",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 530, v1db1":                                           "login.hours",
		"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 531, v1db1":                                           "login.workstation",
		"Simple Bind Failed: NT_STATUS_LOGON_FAILURE":                                                                                       "", "data 533": "", ", data 5330000000, ": "", "": "",
	} {
		if got := refusals[reason(message)]; got != want {
			t.Errorf("%q means %q", message, got)
		}
	}
}

func FuzzGUID(f *testing.F) {
	f.Add([]byte("0123456789abcdef"), "12345678-9abc-def0-0102-030405060708")
	f.Add([]byte{}, "12345678-9abc-def0-0102-03040506070")
	f.Fuzz(func(t *testing.T, b []byte, s string) {
		if text, err := guidText(b); err == nil {
			back, err := guidBytes(text)
			if err != nil || !bytes.Equal(back, b) {
				t.Fatalf("%x is %s is %x, %v", b, text, back, err)
			}
		}
		if raw, err := guidBytes(s); err == nil {
			if text, err := guidText(raw); err != nil || text != s {
				t.Fatalf("%q is %x is %q, %v", s, raw, text, err)
			}
		}
	})
}

func FuzzForeignTimes(f *testing.F) {
	for _, s := range []string{"133775712000000000", "-18000000000", "20261122043000.5+0130", "9223372036854775807", "", "20261231235960Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if at, err := filetime(s); err == nil && !at.IsZero() && at.Year() < 1601 {
			t.Fatalf("filetime %q is %v", s, at)
		}
		if d, err := span(s); err == nil && d < 0 {
			t.Fatalf("span %q is %v", s, d)
		}
		if at, err := generalizedTime(s); err == nil {
			if at.Year() < -1 || at.Year() > 10000 {
				t.Fatalf("%q is %v", s, at)
			}
		}
	})
}

func FuzzReason(f *testing.F) {
	f.Add("80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v3839")
	f.Add(", data ffffffff, ")
	f.Fuzz(func(t *testing.T, s string) {
		if reason(s) != 0 && !strings.Contains(s, ", data ") {
			t.Fatalf("%q has a reason", s)
		}
	})
}

// A login name never leaves the value that it is put into.
func FuzzMatch(f *testing.F) {
	for _, s := range []string{"ida", "*", ")(|(uid=*", "ida@lindeby.example", `LINDEBY\ida`, "\x00", `\2a`, "ida@@", "æøå"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, login string) {
		for _, kind := range []Kind{ActiveDirectory, LDAP} {
			d := &Domain{c: Config{Kind: kind, Domain: "lindeby.example", Short: "LINDEBY"}}
			m := d.match(login)
			if m == "" {
				continue
			}
			shape := strings.NewReplacer("userPrincipalName", "a", "sAMAccountName", "a", "uid", "a").Replace(m)
			values := 1
			if strings.HasPrefix(shape, "(|") {
				values = 2
				shape = strings.TrimSuffix(strings.TrimPrefix(shape, "(|"), ")")
			}
			if strings.Count(shape, "(") != values || strings.Count(shape, ")") != values || strings.ContainsAny(shape, "*\x00") || !strings.HasPrefix(shape, "(a=") || !strings.HasSuffix(shape, ")") {
				t.Fatalf("%q makes %q", login, m)
			}
		}
	})
}
