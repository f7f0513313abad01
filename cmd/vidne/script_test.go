package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vidne.dk/vidne/internal/casework"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/dossier"
	"vidne.dk/vidne/internal/dossier/dossiertest"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
	"vidne.dk/vidne/internal/testcam"
	"vidne.dk/vidne/internal/testport"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vidne": main})
}

// TestScripts plays the stories of testdata/script: the program as it is,
// cameras over RTSP on loopback.
func TestScripts(t *testing.T) {
	req.Shows(t, "REC-1", "REC-4", "CASE-12", "CASE-16", "CASE-17", "KEEP-2")
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"ENGINE", "PORTAL"} {
				addr, err := testport.Address()
				if err != nil {
					return err
				}
				e.Setenv(name, addr)
			}
			e.Setenv("YESTERDAY", time.Now().AddDate(0, 0, -1).Format(time.DateOnly))
			e.Setenv("NEXTYEAR", time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
			guide, err := filepath.Abs("../../docs/guide")
			e.Setenv("GUIDE", guide)
			return err
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"camera": startCamera,
			"await":  await,
			"grab":   grab,
			"fill":   fill,
			"case":   playCase,
		},
	})
}

// camera USER PASSWORD starts a camera; $CAMERA is its address.
func startCamera(ts *testscript.TestScript, _ bool, args []string) {
	clip, err := testcam.Open(testcam.Tiny)
	ts.Check(err)
	c, err := testcam.Start(testcam.Options{Clip: clip, Login: testcam.LoginDigest, User: args[0], Password: args[1]})
	ts.Check(err)
	ts.Defer(c.Close)
	ts.Setenv("CAMERA", c.URL())
}

// await REGEXP PROGRAM ARGS... runs a program again and again until what it
// writes matches.
func await(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	end := time.Now().Add(30 * time.Second)
	for {
		out, err := run(ts, args[1:]...)
		if err == nil && want.MatchString(out) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s never matched; last (%v):\n%s", args[0], err, out)
		}
		<-time.After(100 * time.Millisecond)
	}
}

func run(ts *testscript.TestScript, args ...string) (string, error) {
	path, err := exec.LookPath(args[0])
	for _, d := range filepath.SplitList(ts.Getenv("PATH")) {
		if p := filepath.Join(d, args[0]); err != nil || !filepath.IsAbs(path) {
			if _, e := os.Stat(p); e == nil {
				path, err = p, nil
			}
		}
	}
	if err != nil {
		return "", err
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return out.String(), err
}

// grab NAME REGEXP FILE sets $NAME to the first group found in a file, or in
// stdout.
func grab(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile(args[2]))
	if len(m) < 2 {
		ts.Fatalf("%s is not in %s", args[1], args[2])
	}
	ts.Setenv(args[0], m[1])
}

// case CONFIG CONTROLLER CAMERA plays a case for a camera through the portal's
// half, with another person for each body, until its permits are out; $CASE is
// its number. With a step behind, it is played until that is open.
func playCase(ts *testscript.TestScript, _ bool, args []string) {
	cfg, err := readConfig(ts.MkAbs(args[0]))
	ts.Check(err)
	o, err := openOffice(context.Background(), cfg.Portal, clock.System(), slog.New(slog.DiscardHandler))
	ts.Check(err)
	defer func() { ts.Check(o.close()) }()
	until := "follow-up"
	if len(args) > 3 {
		until = args[3]
	}
	id, _, err := playUntil(context.Background(), o, args[1], args[2], until)
	ts.Check(err)
	ts.Setenv("CASE", id)
}

// playUntil opens a case of a business for a camera and plays it until a step
// is open.
func playUntil(ctx context.Context, o *office, controller, camera, until string) (id string, p *dossiertest.Player, err error) {
	applicant := dossier.Who{Person: "anna", Name: "Anna Berg"}
	p = &dossiertest.Player{Room: o.cases, Register: o.register, Clock: o.clock, Controller: controller, Cast: map[string]dossier.Who{"applicant": applicant}}
	for _, body := range []string{"it", "protection", "owner", "manager"} {
		p.Cast[body] = dossier.Who{Person: "test-" + body, Name: body}
		held, err := o.register.Holders(ctx, controller, body, "", "")
		if err != nil {
			return "", p, err
		}
		if len(held) > 0 {
			continue
		}
		h := register.Holder{ID: controller + "-" + body, Controller: controller, Body: body, Person: "test-" + body, Name: body, By: "test"}
		if err := o.register.Hold(ctx, h); err != nil {
			return "", p, err
		}
	}
	cam, err := o.register.Camera(ctx, controller, camera)
	if err != nil {
		return "", p, err
	}
	l, err := o.register.Location(ctx, controller, cam.Location)
	if err != nil {
		return "", p, err
	}
	c, err := o.cases.Begin(ctx, dossier.New{Controller: controller, Title: "Indgangen", Locations: []string{l.ID}}, applicant)
	if err != nil {
		return "", p, err
	}
	process, err := o.cases.Process(c.Process, c.Version)
	if err != nil {
		return "", p, err
	}
	cam.PlaceKind, cam.PurposeKind = "members-room", "crime"
	cameras := []casework.Wanted{demoWanted(o.rules.At(o.clock.Now()), kadence, cam, l)}
	hours := []casework.Pattern{{ID: cam.ID, Name: "Hele døgnet", Hours: dossiertest.Hours("00:00", "24:00")}}
	e := dossier.Edit{Base: 1, Answers: dossiertest.Answers(process, demoAnswers(kadence), o.clock.Now()), Cameras: &cameras, Hours: &hours}
	if _, err := o.cases.SaveDraft(ctx, controller, c.ID, e, applicant); err != nil {
		return "", p, err
	}
	return c.ID, p, p.Until(ctx, c.ID, until)
}

// fill FROM TO OLD NEW [OLD NEW...] copies a file with words exchanged.
func fill(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile(args[0])
	for i := 2; i+1 < len(args); i += 2 {
		if !strings.Contains(text, args[i]) {
			ts.Fatalf("%q is not in %s", args[i], args[0])
		}
		text = strings.ReplaceAll(text, args[i], args[i+1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// TestGuideCommandsAreReal: every command that the start guide names is one
// that the program takes.
func TestGuideCommandsAreReal(t *testing.T) {
	b, err := os.ReadFile("../../docs/guide/start.md")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(b), -1) {
		for _, line := range strings.Split(block[1], "\n") {
			_, command, ok := strings.Cut(" "+line, " vidne ")
			if !ok || strings.HasPrefix(line, "#") {
				continue
			}
			n++
			if err := parses(t, command); err != nil {
				t.Errorf("vidne %s: %v", command, err)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d commands found in the guide", n)
	}
}

func parses(t *testing.T, command string) error {
	t.Helper()
	args, err := words(command)
	if err != nil {
		return err
	}
	dir := t.TempDir()
	for i, a := range args { // files that the command wants to find
		if strings.HasSuffix(a, ".toml") && i > 0 && args[i-1] != "-c" {
			args[i] = filepath.Join(dir, filepath.Base(a))
			if err := os.WriteFile(args[i], nil, 0o600); err != nil {
				return err
			}
		}
	}
	p, err := parser(&cli{})
	if err != nil {
		return err
	}
	_, err = p.Parse(args)
	return err
}

// words splits a command as a shell does, without anything fancy.
func words(s string) (out []string, err error) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(s, -1) {
		w := m[1] + m[2]
		if strings.ContainsAny(m[2], "`$<>;&*\\") {
			return nil, fmt.Errorf("%q is not plain", m[2])
		}
		out = append(out, w)
	}
	return out, nil
}
