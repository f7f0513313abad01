package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/anonymise"
)

// frames are so many grey pictures of 64 × 32.
func frames(n int) *bytes.Buffer {
	return bytes.NewBuffer(bytes.Repeat([]byte{120}, n*64*32*3/2))
}

func TestAPieceIsLookedAtWithoutADetector(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"look", "-none", "-width", "64", "-height", "32", "-step", "2", "-samples", "5"}, frames(23), &out); err != nil {
		t.Fatal(err)
	}
	var l anonymise.Look
	if err := json.Unmarshal(out.Bytes(), &l); err != nil || l.Check(64, 32) != nil {
		t.Fatal(err)
	}
	if l.Frames != 23 || len(l.Samples) < 5 || len(l.Samples) >= 10 || len(l.Looked) != 0 || l.Models != nil {
		t.Errorf("%d pictures, %d samples", l.Frames, len(l.Samples))
	}
	for _, s := range l.Samples {
		if s.Frame%2 != 0 {
			t.Errorf("a sample of picture %d", s.Frame)
		}
	}
}

func TestASceneIsMadeOfSamples(t *testing.T) {
	var in, out bytes.Buffer
	for n := range anonymise.FewestSamples {
		if err := json.NewEncoder(&in).Encode(anonymise.Sample{Frame: n, Pix: bytes.Repeat([]byte{90}, 32*16*3)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := run([]string{"scene", "-none", "-width", "64", "-height", "32"}, &in, &out); err != nil {
		t.Fatal(err)
	}
	var got told
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Scene.Check() != nil || got.Scene.Pix[5] != 90 {
		t.Errorf("%v", err)
	}
}

func TestWhatItRefuses(t *testing.T) {
	models := "-models=" + t.TempDir()
	for name, test := range map[string]struct {
		args []string
		in   string
	}{
		"nothing":           {nil, ""},
		"an unknown verb":   {[]string{"paint"}, ""},
		"no detector":       {[]string{"models", models}, ""},
		"looking without":   {[]string{"look", models, "-width=64", "-height=32"}, ""},
		"an odd size":       {[]string{"look", "-none", "-width=60", "-height=32"}, ""},
		"no size":           {[]string{"look", "-none"}, ""},
		"a huge size":       {[]string{"look", "-none", "-width=99968", "-height=32"}, ""},
		"a step of none":    {[]string{"look", "-none", "-width=64", "-height=32", "-step=0"}, ""},
		"half a picture":    {[]string{"look", "-none", "-width=64", "-height=32"}, strings.Repeat("x", 100)},
		"no samples":        {[]string{"scene", "-none", "-width=64", "-height=32"}, ""},
		"samples of junk":   {[]string{"scene", "-none", "-width=64", "-height=32"}, "{]"},
		"samples too small": {[]string{"scene", "-none", "-width=64", "-height=32"}, strings.Repeat(`{"frame":1,"pix":"AAAA"}`, 20)},
	} {
		var out bytes.Buffer
		if err := run(test.args, strings.NewReader(test.in), &out); err == nil {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}
