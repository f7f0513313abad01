package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// line cuts the browser off, or lets it on again.
func (b *browser) line(cut bool) {
	b.t.Helper()
	none := &network.Conditions{Offline: cut, DownloadThroughput: -1, UploadThroughput: -1}
	b.do(network.Enable(), chromedp.ActionFunc(func(ctx context.Context) error {
		_, err := network.EmulateNetworkConditionsByRule([]*network.Conditions{none}).Do(ctx)
		return err
	}))
}

// write types into a text area as a person does, so that scripts hear it.
func (b *browser) write(selector, text string) {
	b.t.Helper()
	b.do(chromedp.Focus(selector, chromedp.ByQuery))
	b.do(chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%s).value = ''`, quote(selector)), nil), chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// A draft is kept while the line is away and comes back with it, is seen by
// nobody else at the computer, and two who write at once see each other's text.
func TestDrafts(t *testing.T) {
	t.Parallel()
	req.Shows(t, "CASE-1")
	s := newSite(t)
	for login, name := range map[string]string{"hanne": "Hanne Vig", "poul": "Poul Erik Bach"} {
		s.persons[login] = must[identity.Person](t)(s.people.Create(t.Context(), identity.NewAccount{Login: login, Name: name, Controller: controller, Roles: []string{string(access.Applicant)}, Password: password}, ""))
	}
	hanne := s.persons["hanne"]
	if err := s.register.Hold(t.Context(), register.Holder{ID: "sammen", Controller: controller, Body: "applicant", Location: school, Person: s.persons["poul"].ID, Name: "Poul Erik Bach"}); err != nil {
		t.Fatal(err)
	}
	c := must[casework.Case](t)(s.rooms.Cases.Begin(t.Context(), dossier.New{Controller: controller, Title: "Rude knust", Locations: []string{school}}, dossier.Who{Person: hanne.ID, Name: hanne.Name}))
	_, process, err := s.rooms.Cases.Get(t.Context(), controller, c.ID)
	if err != nil {
		t.Fatal(err)
	}
	at, field := "", ""
	for _, task := range process.Tasks {
		for _, f := range task.Fields {
			if f.Kind == casework.FieldText && at == "" && (f.When == nil || f.When.Field == "") && (task.When == nil || task.When.Field == "") {
				at, field = "/sager/"+c.ID+"/ansoegning/"+task.ID, f.ID
			}
		}
	}
	area := fmt.Sprintf(`textarea[name=%s]`, quote(field))
	saved := func() string {
		return must[dossier.Draft](t)(s.rooms.Cases.Draft(t.Context(), controller, c.ID)).Application.Answers[field].Text
	}

	b := newBrowser(t, s.url)
	b.logIn("hanne")
	b.open(at)
	b.write(area, "Ruderne i indgangen er knust tre gange siden august.")
	saves := func(text string) {
		t.Helper()
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for end := time.After(patience); saved() != text; {
			select {
			case <-tick.C:
			case <-end:
				t.Fatalf("the draft is %q, not %q", saved(), text)
			}
		}
	}
	saves("Ruderne i indgangen er knust tre gange siden august.")

	// The line goes, the page is left, and what was typed comes back with it.
	b.line(true)
	b.write(area, "Ruderne er knust, og skraldespande er stukket i brand.")
	b.wait("it is said that the line is away", `document.querySelector('[data-saved]').textContent.includes('Forbindelsen er væk')`)
	b.line(false)
	b.open("/min-side")
	if got := saved(); got != "Ruderne i indgangen er knust tre gange siden august." {
		t.Fatalf("without a line %q was saved", got)
	}

	// Somebody else at the same computer finds nothing of it.
	b.do(network.ClearBrowserCookies())
	b.logIn("poul")
	b.open(at)
	if got := eval[string](b, fmt.Sprintf(`document.querySelector(%s).value`, quote(area))); got == "Ruderne er knust, og skraldespande er stukket i brand." {
		t.Error("another person is shown what was typed without a line")
	}
	b.do(network.ClearBrowserCookies())
	b.logIn("hanne")
	b.open(at)
	b.wait("what was typed is back", fmt.Sprintf(`document.querySelector(%s).value.includes('stukket i brand')`, quote(area)))
	saves("Ruderne er knust, og skraldespande er stukket i brand.")

	// Two write at once: the one who saves last sees both.
	other := newBrowser(t, s.url)
	other.logIn("poul")
	other.open(at)
	b.write(area, "Hannes tekst: tre knuste ruder.")
	saves("Hannes tekst: tre knuste ruder.")
	other.write(area, "Pouls tekst: fire knuste ruder.")
	other.wait("he is told", `document.querySelector('[data-saved]').textContent.includes('En anden har skrevet')`)
	other.click(`.v-task-form .v-actions button`)
	other.wait("both texts stand there", `document.querySelector('main').innerText.includes('Hannes tekst: tre knuste ruder.') && [...document.querySelectorAll('textarea')].some(t => t.value === 'Pouls tekst: fire knuste ruder.')`)
	other.accessible("two texts")
	if got := saved(); got != "Hannes tekst: tre knuste ruder." {
		t.Errorf("hers was overwritten unseen: %q", got)
	}
}
