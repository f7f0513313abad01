package paper

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func sampleSign() *Sign {
	return &Sign{Lang: "da", Title: "Videoovervågning", Also: "Video surveillance", Scan: "Scan koden, eller gå til", Link: "https://vidne.lindeby.dk/s/k7rm4qxd", Short: "vidne.lindeby.dk/s/k7rm4qxd",
		Facts: []Fact{{"Dataansvarlig", "Lindeby Kommune, 99 99 99 99, post@lindeby.dk"}, {"Formål", "At forebygge og opklare kriminalitet, for eksempel hærværk og indbrud"},
			{"Slettes automatisk senest efter", "14 dage"}, {"Dine rettigheder", "Du har blandt andet ret til indsigt og til at klage til Datatilsynet. Læs mere via koden."}},
		Made: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
}

// A sign of each size is printed, rendered as a printer does, and read by a
// reader of codes: it leads to the page, and its words are words.
func TestASignIsReadByAPhone(t *testing.T) {
	req.Shows(t, "INFO-1")
	for name, format := range map[string]Format{"a4": A4, "a3": A3, "sticker": Sticker} {
		t.Run(name, func(t *testing.T) {
			s := sampleSign()
			var b, again bytes.Buffer
			for _, w := range []*bytes.Buffer{&b, &again} {
				if err := s.PDF(w, format, fonts(t)); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(b.Bytes(), again.Bytes()) {
				t.Error("the same sign is made differently")
			}
			file := filepath.Join(t.TempDir(), "sign")
			if dir := os.Getenv("VIDNE_SIGNS"); dir != "" {
				file = filepath.Join(dir, name)
			}
			if err := os.WriteFile(file+".pdf", b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			run := func(tool string, args ...string) string {
				out, err := exec.CommandContext(t.Context(), tool, args...).Output()
				if err != nil {
					t.Fatalf("%s: %v", tool, err)
				}
				return string(out)
			}
			run("pdftoppm", "-r", "100", "-png", "-singlefile", file+".pdf", file)
			if got := strings.TrimSpace(run("zbarimg", "--quiet", "--raw", file+".png")); got != s.Link {
				t.Errorf("the code reads %q, want %q", got, s.Link)
			}
			text := run("pdftotext", "-layout", file+".pdf", "-")
			for _, want := range []string{s.Title, s.Also, s.Short, "Lindeby Kommune", "hærværk"} {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in the text: %s", want, text)
				}
			}
		})
	}
	if err := (&Sign{Link: strings.Repeat("x", 5000)}).PDF(&bytes.Buffer{}, A4, fonts(t)); fault.Key(err) != "paper.link" {
		t.Errorf("a link that no code holds: %v", err)
	}
}
