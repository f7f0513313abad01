package evidence

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/paper"
)

const wallForm = "02.01.2006 15.04.05 -07:00"

func (p *making) wall(t time.Time) string { return t.In(p.o.Zone).Format(wallForm) }

// wallOf is a moment of the manifest as papers show it.
func (p *making) wallOf(m moment) string {
	t, err := time.Parse(localForm, m.Local)
	if err != nil {
		return m.UTC
	}
	return p.wall(t)
}

func (p *making) sheet(title string, facts []paper.Fact, blocks ...paper.Block) *paper.Paper {
	return &paper.Paper{
		Lang: "da", Title: title, Facts: append([]paper.Fact{{Term: "Pakke / Package", Text: p.o.ID}}, facts...), Blocks: blocks,
		Source: p.o.Controller.Controller + ", bevispakke " + p.o.ID, Made: p.made, MadeText: p.wall(p.made), PageText: "Side {0} af {1}",
	}
}

// papers writes the third part.
func (p *making) papers() error {
	for _, f := range []struct {
		name  string
		sheet *paper.Paper
	}{{"foelgebrev", p.cover()}, {"tidskontrol", p.times()}, {"haendelser", p.custody()}} {
		err := p.add(rolePaper, "3-PAPIRER/"+f.name+".pdf", func(w io.Writer) error { return f.sheet.PDF(w, p.Fonts) })
		if err != nil {
			return err
		}
	}
	table, err := p.custodyTable()
	if err != nil {
		return err
	}
	return p.bytes(rolePaper, "3-PAPIRER/haendelser.csv", table)
}

// letter is what lies beside the envelope and is printed: no pictures and no
// names of people who were filmed.
func (p *making) letter() *paper.Paper {
	return p.sheet("Læs først: sådan åbner du bevispakken", []paper.Fact{
		{Term: "Fra / From", Text: fmt.Sprintf("%s, CVR %s", p.o.Controller.Controller, p.o.Controller.CVR)},
		{Term: "Journalnr.", Text: orNone(strings.Join(p.o.Journals, ", "))},
		{Term: "Fil / File", Text: envelopeName(p.o.ID)},
		{Term: "SHA-256", Text: spaced(p.out.SHA256)},
		{Term: "Certifikat / Certificate SHA-256", Text: p.Signer.Fingerprint()},
	},
		paper.List{Numbered: true, Items: []string{
			"Kodeordet får du ad en anden vej end pakken. Det er 24 tegn i grupper på fire.",
			"Dobbeltklik på AABN-BEVIS.html, vælg zip-filen, og skriv kodeordet. Siden virker uden internet og sender intet.",
			"Virker siden ikke hos jer, så åbn zip-filen i 7-Zip med kodeordet, med store bogstaver og bindestreger. Windows Stifinder kan ikke åbne den.",
			"Film i 1-SE-HER er kopier til at se. Beviset er originalerne i 2-ORIGINAL; giv dem videre uændret.",
			"Kontrollér filen: skriv certutil -hashfile " + envelopeName(p.o.ID) + " SHA256 i en kommandoprompt. Svaret skal være tallet ovenfor. Mere i 4-KONTROL.",
			"Hold certifikatets tal op mod det, der står på afsenderens hjemmeside, eller ring og spørg.",
		}},
		paper.Heading{Level: 2, Text: "Read first: how to open the package"},
		paper.List{Numbered: true, Items: []string{
			"You get the passphrase by another way than the package: 24 characters in groups of four.",
			"Double-click AABN-BEVIS.html, choose the zip file, type the passphrase. The page works offline and sends nothing.",
			"If the page does not work, open the zip file in 7-Zip with the passphrase in capitals with dashes. Windows Explorer cannot open it.",
			"Films in 1-SE-HER are copies for viewing. The evidence is the originals in 2-ORIGINAL; pass them on unchanged.",
			"Compare the file's SHA-256 and the certificate's fingerprint above with what you were told by another way. More in 4-KONTROL.",
		}},
	)
}

