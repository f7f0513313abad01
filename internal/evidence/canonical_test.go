package evidence

import "testing"

// The examples of RFC 8785, as far as a manifest can hold them.
func TestCanonical(t *testing.T) {
	for in, want := range map[string]any{
		`{"":1,"a":[true,false,null],"z":"\u0000\b\"\\/<&>ø€😀"}`: map[string]any{"z": "\x00\b\"\\/<&>ø€😀", "": 1, "a": []any{true, false, nil}},
		"{\"\U0001F600\":1,\"\ufb33\":2}":                        map[string]any{"\ufb33": 2, "\U0001F600": 1},
		`9007199254740991`:                                       int64(1<<53 - 1),
	} {
		if got, err := canonical(want); err != nil || string(got) != in {
			t.Errorf("%s, want %s, %v", got, in, err)
		}
	}
	for _, bad := range []any{1.5, int64(1 << 53), func() {}} {
		if got, err := canonical(bad); err == nil {
			t.Errorf("%v becomes %s", bad, got)
		}
	}
}
