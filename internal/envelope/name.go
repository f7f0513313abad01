package envelope

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"vidne.dk/vidne/internal/fault"
)

// longestName leaves room for the folder that it is unpacked into, below the
// 260 characters of older Windows programs.
const longestName = 180

// CheckName says whether a name means the same file, inside the folder that it
// is unpacked into, on every machine: parts of letters, digits and ordinary
// signs, parted by "/", composed (no loose accents), not ending in a space or
// full stop, none a device of Windows. Otherwise fault.Invalid
// "envelope.name".
func CheckName(name string) error {
	bad := func(why string) error {
		return fault.New(fault.Invalid, "envelope.name", "%q: %s", name, why)
	}
	if name == "" || len(name) > longestName || !utf8.ValidString(name) {
		return bad("empty, too long or not UTF-8")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Mn, r) || strings.ContainsRune(`\:*?"<>|`, r) {
			return bad("a sign that not every machine takes")
		}
	}
	for part := range strings.SplitSeq(name, "/") {
		stem, _, _ := strings.Cut(strings.ToUpper(part), ".")
		switch {
		case part == "", part == ".", part == "..":
			return bad("leaves its folder")
		case strings.HasSuffix(part, " "), strings.HasSuffix(part, "."), strings.HasPrefix(part, " "):
			return bad("begins or ends with what Windows drops")
		case device(stem):
			return bad("a device of Windows")
		}
	}
	return nil
}

func device(stem string) bool {
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (strings.HasPrefix(stem, "COM") || strings.HasPrefix(stem, "LPT")) && stem[3] >= '0' && stem[3] <= '9'
}
