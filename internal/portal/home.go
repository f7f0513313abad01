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

func (p *Portal) home(v *visit) error {
	e := p.state.Get(v.Ctx)
	cams, _, err := p.Register.Cameras(v.Ctx, register.Query{Controller: v.Person.Controller, Locations: v.Sees(), Brief: true})
	if err != nil {
		return err
	}
	ending, err := p.endingPermits(v, cams)
	if err != nil {
		return err
	}
	work, err := p.work(v)
	if err != nil {
		return err
	}
	did, err := v.Entries(page.LedgerQuery{Half: "portal", Text: `"` + v.Person.ID + `"`, Limit: 8})
	if err != nil {
		return err
	}
	return v.Show(http.StatusOK, v.homePage(cams, e, ending, work, did))
}

// ending is a permit that runs out soon.
type ending struct {
	camera register.Camera
	at     time.Time
}

// endingPermits are those of the cameras that the person may see.
func (p *Portal) endingPermits(v *visit, cams []register.Camera) (out []ending, err error) {
	if !v.May(access.SeeHealth, access.Object{}) {
		return nil, nil
	}
	soon, err := p.Issuer.Ending(v.Ctx, v.Person.Controller, v.Now.Add(termWarning))
	if err != nil || len(soon) == 0 {
		return nil, err
	}
	byCamera := map[string]register.Camera{}
	for _, c := range cams {
		byCamera[c.ID] = c
	}
	for _, s := range soon {
		if c, ok := byCamera[s.Camera]; ok {
			out = append(out, ending{c, s.ValidTo})
		}
	}
	return out, nil
}

func (v *visit) homePage(cams []register.Camera, e state.Now, ending []ending, work work, did []page.HistoryRow) *homePage {
	pg := &homePage{Shell: v.NewShell("home", v.T("home.title")), Did: did, Greeting: v.T("home.hello", v.Session.Person.Name)}
	pg.Refresh = 5
	e.Tell(v.Visit, &pg.Shell)
	pg.Tasks = v.caseTasks(work)
	if !v.May(access.SeeCameras, access.Object{}) && len(v.Person.Locations) == 0 {
		cams, e.Alarms = nil, nil
	}
	mine := map[string]register.Camera{}
	var good, bad int64
	for _, c := range cams {
		mine[c.ID] = c
		s := state.Of(v.Visit, c, e)
		switch {
		case s.Bad && !e.Away:
			bad++
			pg.Tasks = append(pg.Tasks, task{Icon: s.Icon, Tone: s.Badge.Tone, Title: v.T("home.camera", s.Badge.Text, c.Name, c.Where), Text: join(s.Why, s.Do), Since: s.Since,
				Link: fds.Link{Href: "/kameraer/" + c.ID, Text: v.T("home.camera.link", c.Name)}, rank: s.Rank})
		case s.State == engineapi.StateRecording:
			good++
		}
	}
	if v.May(access.SeeHealth, access.Object{}) {
		pg.Tasks = append(pg.Tasks, v.alarmTasks(e, mine)...)
		for _, x := range ending {
			pg.Tasks = append(pg.Tasks, task{Icon: "hourglass", Tone: fds.Warning, rank: 60, Title: v.T("home.ending", x.camera.Name, x.camera.Where),
				Text: v.T("home.ending.text", v.Date(x.at)), Link: fds.Link{Href: "/kameraer/" + x.camera.ID, Text: v.T("home.camera.link", x.camera.Name)}})
		}
	}
	byRank(pg.Tasks)
	if len(pg.Tasks) == 0 && !e.Away {
		pg.Calm = v.T("home.calm")
	}
	pg.Figures = v.caseFigures(work)
	if v.May(access.SeeCameras, access.Object{}) {
		icon, tone := "success", fds.Plain
		if bad > 0 {
			icon, tone = "error", fds.Error
		}
		pg.Figures = append(pg.Figures,
			page.Figure{Href: "/kameraer?tilstand=fejl", Text: v.T("group.fejl"), Number: v.Number(bad), Icon: icon, Tone: tone},
			page.Figure{Href: "/kameraer?tilstand=optager", Text: v.T("group.optager"), Number: v.Number(good), Icon: "videocam"},
			page.Figure{Href: "/kameraer", Text: v.T("cameras.all"), Number: v.Number(int64(len(cams))), Icon: "list-bulleted"})
	}
	for _, e := range page.Entries() {
		if fronts := v.Fronts(e).Items; e != page.Home && len(fronts) > 0 {
			pg.Go = append(pg.Go, fds.Card{Href: fronts[0].Href, Heading: v.T("menu." + string(e)), Text: v.T("home.go." + string(e))})
		}
	}
	return pg
}

// alarmTasks are the open alarms that are not said by a camera's state already.
func (v *visit) alarmTasks(e state.Now, mine map[string]register.Camera) (tasks []task) {
	for _, a := range e.Alarms {
		if !a.Until.IsZero() {
			continue
		}
		c, ours := mine[a.Camera]
		if a.Camera != "" && (!ours || state.Of(v.Visit, c, e).Bad) {
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
