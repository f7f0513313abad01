// Package command is the command line of the verifier, which `vidne-verify`
// and `vidne verify` share: files and keys in, sentences in Danish or English
// (or JSON) out, and an exit code that a script can act on.
//
// It reads files and writes to what it was given, and does nothing else: no
// network, no configuration, no temporary files.
package command

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/verify"
)

// Exit codes.
const (
	Good       = 0 // everything given is as it should be
	Faulty     = 1 // something was found wrong
	Unreadable = 2 // nothing found wrong, but something could not be checked
)

// Main runs the command line and returns the exit code. name is the program
// as the user called it.
func Main(name string, args []string, stdout, stderr io.Writer) int {
	r := &run{out: stdout, err: stderr, lang: verify.Danish}
	var keys, old list
	var log, lang string
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Var(&keys, "key", "")
	flags.Var(&old, "old", "")
	flags.StringVar(&log, "log", "", "")
	flags.StringVar(&lang, "lang", "da", "")
	var packs packageWords
	flags.Var(&packs.certs, "cert", "")
	flags.Var(&packs.stamps, "tsa", "")
	flags.StringVar(&packs.pass, "passphrase-file", "", "")
	flags.StringVar(&packs.journal, "journal", "", "")
	flags.BoolVar(&packs.html, "html", false, "")
	flags.BoolVar(&packs.pdf, "pdf", false, "")
	flags.BoolVar(&r.json, "json", false, "")
	words, err := interleaved(flags, args)
	if lang == "en" {
		r.lang = verify.English
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(stdout, r.say(helpDanish, helpEnglish), name)
		return Good
	case err != nil:
		return r.usage(err.Error())
	case lang != "da" && lang != "en":
		return r.usage("--lang " + lang)
	case len(words) == 0:
		return r.usage(r.say("der står ikke, hvad der skal kontrolleres", "what is to be checked is missing"))
	case len(words) == 1:
		return r.usage(r.say("der mangler en fil", "a file is missing"))
	}
	what, files := words[0], words[1:]
	switch {
	case what == "package" && len(old) == 0 && log == "" && len(packs.certs) > 0:
		r.packages(files, keys, &packs)
	case what == "package" && len(packs.certs) == 0:
		return r.usage(r.say("--cert mangler", "--cert is missing"))
	case what == "package", packs.given():
		return r.usage(r.say("valgene hører ikke til ", "these options do not belong to ") + what)
	case what == "segment" && len(old) == 0:
		r.segment(files, log, keys)
	case what != "segment" && log != "", what == "segment", (what == "statement" || what == "extract" || what == "draw") && len(old) > 0, what == "proof" && len(old) > 1:
		return r.usage(r.say("valgene hører ikke til ", "these options do not belong to ") + what)
	case len(keys) == 0 && (what == "log" || what == "proof" || what == "statement" || what == "extract" || what == "draw"):
		return r.usage(r.say("--key mangler", "--key is missing"))
	case what == "log":
		r.log(files, keys, old)
	case what == "proof":
		r.proof(files, keys, old)
	case what == "statement":
		r.statement(files, keys)
	case what == "extract":
		r.handed(files, keys)
	case what == "draw":
		r.draws(files, keys)
	default:
		return r.usage(what)
	}
	return r.code()
}

// list is an option that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// interleaved parses options before, between and after the words.
func interleaved(flags *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return words, nil
		}
		words = append(words, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

type run struct {
	out, err io.Writer
	lang     verify.Lang
	json     bool
	faulty   bool
	unread   bool
}

func (r *run) say(da, en string) string {
	if r.lang == verify.English {
		return en
	}
	return da
}

func (r *run) code() int {
	switch {
	case r.faulty:
		return Faulty
	case r.unread:
		return Unreadable
	}
	return Good
}

func (r *run) usage(why string) int {
	fmt.Fprintf(r.err, r.say("Kommandoen kan ikke forstås: %s\nSkriv --help for hjælp.\n", "The command cannot be understood: %s\nSee --help.\n"), why)
	return Unreadable
}

// cannot tells why something was not checked.
func (r *run) cannot(file string, err error) {
	r.unread = true
	text := r.say("kan ikke læses", "cannot be read")
	switch fault.Key(err) {
	case "verify.kind":
		text = r.say("er ikke en fil af den slags, eller den er fra en nyere udgave", "is not a file of that kind, or is from a newer release")
	case "verify.key":
		text = r.say("er ikke en offentlig nøgle af den slags", "is not a public key of that kind")
	}
	if r.json {
		r.line(struct {
			File  string `json:"file"`
			Error string `json:"error"`
		}{file, err.Error()})
		return
	}
	fmt.Fprintf(r.err, "%s: %s (%v)\n", file, text, err)
}

func (r *run) line(v any) {
	e := json.NewEncoder(r.out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		r.unread = true
	}
}

// tell writes a report.
func (r *run) tell(file string, report *verify.Report) {
	r.faulty = r.faulty || !report.OK()
	if r.json {
		r.line(struct {
			File   string         `json:"file"`
			Report *verify.Report `json:"report"`
		}{file, report})
		return
	}
	fmt.Fprintf(r.out, "%s:\n", file)
	if err := report.Text(r.out, r.lang); err != nil {
		r.unread = true
	}
}

func (r *run) log(files, keys, old []string) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return
	}
	var notes [][]byte
	for _, name := range old {
		b, err := small(name)
		if err != nil {
			r.cannot(name, err)
			return
		}
		notes = append(notes, b)
	}
	r.each(files, func(f *os.File) (*verify.Report, error) {
		return verify.Extract(f, ks, verify.ExtractOptions{Old: notes})
	})
}