// receipt is for whoever takes the package: it names the envelope by its hash,
// so it lies beside it and not in it.
func (p *making) receipt() *paper.Paper {
	blank := strings.Repeat("\u00a0\n", 2) + "\u00a0"
	return p.sheet("Kvittering for bevispakke / Receipt for an evidence package", []paper.Fact{
		{Term: "Fra / From", Text: fmt.Sprintf("%s, CVR %s", p.o.Controller.Controller, p.o.Controller.CVR)},
		{Term: "Til / To", Text: orNone(strings.Join(nonEmpty(p.o.Requester.Name, p.o.Requester.Station, p.o.Requester.Authority), ", "))},
		{Term: "Journalnr.", Text: orNone(strings.Join(p.o.Journals, ", "))},
		{Term: "Fil / File", Text: fmt.Sprintf("%s, %d bytes", envelopeName(p.o.ID), p.out.Size)},
		{Term: "SHA-256", Text: spaced(p.out.SHA256)},
		{Term: "Kameraer / Cameras", Text: fmt.Sprint(len(p.o.Originals))},
	},
		paper.Paragraph{Text: "Jeg har i dag modtaget filen ovenfor. Kodeordet får jeg ad en anden vej.\nI have today received the file above. I get the passphrase by another way."},
		paper.Table{Columns: []string{"Modtager / Received by", ""}, Widths: []float64{2, 3}, Rows: [][]string{
			{"Navn, tjenestenr. / Name, number", blank},
			{"Myndighed, sted / Authority, place", blank},
			{"Medie (usb-nøgle, upload, disk) / Medium", blank},
			{"Dato og tid / Date and time", blank},
			{"Underskrift / Signature", blank},
			{"Udleveret af / Handed over by", blank},
		}},
		paper.Paragraph{Text: "Afsenderen gemmer kvitteringen. / The sender keeps the receipt.", Quiet: true},
	)
}

func orNone(s string) string {
	if s == "" {
		return "ingen / none"
	}
	return s
}

// spaced parts a long number so that it can be compared by eye.
func spaced(s string) string {
	var out []string
	for ; len(s) > 8; s = s[8:] {
		out = append(out, s[:8])
	}
	return strings.Join(append(out, s), " ")
}

// cover says what is handed over, to whom, on which ground, and what is not
// there.
func (p *making) cover() *paper.Paper {
	facts := []paper.Fact{
		{Term: "Fra / From", Text: fmt.Sprintf("%s, CVR %s", p.o.Controller.Controller, p.o.Controller.CVR)},
		{Term: "Journalnr.", Text: orNone(strings.Join(p.o.Journals, ", "))},
		{Term: "Til / To", Text: strings.Join(nonEmpty(p.o.Requester.Name, p.o.Requester.Station, p.o.Requester.Authority), ", ")},
		{Term: "Grundlag / Ground", Text: p.o.Requester.Ground},
		{Term: "Lavet / Made", Text: p.wall(p.made) + ", " + p.o.Software},
		{Term: "Vores kopi slettes / Our copy is deleted", Text: p.wall(p.o.KeptUntil)},
	}
	var films, gaps, approvals [][]string
	for _, f := range p.m.Originals {
		film, file := fmt.Sprintf("%s %d×%d\n%d billeder", f.Codec, f.Width, f.Height, f.Pictures), f.File
		if f.File == "" {
			film, file = "ingen original / no original", strings.Join(f.Copies, "\n")
		}
		films = append(films, []string{f.Camera.Name + "\n" + f.Camera.Address, p.wallOf(f.Given.From) + "\n" + p.wallOf(f.Given.To),
			film, f.Camera.Basis + "\nMaskering: " + maskWords(f.Mask), file})
		for _, g := range f.Gaps {
			gaps = append(gaps, []string{f.Camera.Name, p.wallOf(g.From), p.wallOf(g.To), causeWords(g.Cause)})
		}
	}
	for _, a := range p.o.Approvals {
		approvals = append(approvals, []string{a.What, a.By, p.wall(a.At)})
	}
	if len(gaps) == 0 {
		gaps = [][]string{{"ingen / none"}}
	}
	return p.sheet("Følgebrev til bevispakke", facts,
		paper.Table{Caption: "Optagelser / Footage", Columns: []string{"Kamera / Camera", "Fra, til / From, to", "Film", "Lovgrundlag / Basis", "Fil / File"}, Widths: []float64{3, 3, 2, 3, 3}, Rows: films},
		paper.Table{Caption: "Det, der mangler / What is missing", Columns: []string{"Kamera / Camera", "Fra / From", "Til / To", "Årsag / Cause"}, Widths: []float64{3, 3, 3, 5}, Rows: gaps},
		paper.Table{Caption: "Beslutninger / Decisions", Columns: []string{"Hvad / What", "Hvem / Who", "Hvornår / When"}, Rows: approvals},
		paper.Paragraph{Text: "Originalerne er billedernes data, præcis som kameraet sendte dem; kun filformatet omkring dem er skrevet på ny. Tider er efter optagerens ur; kameraets afvigelse står i tidskontrol.pdf.\nThe originals are the pictures' bytes as the camera sent them; only the container was written anew. Times are the recorder's.", Quiet: true},
	)
}

