package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"vidne.dk/vidne/internal/ledger"
	"vidne.dk/vidne/internal/req"
)

// TestFilm tells every story that needs footage, on one film: making it takes
// longer than looking at it. The later ones leave it changed.
func TestFilm(t *testing.T) {
	f := newFilm(t)
	tell := func(name string, story func(*testing.T, *film)) {
		t.Run(name, func(t *testing.T) {
			own := *f
			shared := *f.site
			own.site, shared.t = &shared, t
			story(t, &own)
		})
	}
	tell("playback", playback)
	tell("H.265", playbackOfH265)
	tell("incident", fromIncidentToPicture)
	tell("lock", lockOfAnIncident)
	tell("request", requestOfAPerson)
	tell("copy of a dispute", copyInADispute)
	tell("copy of a request", copyOnRequest)
	tell("receipt", fromBreakInToReceipt)
	tell("still", stillOfTheMoment)
	tell("stop", stopCutsPlaying)
	tell("states and refusals", statesAndRefusals)
	tell("rights that end", rightsThatEnd)
}

func playback(t *testing.T, f *film) {
	req.Shows(t, "VIEW-3", "LOG-1", "REC-6")
	opened := f.entries("view.opened")
	b := newBrowser(t, f.url)
	b.logIn("jonas")

	b.openRoom(f, cameraEntrance, f.begin.Add(-10*time.Second), f.end.Add(20*time.Second))
	b.accessible("the room")
	b.fits("the room")
	b.shot("rum-1366")
	if at := f.rightPicture(b, f.entrance, "the first picture"); at.Sub(f.begin).Abs() > time.Second {
		t.Errorf("it opens at %s, footage begins %s", at, f.begin)
	}

	// The entry is there, with who, what, when, why and from where.
	entries, err := f.ledger.Find(t.Context(), ledger.Filter{Kinds: []string{"view.opened"}, Newest: true})
	if err != nil || len(entries) != opened+1 {
		t.Fatalf("%d entries of opened footage: %v", len(entries), err)
	}
	for _, want := range []string{"Jonas Lund", cameraEntrance, "Rude knust", "H-2026-0", "127.0.0.1"} {
		if !strings.Contains(string(entries[0].Body), want) {
			t.Errorf("the entry lacks %s: %s", want, entries[0].Body)
		}
	}
	if over := b.text(".v-over"); !strings.Contains(over, "Jonas Lund") || !strings.Contains(over, "2026") {
		t.Errorf("over the picture stands %q", over)
	}

	// A jump shows the asked second.
	for _, d := range []time.Duration{30 * time.Second, 7 * time.Second, 51 * time.Second} {
		want := f.begin.Add(d).Truncate(time.Second)
		b.goTo(want)
		b.wait("the asked second is shown", within(want, 150*time.Millisecond))
		f.rightPicture(b, f.entrance, "after a jump to "+d.String())
	}

	// Frame steps are exact, both ways.
	for _, key := range []struct {
		name string
		by   int
	}{{".", 1}, {".", 1}, {",", -1}, {",", -1}, {",", -1}} {
		before, at := b.number(), b.shownAt()
		b.press(key.name)
		b.wait("the picture changed", `Number(document.getElementById('tid').dataset.t) !== `+itoa(at.UnixMilli()))
		b.wait("it is painted", readNumber+` !== `+itoa(int64(before)))
		clip := f.clipLength()
		if after := b.number(); after != (before+key.by+clip)%clip {
			t.Errorf("after %s picture %d follows %d", key.name, after, before)
		}
		f.rightPicture(b, f.entrance, "after a step")
	}

	// Play, faster, pause; the wall's time runs with the pictures.
	from := b.shownAt()
	b.press(" ")
	b.wait("it plays", `document.getElementById('rum').dataset.state === 'playing'`)
	b.wait("it moves", `Number(document.getElementById('tid').dataset.t) > `+itoa(from.Add(2*time.Second).UnixMilli()))
	b.press("k")
	b.wait("it pauses", `document.getElementById('rum').dataset.state === 'paused'`)
	f.rightPicture(b, f.entrance, "after playing")

	// Backwards.
	from = b.shownAt()
	b.press("j")
	b.wait("it goes back", `Number(document.getElementById('tid').dataset.t) < `+itoa(from.Add(-time.Second).UnixMilli()))
	b.press("k")
	f.rightPicture(b, f.entrance, "after playing backwards")

	// Arrows move five seconds.
	b.goTo(f.begin.Add(20 * time.Second).Truncate(time.Second))
	b.wait("there", within(f.begin.Add(20*time.Second).Truncate(time.Second), 150*time.Millisecond))
	at := b.shownAt()
	b.press(kb.ArrowRight)
	b.wait("five seconds on", within(at.Add(5*time.Second), 200*time.Millisecond))
	f.rightPicture(b, f.entrance, "after an arrow")

	// Eight times: key frames only, and still the right time.
	b.do(setSelect("#hastighed", "8"))
	b.wait("it is ready", `['paused', 'playing'].includes(document.getElementById('rum').dataset.state)`)
	b.click("#afspil")
	from = b.shownAt()
	b.wait("it runs", `Number(document.getElementById('tid').dataset.t) > `+itoa(from.Add(10*time.Second).UnixMilli()))
	b.press("k")
	b.wait("it pauses", `document.getElementById('rum').dataset.state !== 'playing'`)
	b.quiet("the room")

	// A moment without footage says why and offers the next.
	b.goTo(f.gap[0].Add(6 * time.Second))
	b.wait("the gap is told", `!document.getElementById('besked').hidden`)
	if text := b.text("#besked"); !strings.Contains(text, "Ingen optagelse her") || !strings.Contains(text, ": ") || !strings.Contains(text, "ameraet") {
		t.Errorf("the gap says %q", text)
	}
	b.accessible("the room in a gap")
	b.shot("rum-hul-1366")
	b.click("#besked-valg button")
	b.wait("the next footage is shown", `Number(document.getElementById('tid').dataset.t) >= `+itoa(f.gap[1].Add(-500*time.Millisecond).UnixMilli()))
	b.press("k")
	f.rightPicture(b, f.entrance, "after the gap")

	// What is not opened is offered, logged as a period of its own.
	b.goTo(f.begin.Add(-3 * time.Minute))
	b.wait("it is said to be closed", `document.getElementById('besked-titel').textContent === 'Perioden er ikke åbnet'`)
	b.click("#besked-valg button")
	b.wait("it is opened and there is nothing", `document.getElementById('besked-titel').textContent === 'Ingen optagelse her'`)
	if n := f.entries("view.opened"); n != opened+2 {
		t.Errorf("%d entries of opened footage, want 2", n-opened)
	}

	// The list of keys, and switching them off.
	b.press("?")
	b.wait("the keys are listed", `document.getElementById('genveje').open && document.querySelectorAll('#genveje-tabel tbody tr').length >= 12`)
	b.accessible("the keys")
	b.click("#genveje-til")
	b.click("#genveje [data-close]")
	state := eval[string](b, `document.getElementById('besked-titel').textContent`)
	b.press("n")
	if now := eval[string](b, `document.getElementById('besked-titel').textContent`); now != state {
		t.Errorf("a key that is switched off led from %q to %q", state, now)
	}

	// The timeline as a list.
	b.open(eval[string](b, `location.pathname`))
	b.click("#liste summary")
	b.wait("the list is filled", `document.querySelectorAll('#liste-tabel tbody tr').length > 2`)
	if rows := b.text("#liste-tabel"); !strings.Contains(rows, "Optaget") || !strings.Contains(rows, "4. december 2026") {
		t.Errorf("the list says %q", rows)
	}
	if role := eval[string](b, `document.querySelector('#tidslinje [role=slider]').getAttribute('aria-valuetext')`); !strings.Contains(role, "2026") {
		t.Errorf("the timeline says %q to a screen reader", role)
	}
	b.size(390, 844)
	b.fits("the room on a phone")
	b.shot("rum-390")
	b.quiet("the room")
}

func playbackOfH265(t *testing.T, f *film) {
	req.Shows(t, "VIEW-3", "REC-3")
	b := newBrowser(t, f.url)
	b.logIn("jonas")
	b.openRoom(f, cameraHall, f.begin, f.end)
	f.rightPicture(b, f.hall, "the first picture")
	// Wherever between two key frames the asked second lies.
	for i := range 3 {
		want := f.begin.Add(12*time.Second + time.Duration(i*7)*time.Second).Truncate(time.Second)
		b.goTo(want)
		b.wait("the asked second is shown", within(want, 250*time.Millisecond))
		f.rightPicture(b, f.hall, "after a jump")
	}
	if said := b.text(".v-remark"); said != "" && !strings.Contains(said, "H.265") {
		t.Errorf("it is remarked %q", said)
	}
	b.quiet("the room")
}
