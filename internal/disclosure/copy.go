package disclosure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vidne.dk/vidne/internal/clock"
	"vidne.dk/vidne/internal/durable"
	"vidne.dk/vidne/internal/envelope"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
)

// Files of a package with an anonymised copy, and in it.
const (
	copyFilm = "kopi.mp4"
	copySums = "4-KONTROL/SHA256SUMS" // as the opener page compares them
)

// sealCopy puts an anonymised copy into an envelope of its own, with a letter and
// the page that opens it beside: no originals, no proofs and no names of others.
// Whatever fails, nothing stays that looks like a package.
func (r *Room) sealCopy(ctx context.Context, d Disclosure, p Package, counted *progress) (phrase envelope.Passphrase, err error) {
	if r.c.Copies == nil {
		return phrase, fault.New(fault.Unavailable, "disclosure.copies", "there are no anonymised copies")
	}
	if phrase, err = envelope.NewPassphrase(); err != nil {
		return phrase, err
	}
	work := p.ID + ".unfinished" // swept as any package's
	if err := r.disk().MkdirAll(r.dir(work), 0o700); err != nil {
		return phrase, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.remove(work))
		}
	}()
	if err := r.sealFilm(ctx, d, p, filepath.Join(r.dir(work), "KOPI-"+p.ID+".zip"), phrase, counted); err != nil {
		return phrase, err
	}
	var letter bytes.Buffer
	if err := r.copyLetter(d, p).PDF(&letter, r.c.Packages.Maker.Fonts); err != nil {
		return phrase, err
	}
	for name, b := range map[string][]byte{"LAES-FOERST.pdf": letter.Bytes(), "AABN-BEVIS.html": r.c.Packages.Maker.Opener} {
		if b == nil {
			continue
		}
		if err := durable.WriteFile(r.disk(), filepath.Join(r.dir(work), name), b, 0o600); err != nil {
			return phrase, err
		}
	}
	if err := r.disk().SyncDir(r.dir(work)); err != nil {
		return phrase, err
	}
	if err := r.disk().Rename(r.dir(work), r.dir(p.ID)); err != nil {
		return phrase, err
	}
	return phrase, r.disk().SyncDir(r.c.Packages.Maker.Dir)
}

func (r *Room) sealFilm(ctx context.Context, d Disclosure, p Package, name string, phrase envelope.Passphrase, counted *progress) error {
	f, err := r.disk().OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	env := envelope.New(f, phrase, p.Made.In(clock.Denmark()))
	counted.part.Store(1)
	film, err := env.Add(copyFilm, func(w io.Writer) error {
		return r.c.Copies.Film(ctx, d.Controller, d.Copy, &counter{w, counted, r.c.Packages.Largest})
	})
	if err == nil {
		_, err = env.Add(copySums, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s  %s\n", film.SHA256, film.Name)
			return err
		})
	}
	if err == nil {
		err = env.Close()
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// copyLetter is what lies beside the envelope and is printed.
func (r *Room) copyLetter(d Disclosure, p Package) *paper.Paper {
	t := func(key string, args ...any) string { return r.both("disclosure.copyletter."+key, args...) }
	when := func(x Draft) string {
		const form = "02.01.2006 15.04.05"
		return x.From.In(clock.Denmark()).Format(form) + " - " + x.To.In(clock.Denmark()).Format(form)
	}
	return &paper.Paper{Lang: "da", Title: t("title"), Source: r.c.Packages.Sender.Controller + ", " + p.ID, Made: p.Made, MadeText: p.Made.In(clock.Denmark()).Format("02.01.2006 15.04"), PageText: "Side {0} af {1}",
		Facts:  []paper.Fact{{Term: t("from"), Text: r.c.Packages.Sender.Controller + ", CVR " + r.c.Packages.Sender.CVR}, {Term: t("to"), Text: d.Recipient.line()}, {Term: t("what"), Text: when(d.Draft)}, {Term: t("ground"), Text: d.Kind.Cites()}},
		Blocks: []paper.Block{paper.List{Numbered: true, Items: []string{t("1"), t("2"), t("3")}}}}
}
