// Command vidne-anonymise looks at raw pictures for Vidne's engine, behind its
// fence: it finds people, learns the empty scene, tells what moved, and checks
// finished copies. It decodes nothing, opens no file but the detector's own
// and no network; pictures come in on standard input and what it has to say
// goes out as JSON.
//
// It is the only program of Vidne's with C in it: ONNX Runtime, loaded when it
// runs. Without it, or built without cgo, it finds only what moves.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"vidne.dk/vidne/internal/anonymise"
)

// options are numbers and the installation's own folder; nothing of anybody's.
type options struct {
	models        string
	width, height int // of the pictures that come in
	gridW, gridH  int // of the footage's pictures
	step, samples int
	threads       int
	thorough      bool
	none          bool
}

// verbs are what it can do.
var verbs = map[string]func(options, io.Reader, io.Writer) error{
	"models": models,
	"look":   look,
	"scene":  scene,
	"differ": differ,
	"check":  check,
}

func main() {
	if err := run(os.Args[1:], bufio.NewReaderSize(os.Stdin, 1<<20), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "vidne-anonymise:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 || verbs[args[0]] == nil {
		return errors.New("usage: vidne-anonymise models|look|scene|differ|check [options]; it is started by the engine")
	}
	var o options
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.StringVar(&o.models, "models", "", "folder of the detector")
	f.IntVar(&o.width, "width", 0, "of the pictures that come in")
	f.IntVar(&o.height, "height", 0, "of the pictures that come in")
	f.IntVar(&o.gridW, "grid-width", 0, "of the footage's pictures")
	f.IntVar(&o.gridH, "grid-height", 0, "of the footage's pictures")
	f.IntVar(&o.step, "step", 5, "look for people in every so many pictures")
	f.IntVar(&o.samples, "samples", anonymise.Samples, "pictures that tell of the empty scene")
	f.IntVar(&o.threads, "threads", 2, "threads of the detector")
	f.BoolVar(&o.thorough, "thorough", false, "look with both detectors")
	f.BoolVar(&o.none, "none", false, "look with no detector")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	if o.step < 1 || o.samples < 1 || o.threads < 1 || o.width < 0 || o.height < 0 || o.width > 8192 || o.height > 8192 {
		return errors.New("a number is out of range")
	}
	w := bufio.NewWriter(out)
	if err := verbs[args[0]](o, in, w); err != nil {
		return err
	}
	return w.Flush()
}

// models tells what the detector is, and why there is none.
func models(o options, _ io.Reader, out io.Writer) error {
	d, err := newDetector(o)
	if err != nil {
		return err
	}
	defer d.close()
	return json.NewEncoder(out).Encode(d.sums())
}

func (o options) small() (*anonymise.Small, error) {
	if o.width < 32 || o.height < 32 || o.width%32+o.height%32 != 0 {
		return nil, fmt.Errorf("small pictures of %d × %d", o.width, o.height)
	}
	return anonymise.NewSmall(o.width, o.height), nil
}
