package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"vidne.dk/vidne/internal/anonymise"
)

// look finds people in every so many pictures and keeps samples of the scene.
func look(o options, in io.Reader, out io.Writer) error {
	if _, err := o.small(); err != nil {
		return err
	}
	found := anonymise.Look{Looked: map[int][]anonymise.Detection{}}
	keep := anonymise.Collector{Want: o.samples}
	var d *detector
	if !o.none {
		var err error
		if d, err = newDetector(o); err != nil {
			return err
		}
		defer d.close()
		found.Models = d.sums()
	}
	// One picture is read while another is looked at.
	pictures, failed := make(chan *anonymise.Small, 1), make(chan error, 1)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(pictures)
		for n := 0; ; n++ {
			s := anonymise.NewSmall(o.width, o.height)
			err := s.Read(in)
			if err == nil && n >= anonymise.MaxFrames {
				err = fmt.Errorf("more than %d pictures", anonymise.MaxFrames)
			}
			if err != nil {
				failed <- err
				return
			}
			if n%o.step != 0 {
				s = nil // counted, not looked at
			}
			select {
			case pictures <- s:
			case <-stop:
				return
			}
		}
	}()
	for s := range pictures {
		if s != nil {
			var people []anonymise.Detection
			if d != nil {
				var err error
				if people, err = d.see(s); err != nil {
					return err
				}
				found.Looked[found.Frames] = people
			}
			keep.Offer(found.Frames, s.Half, people)
		}
		found.Frames++
	}
	if err := <-failed; !errors.Is(err, io.EOF) {
		return err
	}
	found.Samples = keep.Samples()
	return json.NewEncoder(out).Encode(found)
}

// told is the empty scene and whom the detector sees in it.
type told struct {
	Scene     *anonymise.Scene      `json:"scene"`
	Furniture []anonymise.Detection `json:"furniture,omitempty"`
}

// scene makes the empty scene of samples.
func scene(o options, in io.Reader, out io.Writer) error {
	if _, err := o.small(); err != nil {
		return err
	}
	var samples []anonymise.Sample
	r := json.NewDecoder(in)
	for {
		var s anonymise.Sample
		if err := r.Decode(&s); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
		samples = append(samples, s)
	}
	sc, err := anonymise.NewScene(o.width/2, o.height/2, samples)
	if err != nil {
		return err
	}
	t := told{Scene: sc}
	if !o.none {
		d, err := newDetector(o)
		if err != nil {
			return err
		}
		defer d.close()
		if t.Furniture, err = d.see(sc.Small()); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(t)
}
