package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/portal/page"
)

// asked is a page that somebody asks for.
type asked struct {
	what, who, path string
	goal            time.Duration // zero: none
}

// pages are what is measured.
func (t *town) pages(ctx context.Context) (out []asked, err error) {
	find := func(status casework.Status, text string) (string, error) {
		rows, _, err := t.cases.List(ctx, dossier.Query{Controller: townID, Status: []casework.Status{status}, Text: text, Sort: "id", Limit: 1})
		if err != nil || len(rows) == 0 {
			return "", errors.Join(err, fmt.Errorf("no case that is %s", status))
		}
		return "/sager/" + rows[0].ID, nil
	}
	running, err := find(casework.Established, "")
	if err != nil {
		return nil, err
	}
	draft, err := find(casework.Open, stageTitle(""))
	if err != nil {
		return nil, err
	}
	deciding, err := find(casework.Open, stageTitle("approve-risk"))
	if err != nil {
		return nil, err
	}
	add := func(goal time.Duration, who string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, asked{pairs[i], who, pairs[i+1], goal})
		}
	}
	for _, p := range townPeople() {
		add(pageGoal, p.login, "my page", "/min-side", "cases", "/sager", "cases that wait for me", "/sager?vis=mine", "an established case", running)
	}
	add(pageGoal, "koordinator", "cases late", "/sager?vis=sene", "cases I had a part in", "/sager?vis=deltaget", "cases established", "/sager?tilstand=established",
		"cases being decided on", "/sager?tilstand=behandles", "cases ended", "/sager?tilstand=ended", "cases of a place", "/sager?sted="+placeID(77),
		"cases by title", "/sager?sorter=sag", "cases by due, down", "/sager?sorter=frist&retning=ned", "cases, page 40", "/sager?side=40")
	add(searchGoal, "koordinator", "cases: search", "/sager?q=skolevej+499", "cases: search, nothing", "/sager?q=zebra")
	add(pageGoal, "ansoeger", "application of a draft", draft+"/ansoegning", "a task", draft+"/ansoegning/purpose", "the task of cameras", draft+"/ansoegning/cameras",
		"the task of hours", draft+"/ansoegning/hours", "the task of annexes", draft+"/ansoegning/annexes", "the check", draft+"/ansoegning/kontrol")
	add(pageGoal, "risiko", "a case to decide on", deciding, "its step", deciding+"/trin/approve-risk", "its application", deciding+"/ansoegning")
	add(pageGoal, "koordinator", "journal", running+"/dagbog", "versions", running+"/udgaver", "permits", running+"/tilladelser", "change", running+"/aendring",
		"places", "/steder", "places with troubles", "/steder?vis=fejl", "places, page 20", "/steder?side=20", "a place", "/steder/"+placeID(77),
		"cameras", "/kameraer", "cameras by name", "/kameraer?sorter=camera", "cameras that record", "/kameraer?tilstand=optager", "cameras, page 150", "/kameraer?side=150", "a camera", "/kameraer/"+cameraID(77, 3),
		"organisation", "/organisation", "suppliers", "/leverandoerer", "police", "/politi", "rules", "/regler", "a rule", "/regler/"+t.aRule())
	add(searchGoal, "koordinator", "places: search", "/steder?q=skolevej+499", "cameras: search", "/kameraer?q=indgang+sted+499", "cameras: search, wide", "/kameraer?q=sted",
		"search everything", page.SearchPath+"?q=skolevej+499", "search everything, wide", page.SearchPath+"?q=sted", "search everything, nothing", page.SearchPath+"?q=zebra")
	add(searchGoal, "koordinator", "how places stand", "/tilstand", "how places stand, wrong", "/tilstand?tilstand=broken", "how a place stands", "/tilstand/"+placeID(77))
	add(answerGoal, "dpo", "answers to an inspection", "/tilsyn/svar", "the same as PDF", "/tilsyn/svar/fil/pdf")
	add(pageGoal, "it", "health", "/drift")
	add(pageGoal, "dpo", "log", "/tilsyn/log", "log of a kind", "/tilsyn/log?slags=edit", "log of a camera", "/tilsyn/log?kamera="+cameraID(77, 3), "deletions", "/tilsyn/sletninger", "deletions of a camera", "/tilsyn/sletninger?kamera="+cameraID(77, 3))
	add(searchGoal, "dpo", "log: search", "/tilsyn/log?tekst="+cameraID(77, 3), "log: search, nothing", "/tilsyn/log?tekst=zebra")
	add(0, "koordinator", "file: cases, CSV", "/sager?format=csv", "file: cases, XLSX", "/sager?format=xlsx", "file: places, CSV", "/steder?format=csv",
		"file: places, XLSX", "/steder?format=xlsx", "file: cameras, CSV", "/kameraer?format=csv", "file: cameras, XLSX", "/kameraer?format=xlsx")
	return out, nil
}

