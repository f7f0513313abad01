package e2e

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/engine/enginetest"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/identity"
	"vidne.dk/vidne/internal/incident"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/testcam"
)

// film is a site with recorded footage that is old enough to be looked at:
// an H.264 camera with a gap in the middle, an H.265 camera, one without a
// permit.
type film struct {
	*site
	entrance, hall *testcam.Camera
	begin, end     time.Time // of what the entrance recorded
	looker         string    // who records incidents and looks; empty: jonas
	gap            [2]time.Time
}

const (
	cameraEntrance = "skole-indgang"
	cameraHall     = "skole-hal"
	cameraYard     = "gaard-port"
)

func newFilm(t *testing.T) *film {
	t.Helper()
	s := &site{t: t, clk: clock.NewFake(start), persons: map[string]identity.Person{}, anonymiser: enginetest.Anonymiser(t)}
	signer := must[permit.Signer](t)(permit.NewSigner(seed("issuer")))
	s.startEngine(signer)
	s.startPortal(signer)
	s.cast()
	return s.film()
}

// film records on a site that has its people and places.
func (s *site) film() *film {
	t := s.t
	t.Helper()
	f := &film{site: s, entrance: s.camera(testcam.Small), hall: s.camera(testcam.SmallHE)}
	s.addCamera(cameraEntrance, school, "Hovedindgang", f.entrance, true)
	s.addCamera(cameraHall, school, "Idrætshallens gang", f.hall, true)
	s.addCamera(cameraYard, yard, "Porten", nil, false)
	halt := s.run(6)
	s.until("both cameras record a minute", func() bool { return s.recorded(cameraEntrance) >= 60 && s.recorded(cameraHall) >= 30 })
	f.gap[0] = s.clk.Now()
	f.entrance.Down()
	s.until("the entrance is missed for 15 seconds", func() bool { return s.clk.Now().Sub(f.gap[0]) > 15*time.Second })
	if err := f.entrance.Up(); err != nil {
		t.Fatal(err)
	}
	s.until("the entrance records again", func() bool { return s.recorded(cameraEntrance) >= 110 })
	f.entrance.Down()
	f.hall.Down()
	halt()
	halt = s.run(60)
	then := s.clk.Now()
	s.until("it is old enough to be looked at", func() bool { return s.clk.Now().Sub(then) > 7*time.Minute })
	halt()
	c := must[engineapi.Coverage](t)(s.engine.Coverage(t.Context(), cameraEntrance, start.Add(-time.Minute), s.clk.Now()))
	for _, x := range c.Stretches {
		if x.Kind != "recorded" {
			continue
		}
		if f.begin.IsZero() {
			f.begin = x.From
		} else if x.From.Sub(f.end) > 5*time.Second {
			f.gap = [2]time.Time{f.end, x.From}
		}
		f.end = x.To
	}
	s.run(1)
	return f
}

// clockOf is a time of day as a Dane types it.
func clockOf(t time.Time) string {
	return t.In(denmark()).Format("15.04.05")
}

func denmark() *time.Location {
	l, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		panic(err)
	}
	return l
}

// broken is an incident of tonight with established crime, recorded by the looker,
// that names cameras of the school from a quarter of an hour before what the
// film holds to shortly after it.
func (f *film) broken(cameras ...string) incident.Incident {
	f.t.Helper()
	ctx := f.t.Context()
	p := f.persons[cmp.Or(f.looker, "jonas")]
	who := incident.Who{Controller: controller, Person: p.ID, Name: p.Name, Address: "127.0.0.1"}
	from, to := f.begin.Add(-15*time.Minute).Truncate(time.Second), f.end.Add(time.Minute).Truncate(time.Second)
	i := must[incident.Incident](f.t)(f.incidents.Begin(ctx, school, incident.Account{What: "Rude knust i hovedindgangen i aften", From: from, To: to}, who))
	must[incident.Incident](f.t)(f.incidents.Assess(ctx, i.ID, incident.Assessment{Crime: incident.CrimeEstablished, Rests: "Pedellen fandt glasset på gulvet", Police: "4600-12345-00001-26"}, who))
	return must[incident.Incident](f.t)(f.incidents.Name(ctx, i.ID, incident.Wish{Need: "Rude knust: vi skal kunne sige politiet hvornår", Cameras: cameras, From: from, To: to}, who))
}

