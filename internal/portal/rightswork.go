package portal

import (
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/fds"
)

// rightsWork is what the authorisation forms want of a person.
type rightsWork struct {
	answer  []authorisation.Standing // wait for the person's answer
	carry   []authorisation.Standing // wait for IT, which the person is
	read    []authorisation.Standing // wait for the person to read the instruction
	confirm []authorisation.Warning  // lapse soon unless the person confirms
	ending  []authorisation.Warning  // the person's own, that end soon
	// physical access that waits for the person's answer or review
	storageAsked, storageLate int64
}

// rightsSoon is how long before it ends that a right is a task.
const rightsSoon = 30 * 24 * time.Hour

// rightsWork finds what waits for the person.
func (p *Portal) rightsWork(v *visit) (w rightsWork, err error) {
	if p.Rights == nil {
		return w, nil
	}
	controller, person := v.Person.Controller, v.Person.ID
	all, err := p.Rights.List(v.Ctx, authorisation.Query{Controller: controller, Live: v.Now})
	if err != nil {
		return w, err
	}
	var manages []string
	if v.May(access.ApproveAuthorisation, access.Object{}) {
		if manages, err = p.Rights.Manages(v.Ctx, controller, person); err != nil {
			return w, err
		}
	}
	carries := v.May(access.CarryOutAuthorisation, access.Object{})
	for _, s := range all {
		w.sort(s, v, manages, carries)
	}
	reading, err := p.Rights.ToRead(v.Ctx, controller, person)
	if err != nil {
		return w, err
	}
	w.read = reading.Forms
	return w, p.storageWork(v, &w)
}

// sort puts a form where it belongs.
func (w *rightsWork) sort(s authorisation.Standing, v *visit, manages []string, carries bool) {
	own := s.Person == v.Person.ID
	if !own && s.AskedBy != v.Person.ID && slices.ContainsFunc(s.Locations(s.At, s.Demanded, authorisation.Asked), func(l string) bool { return slices.Contains(manages, l) }) {
		w.answer = append(w.answer, s)
	}
	if carries && !own && s.State == authorisation.Approved {
		w.carry = append(w.carry, s)
	}
	soon := s.Soon(v.Now.Add(rightsSoon))
	if own && len(soon) > 0 { // one line a form, of the place that ends first
		w.ending = append(w.ending, slices.MinFunc(soon, func(a, b authorisation.Warning) int { return a.At.Compare(b.At) }))
		return
	}
	for _, x := range soon {
		if x.Lapse && slices.Contains(manages, x.Location) {
			w.confirm = append(w.confirm, x)
		}
	}
}

func (p *Portal) storageWork(v *visit, w *rightsWork) error {
	if !v.May(access.SeeStorage, access.Object{}) {
		return nil
	}
	answers, err := p.Rights.AnswersForStorage(v.Ctx, v.Person.Controller, v.Person.ID)
	if err != nil || !answers {
		return err
	}
	all, err := p.Rights.Storage(v.Ctx, v.Person.Controller)
	for _, a := range all {
		switch {
		case a.Person == v.Person.ID:
		case a.State(v.Now) == authorisation.Asked && a.AskedBy != v.Person.ID:
			w.storageAsked++
		case a.State(v.Now) == authorisation.Overdue:
			w.storageLate++
		}
	}
	return err
}

// rightsTasks are the tasks of the front page that come of forms.
func (v *visit) rightsTasks(w rightsWork) (tasks []task) {
	add := func(rank int, icon string, tone fds.Tone, title, text, href, link string) {
		tasks = append(tasks, task{Icon: icon, Tone: tone, Title: title, Text: text, Link: fds.Link{Href: href, Text: link}, rank: rank})
	}
	form := func(s authorisation.Form) (string, string) {
		return "/rettigheder/" + s.ID, v.T("home.rights.open", s.Number)
	}
	for _, s := range w.answer {
		href, link := form(s.Form)
		add(28, "person", fds.Info, v.T("home.rights.answer", s.Number, s.Name), s.Reason, href, link)
	}
	for _, s := range w.carry {
		href, link := form(s.Form)
		add(29, "person", fds.Info, v.T("home.rights.carry", s.Number, s.Name), "", href, link)
	}
	if len(w.read) > 0 {
		text := v.T("home.rights.read.text")
		if s := w.read[0].State; s == authorisation.InForce || s == authorisation.Coming {
			text = v.T("home.rights.rest.text")
		}
		add(18, "warning", fds.Warning, v.T("home.rights.read"), text, "/rettigheder/instruks", v.T("home.rights.link"))
	}
	if len(w.confirm) > 0 {
		first := slices.MinFunc(w.confirm, func(a, b authorisation.Warning) int { return a.At.Compare(b.At) })
		add(19, "hourglass", fds.Warning, v.N("home.rights.confirm", int64(len(w.confirm))), v.T("home.rights.confirm.text", v.Date(first.At)), "/rettigheder/bekraeft", v.T("home.rights.link"))
	}
	for _, x := range w.ending {
		href, link := form(x.Form)
		text := v.T("home.rights.ending.text")
		if x.Lapse {
			text = v.T("home.rights.lapsing.text")
		}
		add(50, "hourglass", fds.Warning, v.T("home.rights.ending", x.Form.Number, v.Date(x.At)), text, href, link)
	}
	if w.storageAsked > 0 {
		add(31, "person", fds.Info, v.N("home.rights.storage.asked", w.storageAsked), "", "/lager?tilstand=asked", v.T("home.rights.link"))
	}
	if w.storageLate > 0 {
		add(22, "warning", fds.Warning, v.N("home.rights.storage", w.storageLate), "", "/lager?tilstand=overdue", v.T("home.rights.link"))
	}
	return tasks
}

// sampleRights is for the storybook.
func sampleRights(now time.Time) rightsWork {
	form := func(number int64, name string, state authorisation.State) authorisation.Standing {
		return authorisation.Standing{Form: authorisation.Form{ID: "a1", Number: number, Name: name, Reason: "Overtager gennemgangen efter sommer."}, State: state}
	}
	return rightsWork{
		answer:  []authorisation.Standing{form(7, "Hanne Juul", authorisation.Asked)},
		read:    []authorisation.Standing{form(5, "Jonas Lund", authorisation.Granted)},
		confirm: []authorisation.Warning{{Form: form(3, "Lone Friis", authorisation.InForce).Form, Location: "lindeby-skole", At: now.AddDate(0, 0, 9), Lapse: true}},
	}
}