func (t *town) aRule() string {
	rules := t.book.At(t.clk.Now())
	all := rules.Bases()
	return all[0].ID
}

// table measures and prints.
func (t *town) table(ctx context.Context, pages []asked) error {
	fmt.Printf("%-30s %-12s %9s %9s %9s  %s\n", "page ("+t.db.Dialect()+")", "who", "median", "p95", "KiB", "goal")
	missed := 0
	for _, a := range pages {
		if *scene != "" && !strings.HasPrefix(a.what, *scene) {
			continue
		}
		n := portalAsks
		if a.goal == 0 {
			n = fileAsks
		}
		took := make([]time.Duration, 0, n)
		var size int64
		for i := -1; i < n; i++ { // the first warms
			d, s, err := t.get(ctx, a)
			if err != nil {
				return err
			}
			size = s
			if i < 0 {
				if n > 10 && d > 300*time.Millisecond {
					n = 10 // it is missed whatever
				}
				continue
			}
			took = append(took, d)
		}
		slices.Sort(took)
		median, verdict := took[len(took)/2], ""
		if a.goal > 0 {
			verdict = "< " + a.goal.String()
			if median >= a.goal {
				verdict += " MISSED"
				missed++
			}
		}
		fmt.Printf("%-30s %-12s %9s %9s %9d  %s\n", a.what, a.who, millis(median), millis(took[len(took)*95/100]), size>>10, verdict)
	}
	if *scene == "" {
		took, err := t.decide(ctx)
		if err != nil {
			return err
		}
		verdict := "< " + permitGoal.String()
		if took[len(took)/2] >= permitGoal {
			verdict += " MISSED"
			missed++
		}
		fmt.Printf("%-43s %9s %9s %9s  %s\n", "decision to permit in force", millis(took[len(took)/2]), millis(took[len(took)-1]), "", verdict)
	}
	if *scene == "" || strings.HasPrefix(everyMinute, *scene) {
		n, err := t.minute(ctx)
		if err != nil {
			return err
		}
		missed += n
	}
	fmt.Printf("%d goals missed\n", missed)
	return nil
}

// everyMinute begins the names of what is looked through each minute.
const everyMinute = "every minute: "

// minute measures what the portal looks through each minute, whether anybody
// works or not: the first time, when it writes, and the times after, when
// nothing has changed. It returns how many goals are missed.
func (t *town) minute(ctx context.Context) (missed int, err error) {
	for _, x := range []struct {
		what string
		tick func(context.Context) error
	}{
		{"cases", t.cases.Tick}, {"notices to staff", t.portal.Staff().Tick}, {"public pages", t.portal.Notices().Tick},
		{"breaches", t.portal.Breaches().Tick}, {"guideline and letters", t.portal.TickOffice},
	} {
		var took []time.Duration
		for range 4 {
			begun := time.Now()
			if err := x.tick(ctx); err != nil {
				return missed, fmt.Errorf("%s: %w", x.what, err)
			}
			took = append(took, time.Since(begun))
		}
		first, rest := took[0], took[1:]
		slices.Sort(rest)
		verdict := "< " + minuteGoal.String()
		if rest[len(rest)/2] >= minuteGoal {
			verdict += " MISSED"
			missed++
		}
		fmt.Printf("%-43s %9s %9s %9s  %s\n", everyMinute+x.what, millis(rest[len(rest)/2]), millis(first), "", verdict)
	}
	return missed, nil
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// get asks for a page and reads it to its end.
func (t *town) get(ctx context.Context, a asked) (took time.Duration, size int64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, t.url+a.path, nil)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Accept-Language", "da")
	r.AddCookie(t.logins[a.who])
	begun := time.Now()
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return 0, 0, err
	}
	defer res.Body.Close()
	if size, err = io.Copy(io.Discard, res.Body); err != nil {
		return 0, 0, err
	}
	took = time.Since(begun)
	if res.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%s as %s: %s", a.path, a.who, res.Status)
	}
	return took, size, nil
}
