// Package sample holds example values for the storybook and for tests: places,
// cameras and what an engine might say of them, all invented, all relative to
// the moment that is given.
//
// It promises that the same moment gives the same values. It refuses real
// names: no municipality, business or person here exists.
package sample

import (
	"fmt"
	"time"

	"vidne.dk/vidne/internal/authorisation"
	"vidne.dk/vidne/internal/engineapi"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// Moment is the storybook's time: Saturday 21 November 2026, 14.02 in Denmark.
func Moment() time.Time { return time.Date(2026, 11, 21, 13, 2, 13, 0, time.UTC) }

// Controller is a municipality.
func Controller() register.Controller {
	return register.Controller{ID: "lindeby", Name: "Lindeby Kommune", Kind: register.Municipality, Contact: "Rådhuset, Torvet 1, 9999 Lindeby", DPO: "dpo@lindeby.example"}
}

// Administration is a part of it.
func Administration() register.Administration {
	return register.Administration{ID: "boern-og-unge", Controller: "lindeby", Name: "Børn og Unge"}
}

// Location is a school.
func Location() register.Location {
	return register.Location{ID: "lindeby-skole", Controller: "lindeby", Administration: "boern-og-unge", Name: "Lindeby Skole", Address: "Skolevej 4, 9999 Lindeby",
		Cadastre: "12ab, Lindeby By", Manager: "Birthe Kjær", ManagerContact: "birthe.kjaer@lindeby.example, 99 99 99 01"}
}

// LongLocation has the longest name that somebody would type.
func LongLocation() register.Location {
	l := Location()
	l.ID = "sammenlagt"
	l.Name = "Den Sammenlagte Daginstitution, Idrætshal og Kulturhus ved Lindeby Vestre Ringvejsskole"
	l.Address = "Gammel Kirkevejsbakkestræde 118 B, indgang C bag cykelparkeringen, 9999 Lindeby Nørremark"
	return l
}

// Locations are three places.
func Locations() []register.Location {
	return []register.Location{Location(),
		{ID: "materielgaarden", Controller: "lindeby", Name: "Materielgården", Address: "Industrivej 22, 9999 Lindeby"},
		{ID: "biblioteket", Controller: "lindeby", Name: "Lindeby Bibliotek", Address: "Torvet 3, 9999 Lindeby"}}
}

// Camera is the school's main entrance.
func Camera() register.Camera {
	return register.Camera{ID: "skole-indgang", Controller: "lindeby", Location: "lindeby-skole", Where: "Lindeby Skole", Name: "Hovedindgang", Make: "Vidne", Model: "prøvekamera",
		Place: "Indgang", Mounting: "Over hoveddøren, 3,2 m", Direction: "Mod skolegården", Purpose: "Forebygge og opklare hærværk og indbrud",
		Basis: "tv-overvågningsloven § 2 d, stk. 1", Engine: "optager-1", Added: Moment().AddDate(0, -3, 0)}
}

// LongCamera has the longest name that somebody would type.
func LongCamera() register.Camera {
	c := Camera()
	c.ID, c.Location, c.Where = "sammenlagt-nordvest-fjernlager", "sammenlagt", LongLocation().Name
	c.Name = "Nordvestlige fjernlagerindgang mod varegård og affaldssorteringsrum, kamera 2 af 14"
	return c
}

// Cameras are n cameras at the three places.
func Cameras(n int) []register.Camera {
	names := []string{"Hovedindgang", "Idrætshallens gang", "Cykelskuret", "Porten", "Værkstedet", "Foyeren", "Østre facade", "Varegård", "Parkeringsplads", "Bagindgang"}
	var out []register.Camera
	for i := range n {
		c := Camera()
		l := Locations()[i%3]
		c.ID, c.Location, c.Where = fmt.Sprintf("kamera-%02d", i+1), l.ID, l.Name
		c.Name = names[i%len(names)]
		if i >= len(names) {
			c.Name = fmt.Sprintf("%s %d", c.Name, i/len(names)+1)
		}
		out = append(out, c)
	}
	return out
}

// CameraStatus is a camera that records as it should.
func CameraStatus(id string, now time.Time) engineapi.CameraStatus {
	return engineapi.CameraStatus{Camera: id, State: engineapi.StateRecording, Since: now.Add(-7 * time.Hour), NextChange: now.Add(17 * time.Hour),
		Permit: permitID, Case: "2026-014", LeaseUntil: now.Add(6 * 24 * time.Hour), LastFrame: now.Add(-time.Second), Codec: "H.264", Width: 1920, Height: 1080, FPS: 15, BitRate: 2_040_000,
		Encrypted: true, ClockMS: 840, ClockKnown: true, Expected: 61200, Recorded: 61200, Picture: engineapi.Picture{Checked: now.Add(-4 * time.Minute), Verdict: "ok"},
		Oldest: now.Add(-13 * 24 * time.Hour), Storage: "none"}
}

// Status is an engine in which all is well with the cameras.
func Status(cameras []register.Camera, now time.Time) engineapi.Status {
	s := engineapi.Status{Engine: "optager-1", Version: "0.1.0", Started: now.Add(-9 * 24 * time.Hour), Database: "ok", LedgerSize: 48213, Checkpoint: now.Add(-2 * time.Minute),
		Disks: []engineapi.Disk{{Path: "/var/lib/vidne/arkiv", Total: 4e12, Free: 1.46e12, Inodes: 1e8, PerDay: 187e9}},
		Time:  engineapi.TimeState{Now: now, Wall: now, Since: now.Add(-9 * 24 * time.Hour), Synced: true}, OldestFrame: now.Add(-13*24*time.Hour - 20*time.Hour),
		NextDeletion: now.Add(11 * time.Minute), LastHeard: now.Add(-5 * time.Hour)}
	for _, c := range cameras {
		s.Cameras = append(s.Cameras, CameraStatus(c.ID, now))
	}
	return s
}

// Trouble makes the first cameras of a status show each a different trouble.
func Trouble(s engineapi.Status, now time.Time) engineapi.Status {
	set := func(i int, f func(*engineapi.CameraStatus)) {
		if i < len(s.Cameras) {
			f(&s.Cameras[i])
		}
	}
	state := func(st engineapi.State, cause engineapi.Cause, since time.Duration, recorded int64) func(*engineapi.CameraStatus) {
		return func(c *engineapi.CameraStatus) {
			c.State, c.Cause, c.Since, c.Recorded = st, cause, now.Add(-since), recorded
		}
	}
	set(0, state(engineapi.StateRefused, engineapi.CauseAuth, 96*time.Minute, 55440))
	set(1, state(engineapi.StateLost, engineapi.CauseUnreachable, 3*24*time.Hour, 0))
	set(2, state(engineapi.StateOutside, engineapi.CauseOutside, 2*time.Hour, 61200))
	set(3, state(engineapi.StateStopped, engineapi.CauseStopped, 26*time.Hour, 0))
	set(4, state(engineapi.StateNoPermit, engineapi.CauseNoPermit, 0, 0))
	set(5, func(c *engineapi.CameraStatus) { c.Picture.Verdict = "covered" })
	set(6, func(c *engineapi.CameraStatus) { c.ClockMS = -94_000 })
	if len(s.Cameras) > 4 {
		s.Cameras[3].Expected, s.Cameras[4].Expected = 0, 0
		s.Cameras[4].Since = time.Time{}
	}
	s.Alarms = []engineapi.Alarm{
		{ID: "1", Key: "deletion.late", Since: now.Add(-40 * time.Minute), Grave: true, Detail: "2 segments"},
		{ID: "2", Key: "camera.auth", Camera: first(s), Since: now.Add(-96 * time.Minute)},
		{ID: "3", Key: "disk.soon", Since: now.Add(-4 * time.Hour), Until: now.Add(-2 * time.Hour)},
	}
	s.LateDeleted = 2
	s.Disks[0].Free, s.Disks[0].FullAt = 0.21e12, now.Add(5*24*time.Hour)
	s.Time.Synced = false
	s.Pending = 14
	s.Database = "away"
	return s
}

func first(s engineapi.Status) string {
	if len(s.Cameras) == 0 {
		return ""
	}
	return s.Cameras[0].Camera
}

const permitID = permit.ID("3f9a1c77e0b24d5688a1c0d2e4f60718")

// Permit is for evenings, nights and weekends.
func Permit(camera string, now time.Time) *permit.Permit {
	h := permit.Hours{Zone: "Europe/Copenhagen", Dates: []permit.Date{}}
	for i := range 4 {
		h.Week[i] = permit.Spans{{From: "16:00", To: "07:00"}}
	}
	h.Week[4] = permit.Spans{{From: "16:00", To: "24:00"}}
	h.Week[5] = permit.Spans{{From: "00:00", To: "24:00"}}
	h.Week[6] = permit.Spans{{From: "00:00", To: "24:00"}}
	return &permit.Permit{Head: permit.Head{V: 1, ID: permitID, Controller: "lindeby", Engine: "optager-1", Issued: now.AddDate(0, -2, 0), By: "p-1"}, Camera: camera, Stream: "main", Serial: 3,
		Hours: h, RetentionHours: 14 * 24, Class: permit.ClassCrime, Basis: "tv-overvågningsloven § 2 d, stk. 1", Case: "2026-014",
		ValidFrom: now.AddDate(0, -2, 0), ValidTo: now.AddDate(1, 10, 0), LeaseUntil: now.Add(6 * 24 * time.Hour)}
}

// InForce is that permit as the engine has it.
func InForce(camera string, now time.Time) engineapi.InForce {
	return engineapi.InForce{Camera: camera, Permit: Permit(camera, now), Covers: true, LeaseUntil: now.Add(6 * 24 * time.Hour)}
}

// Coverage is a day with hours, two gaps and a stop.
func Coverage(camera string, now time.Time) engineapi.Coverage {
	from := now.Add(-24 * time.Hour)
	c := engineapi.Coverage{Camera: camera, From: from, To: now}
	at := from
	add := func(d time.Duration, kind string, cause engineapi.Cause) {
		s := engineapi.Stretch{From: at, To: at.Add(d), Kind: kind, Cause: cause}
		if kind == "recorded" {
			s.Delete, s.Codec = at.Add(14*24*time.Hour), "H.264"
			c.Recorded += int64(d.Seconds())
		}
		if kind != "off" {
			c.Expected += int64(d.Seconds())
		}
		c.Stretches = append(c.Stretches, s)
		at = at.Add(d)
	}
	add(118*time.Minute, "off", engineapi.CauseOutside)
	add(5*time.Hour, "recorded", "")
	add(12*time.Minute+20*time.Second, "gap", engineapi.CauseUnreachable)
	add(4*time.Hour, "recorded", "")
	add(90*time.Second, "gap", engineapi.CauseEngineDown)
	add(6*time.Hour, "recorded", "")
	add(40*time.Minute, "off", engineapi.CauseStopped)
	add(now.Sub(at), "recorded", "")
	c.Stretches[3].Held = true
	return c
}

// Deletions are some to come, some done, and one late when late is asked for.
func Deletions(cameras []register.Camera, now time.Time, late bool) []engineapi.Deletion {
	var out []engineapi.Deletion
	for i := range 60 {
		if len(cameras) == 0 {
			break
		}
		from := now.Add(-14*24*time.Hour + time.Duration(i-30)*time.Hour)
		d := engineapi.Deletion{Camera: cameras[i%len(cameras)].ID, From: from, To: from.Add(time.Hour), Due: from.Add(14 * 24 * time.Hour), State: "planned", Rule: "retention", Segments: 60, Bytes: 918_000_000, Permit: permitID}
		if d.Due.Before(now) {
			d.State, d.Done = "done", d.Due.Add(-20*time.Second)
			if late && i == 29 {
				d.State, d.Done = "late", time.Time{}
			}
		}
		out = append(out, d)
	}
	return out
}

// Held is one evidence hold.
func Held(camera string, now time.Time) engineapi.Held {
	return engineapi.Held{Hold: "9b", Reason: "crime", Cameras: []string{camera}, From: now.Add(-15 * time.Hour), To: now.Add(-14 * time.Hour), Until: now.AddDate(0, 3, 0), Segments: 61, Bytes: 934_000_000}
}

// Rights are two persons' rights at a location.
func Rights(now time.Time) []authorisation.Held {
	return []authorisation.Held{
		{Form: "a1", Number: 3, Location: "lindeby-skole", Person: "p-2", Name: "Jonas Lund", Role: authorisation.Look, Read: now.AddDate(0, -3, 0), Since: now.AddDate(0, -3, 0), Until: now.AddDate(0, 3, 0), Lapses: true},
		{Form: "a2", Number: 5, Location: "lindeby-skole", Person: "p-5", Name: "Birthe Kjær", Role: authorisation.Look, Read: now.AddDate(0, 0, -5), Since: now.AddDate(0, 0, -5), Until: now.AddDate(0, 0, 16), DeputyFor: "p-2", DeputyName: "Jonas Lund"},
	}
}