func nonEmpty(list ...string) (out []string) {
	for _, s := range list {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// times says how true the times are.
func (p *making) times() *paper.Paper {
	var blocks []paper.Block
	for i := range p.o.Originals {
		a := &p.o.Originals[i]
		blocks = append(blocks, paper.Heading{Level: 2, Text: a.Camera.Name},
			paper.Facts{{Term: "Optagerens ur / Recorder's clock", Text: orNone(a.Clock.Server)}, {Term: "Kontrolleret / Checked", Text: orNone(a.Clock.Checked)}})
		var rows [][]string
		for _, c := range a.Clock.Offsets {
			rows = append(rows, []string{p.wall(c.At), fmt.Sprintf("%+.3f s", c.Offset.Seconds())})
		}
		if rows == nil {
			rows = [][]string{{"ikke målt / not measured"}}
		}
		blocks = append(blocks, paper.Table{Caption: "Kameraets ur i forhold til optagerens / Camera's clock against the recorder's",
			Columns: []string{"Målt / Measured", "Forskel / Difference"}, Rows: rows})
	}
	return p.sheet("Tidskontrol / Check of the clocks", nil, blocks...)
}

// custody is the way from the camera to the hand-over.
func (p *making) custody() *paper.Paper {
	var rows [][]string
	for _, e := range p.o.Events {
		rows = append(rows, []string{p.wall(e.At), e.Who, e.What, p.entry(e)})
	}
	if rows == nil {
		rows = [][]string{{"ingen / none"}}
	}
	return p.sheet("Hændelser: fra kamera til udlevering / Chain of custody", nil,
		paper.Table{Columns: []string{"Tid / Time", "Hvem / Who", "Hvad / What", "Log"}, Widths: []float64{3, 3, 5, 3}, Rows: rows})
}

func (p *making) entry(e Event) string {
	if e.Log == "" {
		return ""
	}
	return fmt.Sprintf("%s nr. %d", e.Log, e.Index)
}

func (p *making) custodyTable() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"utc", "local", "who", "what", "log", "index"}}
	for _, e := range p.o.Events {
		m, index := at(e.At, p.o.Zone), ""
		if e.Log != "" {
			index = fmt.Sprint(e.Index)
		}
		rows = append(rows, []string{m.UTC, m.Local, e.Who, e.What, e.Log, index})
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fault.As(fault.Internal, "evidence.csv", err)
	}
	return b.Bytes(), nil
}
