package main

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/access"
	"vidne.dk/vidne/internal/accesslog"
	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/req"
)

// TestWhatAnAdministratorDoesFromTheCommandLineIsInTheLog: each command that
// changes something is found in the log of who did what, of the controller that
// it is about, with its kind and who gave it. What is done in the portal is
// held to the same wherever the portal's tests do it.
func TestWhatAnAdministratorDoesFromTheCommandLineIsInTheLog(t *testing.T) {
	req.Shows(t, "LOG-1")
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	cfg := configOf(t, "")
	c := &cli{Config: strings.TrimSuffix(cfg.Portal.Dir, "portal") + "vidne.toml"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var stop permit.ID
	within := func(f func(o *office)) {
		t.Helper()
		o, err := openOffice(ctx, cfg.Portal, clock.System(), log)
		must(err)
		f(o)
		must(o.close())
	}
	within(func(o *office) {
		must(o.register.AddController(ctx, register.Controller{ID: kadence, Name: "Kadence", Kind: register.Business}, "Ole Vind"))
		must(o.register.AddLocation(ctx, register.Location{ID: "havnen", Controller: kadence, Name: "Havnen"}, "Ole Vind"))
		must(o.register.AddCamera(ctx, register.Camera{ID: "sal", Controller: kadence, Location: "havnen", Name: "Salen", Engine: o.cfg.EngineID}, "Ole Vind"))
		_, err := o.people.Create(ctx, identity.NewAccount{Login: "vera", Name: "Vera Toft", Controller: kadence, Roles: []string{string(access.IT)}, Password: "en lang sætning om ænder"}, "vidne user")
		must(err)
		issue := func(s permit.Statement) permit.ID {
			must(sendFlags{}.give(ctx, o, s))
			return s.Header().ID
		}
		head := permit.Head{Controller: kadence, Engine: o.cfg.EngineID, By: "Ole Vind"}
		issue(&permit.Camera{Head: head, Camera: "sal", Name: "Salen", URL: "rtsp://10.0.0.4/1", Transport: permit.TransportAuto})
		stop = issue(&permit.Stop{Head: head, Cameras: []string{"sal"}, Reason: "Vinklen er forkert"})
		issue(&permit.Stop{Head: head, Reason: "Alt stoppes"})
		issue(&permit.Restart{Head: head, Stop: stop, Reason: "Vinklen er rettet"})
	})
	must((&holdCmd{Controller: kadence, Body: "it", Login: "vera", By: "Ole Vind"}).Run(ctx, c, log))
	must((&userMailCmd{Controller: kadence, Login: "vera", Email: "vera@lindeby.example"}).Run(ctx, c, log))
	must((&userNeedCmd{Controller: kadence}).Run(ctx, c, log))
	must((&userResetCmd{Controller: kadence, Login: "vera", Reason: "Mistet, set på kørekort"}).Run(ctx, c, log))
	must((&userCloseCmd{Controller: kadence, Login: "vera"}).Run(ctx, c, log))
	must((&keysRollCmd{}).Run(ctx, c, log))

	within(func(o *office) {
		all, err := o.portal.Accesslog().Some(ctx, accesslog.Query{Controller: kadence}, 1000)
		must(err)
		for _, want := range []struct {
			entry, by string
			kind      accesslog.Kind
		}{
			{"controller.added", "Ole Vind", accesslog.Admin}, {"location.added", "Ole Vind", accesslog.Edit}, {"camera.added", "Ole Vind", accesslog.Edit},
			{"account.created", "vidne user", accesslog.Rights}, {"camera.issued", "Ole Vind", accesslog.Admin}, {"camera.stopped", "Ole Vind", accesslog.Admin},
			{"command.stop", "Ole Vind", accesslog.Admin}, {"command.restart", "Ole Vind", accesslog.Admin}, {"holder.begun", "Ole Vind", accesslog.Rights},
			{"account.email", "vidne user", accesslog.Admin}, {"factor.demand", "vidne user", accesslog.Login}, {"reset.done", "command line", accesslog.Login},
			{"account.closed", "vidne user", accesslog.Rights}, {"command.key-roll", "vidne keys roll", accesslog.Admin},
		} {
			i := slices.IndexFunc(all, func(u accesslog.Use) bool { return u.Entry == want.entry })
			if i < 0 {
				t.Errorf("%s is not in the log", want.entry)
				continue
			}
			if u := all[i]; u.Kind != want.kind || !strings.Contains(u.Person+" "+u.Name, want.by) {
				t.Errorf("%s is %s by %q %q, want %s by %s", want.entry, u.Kind, u.Person, u.Name, want.kind, want.by)
			}
		}
		// What the page's filter by kind finds.
		admin, err := o.portal.Accesslog().Some(ctx, accesslog.Query{Controller: kadence, Kind: accesslog.Admin}, 1000)
		must(err)
		for _, u := range admin {
			if u.Kind != accesslog.Admin {
				t.Errorf("%s is %s", u.Entry, u.Kind)
			}
		}
		if len(admin) < 6 {
			t.Errorf("%d acts of administrators are found by their kind", len(admin))
		}
	})
}
