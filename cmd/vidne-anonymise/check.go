package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"vidne.dk/vidne/internal/anonymise"
)

// second is where the verbs with two inputs read the other.
const second = 3

// differ writes for each picture a byte, 1 where so much differs that it
// cannot be people, and its cells.
func differ(o options, in io.Reader, out io.Writer) error {
	s, err := o.small()
	if err != nil {
		return err
	}
	var t told
	f := os.NewFile(second, "scene")
	if err := json.NewDecoder(f).Decode(&t); err != nil || t.Scene == nil {
		return fmt.Errorf("the scene: %w", err)
	}
	_ = f.Close() // read
	if err := t.Scene.Check(); err != nil {
		return err
	}
	if t.Scene.W*2 != o.width || t.Scene.H*2 != o.height || o.gridW < 16 || o.gridH < 16 || o.gridW > 8192 || o.gridH > 8192 {
		return errors.New("the scene is not of these pictures")
	}
	w := anonymise.NewWatcher(t.Scene, anonymise.NewGrid(o.gridW, o.gridH))
	for {
		if err := s.Read(in); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		cells, much := w.Look(s)
		flag := []byte{0}
		if much {
			flag[0] = 1
		}
		if _, err := out.Write(append(flag, cells...)); err != nil {
			return err
		}
	}
}

// checked is what a check has to say beside the report.
type checked struct {
	Report anonymise.Report              `json:"report"`
	Looked map[int][]anonymise.Detection `json:"looked,omitempty"`
}

// check holds each picture against its cells, and looks for people in some.
func check(o options, in io.Reader, out io.Writer) error {
	g := anonymise.NewGrid(o.width, o.height)
	if o.width < 16 || o.height < 16 {
		return errors.New("a picture needs a size")
	}
	var d *detector
	if !o.none {
		var err error
		if d, err = newDetector(o); err != nil {
			return err
		}
		defer d.close()
	}
	masks := bufio.NewReader(os.NewFile(second, "cells"))
	i := anonymise.Inspector{Grid: g}
	c := checked{Looked: map[int][]anonymise.Detection{}}
	pix, cells := make([]byte, g.PictureSize()), g.None()
	for n := 0; ; n++ {
		if _, err := io.ReadFull(in, pix); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		if _, err := io.ReadFull(masks, cells); err != nil {
			return fmt.Errorf("more pictures than the project has: %w", err)
		}
		i.Inspect(pix, cells)
		if d != nil && n%o.step == 0 {
			people, err := d.see(g.Shrink(pix))
			if err != nil {
				return err
			}
			c.Looked[n] = people
		}
	}
	c.Report = i.Report
	return json.NewEncoder(out).Encode(c)
}
