package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
	"vidne.dk/vidne/internal/testcam"
)

type demoCmd struct {
	Dir    string `default:".demo" help:"Hvor demoens data ligger. Mappen tømmes ved start."`
	Keep   bool   `help:"Gå videre med de data, der ligger der."`
	Listen string `default:"127.0.0.1:8080" help:"Portalens adresse."`
	TLS    bool   `help:"Over https, med et certifikat, som ingen står inde for."`
}

// Run builds the demonstration and shows it until it is interrupted.
func (k *demoCmd) Run(ctx context.Context, _ *cli, _ *slog.Logger) error {
	dir, err := filepath.Abs(k.Dir)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(k.Listen)
	if err != nil || (host != "localhost" && !net.ParseIP(host).IsLoopback()) {
		return fault.New(fault.Invalid, "demo.listen", "demoen har kendte adgangskoder og svarer kun på denne maskine: --listen 127.0.0.1:PORT")
	}
	if _, err := testcam.Dir(); err != nil {
		return fault.New(fault.Invalid, "demo.source", "demoens kameraer viser film, der ligger ved kildekoden: gå til mappen med go.mod, og kør make demo der. (The demonstration's cameras show films kept beside the source code: go to the folder with go.mod and run make demo there.)")
	}
	if err := durable.OS().MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, "vidne.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // a log: nobody is left to tell
	d := &demo{cmd: k, dir: dir, log: slog.New(slog.NewTextHandler(file, nil))}
	_, err = os.Stat(filepath.Join(dir, "built"))
	if !k.Keep || errors.Is(err, fs.ErrNotExist) {
		fmt.Println("Bygger demoen: optager nogle minutter fra de seneste dage gennem den rigtige optager ...")
		if err := d.build(ctx); err != nil {
			return err
		}
	}
	return d.show(ctx)
}

// demo is the demonstration's state.
type demo struct {
	cmd *demoCmd
	dir string
	log *slog.Logger
}

func (d *demo) config() (c config) {
	c.Engine.Networks = []string{"127.0.0.0/8"}
	c.Engine.Listen = "127.0.0.1:0"
	c.Portal.Listen = d.cmd.Listen
	c.Portal.Storybook = true
	c.Portal.Evidence.Controller, c.Portal.Evidence.CVR = "Lindeby Kommune", "12345674"
	if d.cmd.TLS {
		c.Portal.TLS.Mode, c.Portal.BaseURL = tlsSelf, "https://"+d.cmd.Listen
	}
	c.defaults(d.dir)
	return c
}

// build starts from nothing: the days before today, recorded under a clock
// that runs fast.
func (d *demo) build(ctx context.Context) error {
	for _, part := range []string{"engine", "portal", "built"} {
		// The demonstration's own data, made up and never anybody's.
		if err := os.RemoveAll(filepath.Join(d.dir, part)); err != nil {
			return err
		}
	}
	watch := clock.System()
	begun := watch.Mono()
	if err := d.seed(ctx); err != nil {
		return err
	}
	d.log.Info("seeded", slog.Duration("took", watch.Mono()-begun))
	return durable.WriteFile(durable.OS(), filepath.Join(d.dir, "built"), []byte("1\n"), 0o600)
}

// show runs the demonstration of today.
func (d *demo) show(ctx context.Context) error {
	cfg := d.config()
	clk := clock.System()
	cams, err := startCameras(demoCameras(), clk)
	if err != nil {
		return err
	}
	defer stopCameras(cams)
	h, err := openHouse(ctx, cfg, clk, func() bool { return true }, d.log)
	if err != nil {
		return err
	}
	now := clk.Now().Truncate(time.Microsecond)
	err = h.office.openToday(ctx, cams, now)
	if err == nil {
		d.welcome(cfg.Portal.BaseURL, h.door.fingerprint())
		var beside sync.WaitGroup
		beside.Go(func() { h.office.demoCopies(ctx) })
		<-ctx.Done()
		beside.Wait()
		fmt.Println("\nLukker segmenter og slutter ...")
	}
	return errors.Join(err, h.close())
}

func (d *demo) welcome(address, fingerprint string) {
	fmt.Printf("\n  Vidne kører på  %s\n\n  Brugere (adgangskode: %s)\n", address, demoPassword)
	for _, m := range demoPeople() {
		fmt.Printf("    %-8s %-16s %-14s %s\n", m.Login, m.Name, m.Roles[0], controllerName(m.Controller))
	}
	fmt.Printf("\n  vera logger ind med en kode fra en app. Hemmelighed: %s\n  maja skal sætte et andet trin op.\n", demoSecret)
	fmt.Printf("\n  Alle skærme med prøvedata: %s/storybook    Log: %s\n  Stop med Ctrl-C.\n\n", address, filepath.Join(d.dir, "vidne.log"))
	if fingerprint != "" {
		fmt.Printf("  Browseren advarer om certifikatet, for ingen står inde for det. Er det dette, så gå videre:\n  SHA-256 %s\n\n", fingerprint)
	}
}

