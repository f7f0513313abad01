package identity

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// commonWords are what people choose: first Danish words, then the list of
// common passwords of zxcvbn (Dan Wheeler and Dropbox, MIT licence), commonest
// first, without plain numbers.
//
//go:embed common.txt
var commonWords string

// commonSet is the list as a set, of words of at least four characters.
var commonSet = sync.OnceValue(func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.Lines(commonWords) {
		set[strings.ToLower(strings.TrimSpace(w))] = true
	}
	return set
})

const (
	shortestWord, longestWord = 4, 24
	// fewest different characters that a password has: "aaaaaaaaaaaa" and
	// "121212121212" have less.
	fewestDifferent = 5
	// freeLetters is how much a password must hold beside one or two common
	// words, figures and signs.
	freeLetters = 4
)

// unleet undoes what people write for letters.
var unleet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// common reports whether a password is made of what is tried first: one or two
// words of the list with figures and signs around them, a run on the keyboard,
// or the same few characters again and again. Three words and more are a
// sentence and are not common, whatever they are.
func common(password string) bool {
	lower := strings.ToLower(password)
	different := map[rune]bool{}
	for _, r := range lower {
		different[r] = true
	}
	if len(different) < fewestDifferent {
		return true
	}
	for _, s := range []string{lower, unleet.Replace(lower)} {
		words, rest := taken(s)
		if words <= 2 && rest < freeLetters {
			return true
		}
	}
	return false
}

// taken takes words of the list out of s, the longest first from the left, and
// counts them and the letters that are left over.
func taken(s string) (words, rest int) {
	set := commonSet()
	for s != "" {
		n := 0
		for k := min(len(s), longestWord); k >= shortestWord && n == 0; k-- {
			if set[s[:k]] || run(s[:k]) {
				n = k
			}
		}
		if n > 0 {
			words++
			s = s[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(s)
		if unicode.IsLetter(r) {
			rest++
		}
		s = s[size:]
	}
	return words, rest
}

// keyboard are the rows that fingers run along.
var keyboard = []string{"qwertyuiopå", "asdfghjklæø", "zxcvbnm", "abcdefghijklmnopqrstuvwxyzæøå", "1234567890", "1qaz2wsx3edc4rfv5tgb6yhn7ujm"}

func run(s string) bool {
	for _, row := range keyboard {
		if strings.Contains(row, s) {
			return true
		}
	}
	return false
}