func (r *run) proof(files, keys, old []string) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return
	}
	var note []byte
	if len(old) > 0 {
		var err error
		if note, err = small(old[0]); err != nil {
			r.cannot(old[0], err)
			return
		}
	}
	r.each(files, func(f *os.File) (*verify.Report, error) { return verify.Consistency(f, ks, note) })
}

func (r *run) statement(files, keys []string) {
	ks, ok := collect(r, keys, verify.ParseStatementKey)
	if !ok {
		return
	}
	r.each(files, func(f *os.File) (*verify.Report, error) { return verify.Statement(f, ks) })
}

// handed checks extracts of the log as they are handed out: zip files.
func (r *run) handed(files, keys []string) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return
	}
	r.each(files, func(f *os.File) (*verify.Report, error) {
		info, err := f.Stat()
		if err != nil {
			return nil, fault.As(fault.Unavailable, "verify.read", err)
		}
		return verify.Handed(f, info.Size(), ks)
	})
}

// draws draws the samples of the log's review again, from whole extracts of the
// ledger.
func (r *run) draws(files, keys []string) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return
	}
	r.each(files, func(f *os.File) (*verify.Report, error) { return verify.Draws(f, ks) })
}

func (r *run) segment(files []string, log string, keys []string) {
	var lookup func(string) (verify.Sealed, bool)
	if log != "" {
		sealed, ok := r.sealed(log, keys)
		if !ok {
			return
		}
		lookup = func(id string) (verify.Sealed, bool) {
			s, ok := sealed[id]
			return s, ok
		}
	}
	r.each(files, func(f *os.File) (*verify.Report, error) {
		info, err := f.Stat()
		if err != nil {
			return nil, fault.As(fault.Unavailable, "verify.read", err)
		}
		if !info.Mode().IsRegular() {
			return nil, fault.New(fault.Unavailable, "verify.read", "not a file")
		}
		return verify.Segment(f, info.Size(), filepath.Base(f.Name()), lookup)
	})
}

// sealed reads what an extract of a log says of segments. The extract must be
// good itself.
func (r *run) sealed(log string, keys []string) (map[string]verify.Sealed, bool) {
	ks, ok := logKeys(r, keys)
	if !ok {
		return nil, false
	}
	out := map[string]verify.Sealed{}
	good := false
	r.each([]string{log}, func(f *os.File) (*verify.Report, error) {
		report, err := verify.Extract(f, ks, verify.ExtractOptions{Visit: func(e verify.Entry) {
			if e.Kind != "segment.sealed" && e.Kind != "segment.adopted" {
				return
			}
			var s verify.Sealed
			if json.Unmarshal(e.Body, &s) == nil {
				out[s.Segment] = s
			}
		}})
		good = err == nil && report.OK()
		return report, err
	})
	return out, good
}

func (r *run) each(files []string, check func(*os.File) (*verify.Report, error)) {
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			r.cannot(name, err)
			continue
		}
		report, err := check(f)
		_ = f.Close() // was only read
		if err != nil {
			r.cannot(name, err)
			continue
		}
		r.tell(name, report)
	}
}

func logKeys(r *run, given []string) ([]verify.Key, bool) {
	if len(given) == 0 {
		r.usage(r.say("--key mangler", "--key is missing"))
		r.unread = true
		return nil, false
	}
	return collect(r, given, verify.ParseKey)
}

// collect reads keys given as such or as files with one on each line.
func collect[K any](r *run, given []string, parse func(string) (K, error)) ([]K, bool) {
	var out []K
	for _, g := range given {
		if k, err := parse(g); err == nil {
			out = append(out, k)
			continue
		} else if b, ferr := small(g); ferr != nil {
			if errors.Is(ferr, os.ErrNotExist) {
				ferr = err // neither a key nor a file: more likely meant as a key
			}
			r.cannot(g, ferr)
			return nil, false
		} else {
			for line := range strings.Lines(string(b)) {
				line = strings.TrimSpace(line)
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				k, err := parse(line)
				if err != nil {
					r.cannot(g, err)
					return nil, false
				}
				out = append(out, k)
			}
		}
	}
	return out, true
}

// small reads a file of at most 1 MB.
func small(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	const limit = 1 << 20
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && len(b) > limit {
		err = fault.New(fault.Invalid, "verify.read", "more than %d bytes", limit)
	}
	return b, err
}
