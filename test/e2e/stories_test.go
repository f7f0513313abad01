package e2e

import (
	"os"
	"strings"
	"testing"
)

// Every screen in every state and both languages: it keeps the policy, throws
// nothing, is clean to axe, and fits a laptop and a phone.
func TestStories(t *testing.T) {
	s := newSite(t)
	b := newBrowser(t, s.url)
	only := os.Getenv("VIDNE_STORY")
	for _, story := range s.stories {
		name := story.Name
		if only != "" && !strings.Contains(name, only) {
			continue
		}
		for _, lang := range []string{"da", "en"} {
			where := name + "-" + lang
			b.size(1366, 900)
			b.open("/storybook/" + name + "?sprog=" + lang)
			b.wait("fonts", `document.fonts.status === 'loaded'`)
			if got := eval[string](b, `document.documentElement.lang`); got != lang {
				t.Errorf("%s is in %q", where, got)
			}
			if text := b.text("body"); strings.Contains(text, "[") && strings.Contains(text, ".") && bracketed(text) != "" {
				t.Errorf("%s lacks the text %s", where, bracketed(text))
			}
			b.accessible(where)
			b.fits(where)
			b.shot(where + "-1366")
			b.size(390, 844)
			b.fits(where + " on a phone")
			b.shot(where + "-390")
			b.quiet(where)
		}
	}
}

// bracketed finds a key that has no text.
func bracketed(s string) string {
	for _, part := range strings.Split(s, "[")[1:] {
		if key, _, ok := strings.Cut(part, "]"); ok && strings.Contains(key, ".") && !strings.ContainsAny(key, " \n") {
			return key
		}
	}
	return ""
}
