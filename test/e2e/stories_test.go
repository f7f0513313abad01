package e2e

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Every screen in every state and both languages: it keeps the policy, throws
// nothing, is clean to axe, and fits a laptop and a phone. As many browsers as
// there are processors share the stories.
func TestStories(t *testing.T) {
	s := newSite(t)
	only := os.Getenv("VIDNE_STORY")
	stories := make(chan string, len(s.stories))
	for _, story := range s.stories {
		if only == "" || strings.Contains(story.Name, only) {
			stories <- story.Name
		}
	}
	close(stories)
	for i := range min(runtime.GOMAXPROCS(0), 4) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s.url)
			for name := range stories {
				b.tell(name, "da")
				b.tell(name, "en")
			}
		})
	}
}

// tell looks at a story in one language.
func (b *browser) tell(name, lang string) {
	b.t.Helper()
	where := name + "-" + lang
	b.size(1366, 900)
	b.open("/storybook/" + name + "?sprog=" + lang)
	b.wait("fonts", `document.fonts.status === 'loaded'`)
	if got := eval[string](b, `document.documentElement.lang`); got != lang {
		b.t.Errorf("%s is in %q", where, got)
	}
	if text := b.text("body"); strings.Contains(text, "[") && strings.Contains(text, ".") && bracketed(text) != "" {
		b.t.Errorf("%s lacks the text %s", where, bracketed(text))
	}
	b.accessible(where)
	b.fits(where)
	b.shot(where + "-1366")
	b.size(390, 844)
	b.fits(where + " on a phone")
	b.shot(where + "-390")
	b.quiet(where)
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
