package portal

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/fds"
	"vidne.dk/vidne/internal/portal/page"
	"vidne.dk/vidne/internal/portal/state"
	"vidne.dk/vidne/internal/register"
)

type homePage struct {
	page.Shell
	Greeting string
	Tasks    []task
	Calm     string // what is said when nothing waits
	Figures  []page.Figure
	Did      []page.HistoryRow
	Go       []fds.Card
}

// task is one thing that needs a person now.
type task struct {
	Icon  string
	Tone  fds.Tone
	Title string
	Text  string
	Since string
	Link  fds.Link
	rank  int
}

// termWarning is how long before its end a permit is a task.
const termWarning = 60 * 24 * time.Hour

// mostTasks is how many of a sort the page shows; a last one leads to the rest.
const mostTasks = 50

func (p *Portal) home(v *visit) error {
	cams, err := p.fleet(v)
	if err != nil {
		return err
	}
	work, err := p.work(v)
	if err != nil {
		return err
	}
	if work.rights, err = p.rightsWork(v); err != nil {
		return err
	}
	if work.review, err = p.reviewWork(v); err != nil {
		return err
	}
	if work.live, err = p.liveWork(v); err != nil {
		return err
	}
	if work.requests, err = p.requestWork(v); err != nil {
		return err
	}
	if work.breaches, err = p.breachWork(v); err != nil {
		return err
	}
	if work.office, err = p.officeWork(v); err != nil {
		return err
	}
	if work.locks, err = p.lockWork(v); err != nil {
		return err
	}
	if work.lifts, err = p.liftWork(v); err != nil {
		return err
	}
	if work.disclosures, err = p.disclosureWork(v); err != nil {
		return err
	}
	if work.papers, err = p.staffWork(v); err != nil {
		return err
	}
	if work.copies, err = p.copyWork(v); err != nil {
		return err
	}
	did, err := v.Entries(page.LedgerQuery{Half: "portal", Text: `"` + v.Person.ID + `"`, Limit: 8})
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.homePage(cams, work, did))
}

// fleet is how the cameras are that the person may see.
type fleet struct {
	engine         state.Now
	all, good, bad int
	ill            []string                   // the worst of the bad
	known          map[string]register.Camera // those that a task may be about
	ending         []ending
}

// ending is a permit that runs out soon.
type ending struct {
	camera string
	at     time.Time
}

// fleet asks how all the cameras are, and of those that are a task what they
// are called.
func (p *Portal) fleet(v *visit) (f fleet, err error) {
	f.engine = p.state.Get(v.Ctx)
	if !v.May(access.SeeCameras, access.Object{}) && len(v.Person.Locations) == 0 {
		return f, nil
	}
	q := register.Query{Controller: v.Person.Controller, Locations: v.Sees()}
	keys, err := p.Register.Keys(v.Ctx, q)
	if err != nil {
		return f, err
	}
	f.count(keys)
	q.IDs = append([]string{}, f.ill...)
	if v.May(access.SeeHealth, access.Object{}) {
		soon, err := p.Issuer.Ending(v.Ctx, v.Person.Controller, v.Now.Add(termWarning))
		if err != nil {
			return f, err
		}
		for _, s := range soon[:min(len(soon), mostTasks)] {
			f.ending = append(f.ending, ending{s.Camera, s.ValidTo})
			q.IDs = append(q.IDs, s.Camera)
		}
		for _, a := range f.engine.Alarms {
			q.IDs = append(q.IDs, a.Camera)
		}
	}
	cams, _, err := p.Register.Cameras(v.Ctx, q)
	f.known = map[string]register.Camera{}
	for _, c := range cams {
		f.known[c.ID] = c
	}
	return f, err
}

// count counts how the cameras are, and finds the worst of them. Of an engine
// that does not answer nothing is known.
func (f *fleet) count(keys []register.Key) {
	type rank struct {
		id   string
		rank int
	}
	var ill []rank
	f.all = len(keys)
	for _, k := range keys {
		switch s := f.engine.Standing(k.ID); {
		case f.engine.Away:
		case s.Bad:
			ill = append(ill, rank{k.ID, s.Rank})
		case s.State == engineapi.StateRecording:
			f.good++
		}
	}
	f.bad = len(ill)
	slices.SortFunc(ill, func(a, b rank) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.id, b.id)) })
	for _, r := range ill[:min(len(ill), mostTasks)] {
		f.ill = append(f.ill, r.id)
	}
}

