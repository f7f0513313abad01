package paper

import (
	"bufio"
	"io"
	"strings"

	"vidne.dk/vidne/internal/fault"
)

// Text writes the paper as plain text, to be copied field by field into a form
// that somebody else keeps. Pictures are what they show.
func (p *Paper) Text(to io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	w := bufio.NewWriter(to)
	line := func(parts ...string) {
		for _, s := range parts {
			w.WriteString(s) //nolint:errcheck // Flush says
		}
		w.WriteByte('\n') //nolint:errcheck // Flush says
	}
	facts := func(list []Fact) {
		for _, f := range list {
			line(f.Term, ":")
			line(f.Text)
			line()
		}
	}
	line(p.Title)
	line(strings.Repeat("=", len([]rune(p.Title))))
	line()
	facts(p.Facts)
	for _, b := range p.Blocks {
		switch b := b.(type) {
		case Heading:
			line(b.Text)
			line(strings.Repeat("-", len([]rune(b.Text))))
		case Paragraph:
			line(b.Text)
			line()
		case List:
			for _, s := range b.Items {
				line("- ", s)
			}
			line()
		case Facts:
			facts(b)
		case Table:
			for _, r := range b.Rows {
				for i, s := range r {
					if i < len(b.Columns) && s != "" {
						line(b.Columns[i], ": ", s)
					}
				}
				line()
			}
		case Picture:
			line(b.Text)
			line()
		}
	}
	line(p.Source, ", ", p.MadeText)
	return fault.As(fault.Unavailable, "paper.write", w.Flush())
}
