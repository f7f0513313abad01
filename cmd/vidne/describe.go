package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/permit"
	"vidne.dk/vidne/internal/register"
)

// cameraFile describes a camera: docs/guide/example-kamera.toml explains every
// key.
type cameraFile struct {
	Camera     string `toml:"camera"`
	Name       string `toml:"name"`
	URL        string `toml:"url"`
	Transport  string `toml:"transport"`
	CertSHA256 string `toml:"cert_sha256"`
	User       string `toml:"user"`
	Priority   int    `toml:"priority"`
	Make       string `toml:"make"`
	Model      string `toml:"model"`
	Place      string `toml:"place"`
	Mounting   string `toml:"mounting"`
	Direction  string `toml:"direction"`
	Purpose    string `toml:"purpose"`
	Basis      string `toml:"basis"`
	By         string `toml:"by"`

	Controller struct {
		ID      string `toml:"id"`
		Name    string `toml:"name"`
		Kind    string `toml:"kind"`
		Contact string `toml:"contact"`
		DPO     string `toml:"dpo"`
	} `toml:"controller"`
	Location struct {
		ID             string `toml:"id"`
		Name           string `toml:"name"`
		Address        string `toml:"address"`
		Cadastre       string `toml:"cadastre"`
		Manager        string `toml:"manager"`
		ManagerContact string `toml:"manager_contact"`
	} `toml:"location"`
}

func readCamera(path string) (f cameraFile, err error) {
	if err := readTOML(path, &f); err != nil {
		return f, err
	}
	if f.Transport == "" {
		f.Transport = string(permit.TransportAuto)
	}
	if f.Controller.Kind == "" {
		f.Controller.Kind = register.Municipality
	}
	return f, nil
}

// statement is the camera's configuration, without credentials.
func (f cameraFile) statement(engine string) *permit.Camera {
	return &permit.Camera{
		Head:   permit.Head{Controller: f.Controller.ID, Engine: engine, By: f.By},
		Camera: f.Camera, Name: f.Name, Place: f.Location.Name, URL: f.URL, Transport: permit.Transport(f.Transport),
		CertSHA256: f.CertSHA256, Priority: f.Priority,
	}
}

// permitFile describes a permit: docs/guide/example-tilladelse.toml explains
// every key.
type permitFile struct {
	Controller      string    `toml:"controller"`
	Camera          string    `toml:"camera"`
	Stream          string    `toml:"stream"`
	Case            string    `toml:"case"`
	Basis           string    `toml:"basis"`
	Class           string    `toml:"class"`
	RetentionDays   int       `toml:"retention_days"`
	LongestHoldDays int       `toml:"longest_hold_days"`
	Sound           bool      `toml:"sound"`
	From            any       `toml:"from"`
	Until           any       `toml:"until"`
	By              string    `toml:"by"`
	Text            string    `toml:"text"`
	Hours           hoursFile `toml:"hours"`
}

type hoursFile struct {
	Zone      string     `toml:"zone"`
	Monday    []string   `toml:"monday"`
	Tuesday   []string   `toml:"tuesday"`
	Wednesday []string   `toml:"wednesday"`
	Thursday  []string   `toml:"thursday"`
	Friday    []string   `toml:"friday"`
	Saturday  []string   `toml:"saturday"`
	Sunday    []string   `toml:"sunday"`
	Dates     []dateFile `toml:"dates"`
}

type dateFile struct {
	Date    any      `toml:"date"`
	Name    string   `toml:"name"`
	Windows []string `toml:"windows"`
}

// readPermit reads a description and makes the permit of it. Text is the
// permit in plain words where the description says nothing else.
func readPermit(path, engine string) (*permit.Permit, error) {
	var f permitFile
	if err := readTOML(path, &f); err != nil {
		return nil, err
	}
	hours, err := f.Hours.hours()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(hours.Zone)
	if err != nil {
		return nil, fault.New(fault.Invalid, "permit.hours", "tidszonen %q findes ikke", hours.Zone)
	}
	p := &permit.Permit{
		Head:   permit.Head{Controller: f.Controller, Engine: engine, By: f.By},
		Camera: f.Camera, Stream: f.Stream, Hours: hours, Sound: f.Sound, RetentionHours: f.RetentionDays * 24,
		LongestHoldHours: f.LongestHoldDays * 24, Class: permit.Class(f.Class), Basis: f.Basis, Case: f.Case, Text: f.Text,
	}
	if p.Stream == "" {
		p.Stream = "main"
	}
	if p.ValidFrom, err = moment("from", f.From, zone); err != nil {
		return nil, err
	}
	if p.ValidTo, err = moment("until", f.Until, zone); err != nil {
		return nil, err
	}
	if p.Text == "" {
		p.Text = strings.Join(p.Explain("da"), "\n")
	}
	return p, nil
}

func (f hoursFile) hours() (permit.Hours, error) {
	h := permit.Hours{Zone: f.Zone}
	if h.Zone == "" {
		h.Zone = "Europe/Copenhagen"
	}
	var err error
	for i, day := range [7][]string{f.Monday, f.Tuesday, f.Wednesday, f.Thursday, f.Friday, f.Saturday, f.Sunday} {
		if h.Week[i], err = windows(day); err != nil {
			return h, err
		}
	}
	for _, d := range f.Dates {
		spans, err := windows(d.Windows)
		if err != nil {
			return h, err
		}
		date, err := moment("date", d.Date, time.UTC)
		if err != nil {
			return h, err
		}
		h.Dates = append(h.Dates, permit.Date{Date: date.Format(time.DateOnly), Spans: spans, Name: d.Name})
	}
	return h, nil
}

// windows reads "16:00-07:00", also with dots, as people write times here.
func windows(texts []string) (permit.Spans, error) {
	var out permit.Spans
	for _, t := range texts {
		from, to, ok := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(t, " ", ""), ".", ":"), "-")
		if !ok {
			return nil, fault.New(fault.Invalid, "permit.hours", "tidsrummet %q skal skrives som \"16:00-07:00\"", t)
		}
		out = append(out, permit.Span{From: from, To: to})
	}
	return out, nil
}

// moment reads a date, which is its first moment in the zone, or a time.
func moment(name string, v any, zone *time.Location) (time.Time, error) {
	switch v := v.(type) {
	case toml.LocalDate:
		return v.AsTime(zone).UTC(), nil
	case toml.LocalDateTime:
		return v.AsTime(zone).UTC(), nil
	case time.Time:
		return v.UTC(), nil
	case string:
		for _, form := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04"} {
			if t, err := time.ParseInLocation(form, v, zone); err == nil {
				return t.UTC(), nil
			}
		}
	}
	return time.Time{}, fault.New(fault.Invalid, "config.date", "%s skal være en dato, såsom 2026-12-01", name)
}

// readTOML reads a file strictly: a key that is not known is a mistake.
func readTOML(path string, to any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fault.As(fault.Invalid, "file.missing", err)
	}
	err = toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(to)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		return fault.New(fault.Invalid, "file.unknown", "%s:\n%s", path, unknown.String())
	case errors.As(err, &wrong):
		return fault.New(fault.Invalid, "file.form", "%s:\n%s", path, wrong.String())
	case err != nil:
		return fault.As(fault.Invalid, "file.form", err)
	}
	return nil
}