func (v *visit) homePage(f fleet, work work, did []page.HistoryRow) *homePage {
	pg := &homePage{Shell: v.NewShell("home", v.T("home.title")), Did: did, Greeting: v.T("home.hello", v.Session.Person.Name)}
	pg.Refresh = 5
	v.Said(&pg.Shell)
	f.engine.Tell(v.Visit, &pg.Shell)
	pg.Tasks = slices.Concat(v.caseTasks(work), v.rightsTasks(work.rights), v.reviewTasks(work.review), v.liveTasks(work.live), v.lockTasks(work.locks), v.liftTasks(work.lifts), v.disclosureTasks(work.disclosures), v.copyTasks(work.copies), v.requestTasks(work.requests), v.breachTasks(work.breaches), v.staffTasks(work.papers), v.officeTasks(work.office), v.cameraTasks(f))
	byRank(pg.Tasks)
	if len(pg.Tasks) == 0 && !f.engine.Away {
		pg.Calm = v.T("home.calm")
	}
	pg.Figures = v.caseFigures(work)
	if v.May(access.SeeCameras, access.Object{}) {
		icon, tone := "success", fds.Plain
		if f.bad > 0 {
			icon, tone = "error", fds.Error
		}
		pg.Figures = append(pg.Figures,
			page.Figure{Href: "/kameraer?tilstand=fejl", Text: v.T("group.fejl"), Number: v.Number(int64(f.bad)), Icon: icon, Tone: tone},
			page.Figure{Href: "/kameraer?tilstand=optager", Text: v.T("group.optager"), Number: v.Number(int64(f.good)), Icon: "videocam"},
			page.Figure{Href: "/kameraer", Text: v.T("cameras.all"), Number: v.Number(int64(f.all)), Icon: "list-bulleted"})
	}
	for _, e := range page.Entries() {
		if fronts := v.Fronts(e).Items; e != page.Home && len(fronts) > 0 {
			pg.Go = append(pg.Go, fds.Card{Href: fronts[0].Href, Heading: v.T("menu." + string(e)), Text: v.T("home.go." + string(e))})
		}
	}
	return pg
}

// cameraTasks are the cameras that need somebody, the open alarms and the
// permits that run out.
func (v *visit) cameraTasks(f fleet) (tasks []task) {
	link := func(c register.Camera) fds.Link {
		return fds.Link{Href: "/kameraer/" + c.ID, Text: v.T("home.camera.link", c.Name)}
	}
	for _, id := range f.ill {
		if c, ok := f.known[id]; ok {
			s := state.Of(v.Visit, c, f.engine)
			tasks = append(tasks, task{Icon: s.Icon, Tone: s.Badge.Tone, Title: v.T("home.camera", s.Badge.Text, c.Name, c.Where), Text: join(s.Why, s.Do), Since: s.Since, Link: link(c), rank: s.Rank})
		}
	}
	if more := f.bad - len(f.ill); more > 0 {
		tasks = append(tasks, task{Icon: "error", Tone: fds.Error, rank: 35, Title: v.N("home.more.cameras", int64(more)), Link: fds.Link{Href: "/kameraer?tilstand=fejl", Text: v.T("home.more.cameras.link")}})
	}
	if !v.May(access.SeeHealth, access.Object{}) {
		return tasks
	}
	tasks = append(tasks, v.alarmTasks(f)...)
	for _, x := range f.ending {
		if c, ok := f.known[x.camera]; ok {
			tasks = append(tasks, task{Icon: "hourglass", Tone: fds.Warning, rank: 60, Title: v.T("home.ending", c.Name, c.Where), Text: v.T("home.ending.text", v.Date(x.at)), Link: link(c)})
		}
	}
	return tasks
}

// alarmTasks are the open alarms that are not said by a camera's state already.
func (v *visit) alarmTasks(f fleet) (tasks []task) {
	for _, a := range f.engine.Alarms {
		if !a.Until.IsZero() {
			continue
		}
		c, ours := f.known[a.Camera]
		if a.Camera != "" && (!ours || f.engine.Standing(c.ID).Bad) {
			continue
		}
		t := task{Icon: "warning", Tone: fds.Warning, rank: 40, Title: state.AlarmName(v.Words, a), Text: v.Or("alarm."+a.Key+".do", ""), Since: v.T("state.since", v.When(a.Since, v.Now)),
			Link: fds.Link{Href: "/drift", Text: v.T("home.health.link")}}
		if a.Grave {
			t.Icon, t.Tone, t.rank = "error", fds.Error, 5
		}
		if ours {
			t.Title = v.T("home.camera", t.Title, c.Name, c.Where)
			t.Link = fds.Link{Href: "/kameraer/" + c.ID, Text: v.T("home.camera.link", c.Name)}
		}
		tasks = append(tasks, t)
	}
	return tasks
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

func byRank(tasks []task) {
	slices.SortStableFunc(tasks, func(a, b task) int { return cmp.Compare(a.rank, b.rank) })
}