func controllerName(id string) string {
	for _, c := range demoControllers {
		if c.ID == id {
			return c.Name
		}
	}
	return id
}

// running is one pretended camera.
type running struct {
	extra
	camera *testcam.Camera
	url    string
}

func startCameras(list []extra, clk clock.Clock) ([]*running, error) {
	var out []*running
	for _, e := range list {
		clip, err := testcam.Open(e.scene)
		if err != nil {
			stopCameras(out)
			return nil, err
		}
		o := e.options
		o.Clip, o.Clock, o.Path = clip, clk, e.ID
		c, err := testcam.Start(o)
		if err != nil {
			stopCameras(out)
			return nil, err
		}
		out = append(out, &running{e, c, c.URL()})
	}
	return out, nil
}

func stopCameras(list []*running) {
	for _, r := range list {
		r.camera.Close()
	}
}

// populate enters controllers, places, cameras and people.
func (o *office) populate(ctx context.Context, list []extra) error {
	const by = "vidne demo"
	for _, c := range demoControllers {
		if err := o.register.AddController(ctx, c, by); err != nil {
			return err
		}
	}
	for _, a := range demoAdministrations {
		if err := o.register.AddAdministration(ctx, a, by); err != nil {
			return err
		}
	}
	for _, l := range demoLocations {
		if err := o.register.AddLocation(ctx, l, by); err != nil {
			return err
		}
	}
	for _, l := range demoLocations {
		if err := o.register.AddArea(ctx, demoArea(l), by); err != nil {
			return err
		}
	}
	for _, e := range list {
		c := e.Camera
		c.Engine, c.Area = o.cfg.EngineID, demoArea(register.Location{ID: c.Location}).ID
		if err := o.register.AddCamera(ctx, c, by); err != nil {
			return err
		}
	}
	for _, m := range demoPeople() {
		p, err := o.people.Create(ctx, m.NewAccount, by)
		if err != nil {
			return err
		}
		if err := o.giveFactors(ctx, p.Login, p.ID); err != nil {
			return err
		}
		for _, body := range m.bodies {
			h := register.Holder{ID: p.Login + "-" + body, Controller: m.Controller, Body: body, Person: p.ID, Name: p.Name, Email: p.Login + "@lindeby.example", By: by}
			if err := o.register.Hold(ctx, h); err != nil {
				return err
			}
		}
	}
	return o.demoRights(ctx)
}

func (o *office) head(controller string) permit.Head {
	return permit.Head{Controller: controller, Engine: o.cfg.EngineID, By: "vidne demo"}
}

// configure tells the engine how to reach a camera, credentials sealed.
func (o *office) configure(ctx context.Context, r *running, password string, serial int64) error {
	s := &permit.Camera{
		Head: o.head(r.Controller), Camera: r.ID, Serial: serial, Name: r.Name, Place: locationName(r.Location),
		URL: r.url, Transport: permit.TransportAuto,
	}
	var err error
	if s.Sealed, err = o.seal(ctx, r, password); err != nil {
		return err
	}
	_, err = o.issuer.Issue(ctx, nil, s)
	return err
}

// seal closes the camera's credentials so that only the engine opens them,
// empty where the camera wants none.
func (o *office) seal(ctx context.Context, r *running, password string) ([]byte, error) {
	if r.user == "" {
		return nil, nil
	}
	who, err := o.client.Identity(ctx)
	if err != nil {
		return nil, err
	}
	return permit.SealTo(who.SealKey, permit.Credentials{User: r.user, Password: password}, permit.SealFor(o.cfg.EngineID, r.ID))
}

func locationName(id string) string {
	for _, l := range demoLocations {
		if l.ID == id {
			return l.Name
		}
	}
	return id
}

// openToday gives each camera its address, brings the hours of each case to
// those of today, and stops the camera that is to be seen stopped.
func (o *office) openToday(ctx context.Context, cams []*running, now time.Time) error {
	serial := now.Unix()
	for _, r := range cams {
		if err := o.prove(ctx, r, serial); err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
		if err := o.configure(ctx, r, r.password, serial+1); err != nil {
			return fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	if err := o.adjustToday(ctx, now); err != nil {
		return err
	}
	if err := o.demoIncidents(ctx, now); err != nil {
		return err
	}
	if err := o.demoStaff(ctx, now); err != nil {
		return err
	}
	if err := o.demoRequests(ctx, now); err != nil {
		return err
	}
	if err := o.demoSharing(ctx, now); err != nil {
		return err
	}
	if err := o.demoOffice(ctx, now); err != nil {
		return err
	}
	if err := o.demoLiveToday(ctx); err != nil {
		return err
	}
	if err := o.demoReviewToday(ctx, now); err != nil {
		return err
	}
	if err := o.demoSignsToday(ctx); err != nil {
		return err
	}
	if err := o.demoSafeguards(ctx); err != nil {
		return err
	}
	if err := o.demoPolcam(ctx, now); err != nil {
		return err
	}
	return o.demoBreaches(ctx, now)
}
