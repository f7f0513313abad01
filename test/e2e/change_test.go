package e2e

import (
	"fmt"
	"slices"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/req"
)

// standing is the permits of the case that stand, by revision.
func (s *caseStory) standing() (revisions []int) {
	s.t.Helper()
	for _, p := range must[[]dossier.Standing](s.t)(s.rooms.Cases.Permits(s.t.Context(), s.controller, s.id)) {
		if p.Ended.IsZero() {
			revisions = append(revisions, p.Revision)
		}
	}
	return revisions
}

// changes shows both answers to a wanted change: what lies within the approval
// is carried out and recorded, anything else becomes a new application and
// changes nothing meanwhile (H 10).
func (s *caseStory) changes(who string) {
	t, b := s.t, s.b
	t.Helper()
	req.Shows(t, "CASE-15", "CASE-16")
	halt := s.run(1)
	defer halt()
	s.as(who)
	page := "/sager/" + s.id + "/kameraer/" + s.camera
	change := "/sager/" + s.id + "/aendring"

	b.open(page)
	b.fillForm(values{"retning": {"Trappen og den nederste del af rampen"}})
	b.arrives(submit, "the camera is turned in the draft", said("kladde-gemt"))
	b.open(change)
	b.accessible(change)
	b.shot("aendring-inden-for-rammen")
	b.fillForm(values{"grund": {"Hærværket er flyttet til rampen."}})
	b.arrives(`main form button`, "it is within the approval, and carried out", said("sag-tilpasset"))
	if got := s.standing(); !slices.Equal(got, []int{2}) {
		t.Errorf("permits of revisions %v stand after the adjustment", got)
	}

	b.open(page)
	b.fillForm(values{"formaal": {"Følge med i, hvor mange der træner"}, "slags": {"other"}})
	b.do(evalNow(`document.querySelector('main form[method=post] .v-actions button').click()`))
	b.wait("the camera's purpose is another in the draft", said(""))
	b.open(change)
	b.wait("it is outside, and says so", `document.querySelector('main').innerText.includes('Uden for rammen')`)
	b.shot("aendring-uden-for-rammen")
	b.arrives(fmt.Sprintf(`form[action=%s] button`, quote(change+"/ny")), "a new application is open", said("sag-genansoegt"))
	if got := s.standing(); !slices.Equal(got, []int{2}) {
		t.Errorf("permits of revisions %v stand while the new application waits", got)
	}
	old := s.id
	s.id = eval[string](b, `location.pathname.split('/')[2]`)
	look := s.look()
	if look.Case.Replaces != old || len(look.Draft.Application.Cameras) != 1 || look.Draft.Application.Cameras[0].Direction != "Trappen og den nederste del af rampen" {
		t.Errorf("the new application is not the old one filled in: it replaces %q and has %+v", look.Case.Replaces, look.Draft.Application.Cameras)
	}
	if f, ok := look.Process.Meaning(casework.MeansRenewal); ok && look.Draft.Application.Answers[f.ID].Empty() {
		t.Error("the new application does not name the differences")
	}
	b.quiet("the change")
}