// openRoom opens a part of what an incident of tonight names of a camera.
func (b *browser) openRoom(f *film, camera string, from, to time.Time) incident.Incident {
	b.t.Helper()
	i := f.broken(camera)
	b.open("/haendelser/" + i.ID + "/se?kamera=" + camera)
	b.fill("#dato", from.In(denmark()).Format(time.DateOnly))
	b.fill("#fra", clockOf(from))
	b.fill("#til", clockOf(to))
	b.click("main form button[type=submit]")
	b.inRoom()
	return i
}

// inRoom waits for the room with its first picture.
func (b *browser) inRoom() {
	b.t.Helper()
	b.wait("the room stands with a picture", `document.getElementById('rum')?.dataset.state === 'paused' && !isNaN(Number(document.getElementById('tid').dataset.t))`)
}

// shownAt is the time that the room says its picture was taken.
func (b *browser) shownAt() time.Time {
	b.t.Helper()
	return time.UnixMilli(int64(eval[float64](b, `Number(document.getElementById('tid').dataset.t)`))).UTC()
}

// number reads from the picture itself which one it is (see testcam/scene).
const readNumber = `(() => {
  const v = document.getElementById('video'), c = document.createElement('canvas');
  c.width = v.videoWidth; c.height = v.videoHeight;
  if (!c.width) return -1;
  const g = c.getContext('2d', {willReadFrequently: true});
  g.drawImage(v, 0, 0);
  let bits = 0;
  for (let i = 0; i < 28; i++) {
    const x0 = Math.floor((4*i+1)*c.width/160), x1 = Math.max(x0+1, Math.floor((4*i+3)*c.width/160));
    const y0 = Math.floor(c.height/180), y1 = Math.max(y0+1, Math.floor(3*c.height/180));
    const d = g.getImageData(x0, y0, x1-x0, y1-y0).data;
    let sum = 0;
    for (let p = 0; p < d.length; p += 4) sum += 0.299*d[p] + 0.587*d[p+1] + 0.114*d[p+2];
    bits = bits*2 + (sum/(d.length/4) > 122 ? 1 : 0);
  }
  const n = Math.floor(bits/256) & 0xffff;
  const want = 0xa*0x1000000 + n*256 + (((n>>8) ^ n ^ 0x5a) & 0xff);
  return bits === want ? n : -1;
})()`

func (b *browser) number() int {
	b.t.Helper()
	return eval[int](b, readNumber)
}

// sentAt is when a camera sent the picture that shows number n, nearest to t.
func sentAt(cam *testcam.Camera, n int, t time.Time) (best time.Time, err error) {
	for _, s := range cam.Log() {
		if s.Shown == n && (best.IsZero() || s.Time.Sub(t).Abs() < best.Sub(t).Abs()) {
			best = s.Time
		}
	}
	if best.IsZero() {
		return best, fmt.Errorf("no picture %d was sent", n)
	}
	return best, nil
}

// rightPicture checks that the picture on the screen is the one of the time
// that is shown.
func (f *film) rightPicture(b *browser, cam *testcam.Camera, where string) time.Time {
	b.t.Helper()
	n, at := b.number(), b.shownAt()
	if n < 0 {
		b.shot("no-number")
		b.t.Fatalf("%s: the picture carries no number", where)
	}
	sent, err := sentAt(cam, n, at)
	if err != nil {
		b.t.Fatal(err)
	}
	if off := at.Sub(sent); off.Abs() > 400*time.Millisecond {
		b.t.Errorf("%s: the room says %s, picture %d was sent %s (%s apart)", where, at.Format("15:04:05.000"), n, sent.Format("15:04:05.000"), off)
	}
	return at
}

// goTo types a time in "Gå til tidspunkt".
func (b *browser) goTo(t time.Time) {
	b.t.Helper()
	b.do(setInput("#gaa-til-tid", t.In(denmark()).Format("2006-01-02T15:04:05")))
	b.click("#gaa-til button")
}

// within is a script that is true when the room shows a time near t.
func within(t time.Time, by time.Duration) string {
	return fmt.Sprintf(`document.getElementById('rum').dataset.state !== 'loading' && Math.abs(Number(document.getElementById('tid').dataset.t) - %d) <= %d`, t.UnixMilli(), by.Milliseconds())
}

func itoa(n int64) string { return fmt.Sprint(n) }

// clipLength is after how many pictures the scene begins again.
func (f *film) clipLength() int {
	n := 0
	for _, s := range f.entrance.Log() {
		n = max(n, s.Shown+1)
	}
	return n
}
