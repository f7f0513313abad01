package document_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"

	"vidne.dk/vidne/internal/document"
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/req"
)

func sniff(b []byte) (document.Found, error) {
	return document.Sniff(bytes.NewReader(b), int64(len(b)))
}

func TestSevenTypesAreKnownByContent(t *testing.T) {
	req.Shows(t, "CASE-10")
	for name, c := range map[string]struct {
		body   []byte
		want   document.Type
		placed bool
	}{
		"pdf":               {[]byte(pdf), document.PDF, false},
		"png":               {pngOf(t, 40, 30), document.PNG, false},
		"png with a place":  {pngWith(t, exif(binary.BigEndian, true)), document.PNG, true},
		"jpeg":              {jpegOf(t), document.JPEG, false},
		"jpeg with a place": {jpegWith(t, exif(binary.LittleEndian, true)), document.JPEG, true},
		"jpeg, MM":          {jpegWith(t, exif(binary.BigEndian, true)), document.JPEG, true},
		"jpeg, no place":    {jpegWith(t, exif(binary.LittleEndian, false)), document.JPEG, false},
		"two in one jpeg":   {slices.Concat(jpegOf(t), jpegOf(t)), document.JPEG, false},
		"docx":              {docx(t), document.DOCX, false},
		"xlsx":              {archive(t, types(sheet)), document.XLSX, false},
		"odt":               {archive(t, entry{"mimetype", odt}, entry{"META-INF/manifest.xml", "<m/>"}, entry{"Basic/script-lc.xml", "<x/>"}), document.ODT, false},
		"txt":               {[]byte("Rådhuset, æøå\r\n"), document.TXT, false},
		"txt with a mark":   {[]byte("\ufeffHej"), document.TXT, false},
		"long txt":          {[]byte(strings.Repeat("æ", 100_000) + "x"), document.TXT, false},
		"long txt, odd":     {[]byte("x" + strings.Repeat("€", 100_000)), document.TXT, false},
	} {
		if got, err := sniff(c.body); err != nil || got.Type != c.want || got.Placed != c.placed {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhatIsRefusedAndWhy(t *testing.T) {
	req.Shows(t, "CASE-10")
	locked := docx(t)
	locked[6] |= 1 // the local header's flag
	if i := bytes.Index(locked, []byte("PK\x01\x02")); i > 0 {
		locked[i+8] |= 1
	}
	huge := pngOf(t, 4, 4)
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	damaged := pngOf(t, 40, 30)
	damaged[len(damaged)-20] ^= 1
	tall := jpegOf(t)
	sof := bytes.Index(tall, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(tall[sof+5:], 65_000)
	ole := append([]byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}, make([]byte, 100_000)...)
	pass := slices.Clone(ole)
	for i, c := range []byte("EncryptedPackage") { // across two pieces
		pass[65_530+2*i] = c
	}
	for name, c := range map[string]struct {
		body []byte
		key  string
	}{
		"nothing":             {nil, "document.empty"},
		"a program":           {[]byte("\x7fELF\x02\x01\x01\x00"), "document.type"},
		"a script":            {[]byte("#!/bin/sh\n"), "document.type"},
		"latin-1":             {[]byte("R\xe5dhuset"), "document.type"},
		"half a character":    {[]byte("R\xc3"), "document.type"},
		"a page":              {[]byte("hej\n<ScRiPt>x</script>"), "document.double"},
		"a page further on":   {[]byte(strings.Repeat("x", 65_534) + "<html>"), "document.double"},
		"svg":                 {[]byte("<svg onload=x>"), "document.double"},
		"a pdf cut short":     {[]byte(pdf[:40]), "document.broken"},
		"a locked pdf":        {[]byte(strings.Replace(pdf, "/Root", "/Encrypt 3 0 R /Root", 1)), "document.password"},
		"a pdf that acts":     {[]byte(strings.Replace(pdf, "/Catalog", "/Catalog /OpenAction << /S /JavaScript >>", 1)), "document.active"},
		"a pdf and a page":    {[]byte("%PDF-1.4 <html>" + pdf), "document.double"},
		"a pdf and a zip":     {slices.Concat([]byte(pdf), docx(t), []byte("%%EOF")), "document.double"},
		"a png too large":     {huge, "document.picture"},
		"a damaged png":       {damaged, "document.broken"},
		"a png cut short":     {pngOf(t, 40, 30)[:60], "document.broken"},
		"a png and more":      {append(pngOf(t, 4, 4), "hej"...), "document.double"},
		"a jpeg too large":    {tall, "document.picture"},
		"a jpeg cut short":    {jpegOf(t)[:300], "document.broken"},
		"a jpeg and more":     {append(jpegOf(t), "hej"...), "document.double"},
		"a jpeg and a zip":    {slices.Concat(jpegOf(t), docx(t)), "document.double"},
		"an archive":          {archive(t, entry{"hej.txt", "hej"}), "document.type"},
		"an archive and more": {append(docx(t), "hej"...), "document.double"},
		"docm":                {archive(t, types("application/vnd.ms-word.document.macroEnabled.main+xml")), "document.macro"},
		"macros in docx":      {archive(t, types(word), entry{"word/vbaProject.bin", "x"}), "document.macro"},
		"macros in xlsx":      {archive(t, types(sheet), entry{"xl/macrosheets/sheet1.xml", "x"}), "document.macro"},
		"macros in odt":       {archive(t, entry{"mimetype", odt}, entry{"Basic/Standard/Module1.xml", "x"}), "document.macro"},
		"a locked odt":        {archive(t, entry{"mimetype", odt}, entry{"META-INF/manifest.xml", "<encryption-data/>"}), "document.password"},
		"a locked docx":       {locked, "document.password"},
		"docx behind a word":  {pass, "document.password"},
		"an old document":     {ole, "document.type"},
		"a bomb":              {archive(t, types(word), entry{"word/a.xml", strings.Repeat("0", 40<<20)}), "document.bomb"},
		"a way out":           {archive(t, types(word), entry{"../../x", "x"}), "document.broken"},
	} {
		_, err := sniff(c.body)
		if fault.Key(err) != c.key || !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
}

// TestAnArchiveThatLiesAboutItsSize: what it says it unpacks to is checked by
// unpacking.
func TestAnArchiveThatLiesAboutItsSize(t *testing.T) {
	b := archive(t, types(word), entry{"word/a.xml", strings.Repeat("0", 40<<20)})
	last := bytes.LastIndex(b, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(b[last+24:], 100)
	if _, err := sniff(b); !fault.Is(err, fault.Invalid) || fault.Key(err) == "document.type" {
		t.Errorf("%v", err)
	}
}

func TestErrorsOfTheDiskStayWhatTheyAre(t *testing.T) {
	bad := fault.New(fault.Unavailable, "disk.error", "gone")
	for _, b := range [][]byte{[]byte(pdf), pngOf(t, 400, 300), jpegOf(t), docx(t), bytes.Repeat([]byte("x"), 100_000)} {
		for after := range 6 {
			r := &failing{bytes.NewReader(b), after, bad}
			if _, err := document.Sniff(r, int64(len(b))); err != nil && !errors.Is(err, bad) && fault.Key(err) != "disk.error" {
				t.Errorf("%.8q after %d: %v", b, after, err)
			}
		}
	}
}

type failing struct {
	*bytes.Reader
	left int
	err  error
}

func (f *failing) ReadAt(p []byte, at int64) (int, error) {
	if f.left--; f.left < 0 {
		return 0, f.err
	}
	return f.Reader.ReadAt(p, at)
}

func FuzzSniff(f *testing.F) {
	for _, b := range [][]byte{
		[]byte(pdf), pngOf(f, 4, 4), pngWith(f, exif(binary.BigEndian, true)), jpegOf(f), jpegWith(f, exif(binary.LittleEndian, true)),
		docx(f), archive(f, entry{"mimetype", odt}), []byte("hej æøå"),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := sniff(b)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%v", err)
		}
		if err == nil && !slices.Contains(document.Types(), got.Type) {
			t.Fatalf("taken as %q", got.Type)
		}
	})
}

func FuzzSafeName(f *testing.F) {
	for _, s := range []string{"plan.pdf", `..\..\x.exe`, "a/b/c", "CON.pdf", "\u202egpj.exe", "", strings.Repeat("æ", 300), "a\x00b.PDF"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range document.Types() {
			got := document.SafeName(s, typ)
			if got == "" || len([]rune(got)) > 120 || strings.ContainsAny(got, "/\\\x00\"\r\n") || strings.HasPrefix(got, ".") {
				t.Fatalf("%q becomes %q", s, got)
			}
			if again := document.SafeName(got, typ); again != got {
				t.Fatalf("%q becomes %q, then %q", s, got, again)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Tegning, skolen.PDF":    "Tegning, skolen.PDF",
		`C:\Users\bo\plan.pdf`:   "plan.pdf",
		"../../etc/passwd":       "passwd.pdf",
		"regning.pdf.exe":        "regning.pdf.exe.pdf",
		"\u202efdp.exe":          "fdp.exe.pdf",
		"  høring \t svar  .pdf": "høring svar.pdf",
		"con.pdf":                "fil-con.pdf",
		"":                       "bilag.pdf",
		strings.Repeat("a", 500): strings.Repeat("a", 112) + ".pdf",
	} {
		if got := document.SafeName(in, document.PDF); !strings.EqualFold(got, want) {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := document.SafeName("billede.jpeg", document.JPEG); got != "billede.jpeg" {
		t.Errorf("%q", got)
	}
}
