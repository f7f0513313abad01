package e2e

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	guides "vidne.dk/vidne/docs/guide"
)

// Every screen in every state and both languages: it keeps the policy, throws
// nothing, is clean to axe, and fits a laptop and a phone. As many browsers as
// there are processors share the stories.
func TestStories(t *testing.T) {
	s := newSite(t)
	only := os.Getenv("VIDNE_STORY")
	pictures := picturesOf(t)
	stories := make(chan string, len(s.stories))
	known := map[string]bool{"": true}
	for _, story := range s.stories {
		known[story.Name] = true
		if strings.Contains(story.Name, only) && (!taking || pictures[story.Name] != nil) {
			stories <- story.Name
		}
	}
	close(stories)
	for story, all := range pictures {
		if !known[story] {
			t.Errorf("the picture %s is of the story %q, which is gone", all[0].File, story)
		}
	}
	for i := range min(runtime.GOMAXPROCS(0), 4) {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, s.url)
			b.carriesAxe()
			for name := range stories {
				b.tell(name, "da", pictures[name]...)
				b.tell(name, "en")
			}
		})
	}
}

// tell looks at a story in one language, and at what the guides show of it.
func (b *browser) tell(name, lang string, pictures ...guides.Picture) {
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
	for _, p := range pictures {
		b.pictured(p)
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
