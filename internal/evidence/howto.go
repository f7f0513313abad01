package evidence

import (
	"strings"

	"vidne.dk/vidne/internal/paper"
)

// Check is one thing to do by hand, and the commands that do it.
type check struct{ da, en, command string }

// checks are what anybody can do with sha256sum and OpenSSL, in the folder
// that the envelope was unpacked into, with afsender.pem: the sender's
// certificate, from elsewhere than the package.
func (p *making) checks() []check {
	list := []check{
		{"Er afsenderens certifikat det rigtige? Tallet skal være det, der står i brevet og på afsenderens hjemmeside.",
			"Is the sender's certificate the right one? The number must be the one in the letter and on the sender's site.",
			"openssl x509 -in afsender.pem -noout -fingerprint -sha256"},
		{"Er fortegnelsen (manifest.json) underskrevet med det certifikat og uændret?",
			"Is the manifest signed with that certificate, and unchanged?",
			"openssl cms -verify -binary -inform DER -in " + fileSignature + " -content " + fileManifest + " -CAfile afsender.pem -out /dev/null"},
		{"Er alle filer uændrede?", "Are all files unchanged?", "sha256sum -c " + fileSums},
		{"Er det de samme tal i fortegnelsen? Kommandoen skriver ingenting, når alle er der.",
			"Does the manifest name the same numbers? The command prints nothing if it names all.",
			"while read -r sum name; do case \"$name\" in " + fileManifest + "*) ;; *) grep -qF \"\\\"$sum\\\"\" " + fileManifest + " || echo \"$name\" ;; esac; done < " + fileSums},
	}
	if p.Stamps != nil {
		list = append(list, check{"Er fortegnelsen tidsstemplet? Svarede tjenesten ikke, mangler filen, og fortegnelsen siger det. tidsstempel-ca.pem er tidsstempeltjenestens certifikat.",
			"Is the manifest time-stamped? If the service did not answer, the file is missing and the manifest says so. tidsstempel-ca.pem is the time stamping service's certificate.",
			"openssl ts -verify -data " + fileManifest + " -in " + fileStamp + " -CAfile tidsstempel-ca.pem"})
	}
	return list
}

const checkNote = "Med vidne-verify kontrolleres også, at optagelserne står i optagerens log, og at huller og tider passer: " +
	"vidne-verify package --cert afsender.pem --key log-noegle.txt MAPPE\n" +
	"vidne-verify also checks that the footage stands in the recorder's log, and that gaps and times agree."

// commands is the same as howTo as plain text; lines that begin with "$ " are
// what is typed.
func (p *making) commands() string {
	var b strings.Builder
	b.WriteString("Sådan kontrolleres pakken / How to check the package " + p.o.ID + "\n\n")
	for _, c := range p.checks() {
		b.WriteString(c.da + "\n" + c.en + "\n$ " + c.command + "\n\n")
	}
	b.WriteString(checkNote + "\n")
	for _, l := range p.o.Logs {
		b.WriteString(l.Origin + ": " + l.Key + "\n")
	}
	return b.String()
}

func (p *making) howTo() *paper.Paper {
	var blocks []paper.Block
	for _, c := range p.checks() {
		blocks = append(blocks, paper.Paragraph{Text: c.da + "\n" + c.en}, paper.Paragraph{Text: c.command, Strong: true})
	}
	return p.sheet("Sådan kontrolleres pakken / How to check the package", nil, append(blocks, paper.Paragraph{Text: checkNote})...)
}
