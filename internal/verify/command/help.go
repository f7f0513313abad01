package command

const helpDanish = `%[1]s kontrollerer, at det, Vidne har gemt og udleveret, er uændret.
Programmet bruger hverken netværk eller database.

Brug:
  %[1]s log --key NØGLE [--old KONTROLPUNKT ...] FIL ...
      Udtræk af en log (.vidnelog). Med --old sammenlignes med et kontrolpunkt,
      der er opbevaret andetsteds: er loggen skrevet om eller sat tilbage?
  %[1]s extract --key NØGLE FIL ...
      Udtræk af loggen over, hvem der har set hvad (.zip): at alle filer i det er,
      som da det blev lavet, og at hver indførsel står i loggen.
  %[1]s draw --key NØGLE FIL ...
      Hele udtræk af en log (.vidnelog): stikprøverne i den trækkes igen, og der
      sammenlignes med dem, der blev trukket.
  %[1]s proof --key NØGLE [--old KONTROLPUNKT] FIL ...
      Bevis for, at en log fortsætter en ældre udgave af sig selv (.vidneproof).
  %[1]s segment [--log UDTRÆK --key NØGLE] FIL ...
      Optagelser (.vseg): at filen stemmer med sig selv, og med --log at det er
      den fil, loggen nævner.
  %[1]s package --cert CERTIFIKAT --key NØGLE [--tsa CERTIFIKAT] [--journal NR]
                [--passphrase-file FIL] [--html|--pdf] MAPPE|ZIP ...
      Bevispakker: underskrift, alle filer, optagerens log, huller og tider. En
      udpakket mappe, eller zip-filen med kodeordet i en fil.
  %[1]s statement --key NØGLE FIL ...
      Underskrevne udsagn, såsom en optagetilladelse.

Valg:
  --key NØGLE    offentlig nøgle, eller en fil med en nøgle på hver linje;
                 kan gives flere gange. Få nøglen et andet sted fra end filen.
  --cert FIL     afsenderens certifikat, fået et andet sted fra end pakken
  --tsa FIL      tidsstempeltjenestens certifikat
  --html, --pdf  rapport til retten, som side eller PDF; --json til maskiner
  --lang da|en   sprog
  --json         svar som JSON, en linje for hver fil

Slutkode: 0 i orden, 1 fejl fundet, 2 noget kunne ikke læses.
`

const helpEnglish = `%[1]s checks that what Vidne has kept and handed out is unchanged.
It uses no network and no database.

Usage:
  %[1]s log --key KEY [--old CHECKPOINT ...] FILE ...
      Extract of a log (.vidnelog). --old compares with a checkpoint that was
      kept elsewhere: was the log rewritten or set back?
  %[1]s extract --key KEY FILE ...
      Extract of the log of who looked (.zip): that all files in it are as they were
      made, and that each entry stands in the log.
  %[1]s draw --key KEY FILE ...
      Whole extracts of a log (.vidnelog): the samples of its review are drawn again
      and compared with those that were drawn.
  %[1]s proof --key KEY [--old CHECKPOINT] FILE ...
      Proof that a log continues an older state of itself (.vidneproof).
  %[1]s segment [--log EXTRACT --key KEY] FILE ...
      Footage (.vseg): that the file agrees with itself and, with --log, that it
      is the file that the log names.
  %[1]s package --cert CERTIFICATE --key KEY [--tsa CERTIFICATE] [--journal NO]
                [--passphrase-file FILE] [--html|--pdf] FOLDER|ZIP ...
      Evidence packages: signature, every file, the recorder's log, gaps and times.
      An unpacked folder, or the zip file with the passphrase in a file.
  %[1]s statement --key KEY FILE ...
      Signed statements, such as a recording permit.

Options:
  --key KEY      public key, or a file with a key on each line; may be repeated.
                 Get the key from elsewhere than the file.
  --cert FILE    the sender's certificate, got from elsewhere than the package
  --tsa FILE     the time stamping service's certificate
  --html, --pdf  report for the court, as a page or PDF; --json for machines
  --lang da|en   language
  --json         answer as JSON, a line for each file

Exit code: 0 good, 1 faults found, 2 something could not be read.
`
