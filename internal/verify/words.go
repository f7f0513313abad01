package verify

import "fmt"

// Lang is a language of reports.
type Lang string

// The languages.
const (
	Danish  Lang = "da"
	English Lang = "en"
)

// Words is the item as a sentence.
func (i Item) Words(lang Lang) string {
	da, en := sentence(i.Key)
	text := da
	if lang == English {
		text = en
	}
	if text == "" {
		return i.Key
	}
	return fmt.Sprintf(text, i.Args...)
}

// sentence is the wording of a key. Both languages take the same values in the
// same order.
func sentence(key string) (da, en string) {
	if da, en := packageSentence(key); da != "" {
		return da, en
	}
	switch key {
	case "verdict.good":
		return "I ORDEN: intet er ændret.", "GOOD: nothing has been changed."
	case "verdict.bad":
		return "FEJL: filen er ikke, som den skal være.", "FAULTY: the file is not as it should be."

	case "file.form":
		return "Filen følger ikke formatet omkring linje %d.", "The file does not keep to its format near line %d."
	case "file.sum":
		return "Filens egen kontrolsum i sidste linje passer ikke, eller der står noget efter den.", "The file's own checksum in its last line is wrong, or something follows it."

	case "checkpoint.signed":
		return "Underskrevet af %s: loggen havde %d indførsler den %s.", "Signed by %s: the log had %d entries on %s."
	case "checkpoint.others":
		return "%d underskrift(er) af nøgler, som ikke er oplyst her, er ikke kontrolleret.", "%d signature(s) by keys that were not given here were not checked."
	case "checkpoint.form":
		return "Kontrolpunktet er ikke skrevet, som det skal være.", "The checkpoint is not written as it must be."
	case "checkpoint.signature":
		return "Underskriften af %s er falsk eller beskadiget.", "The signature of %s is forged or damaged."
	case "checkpoint.unsigned":
		return "Ingen af de oplyste nøgler har underskrevet kontrolpunktet for %s.", "None of the given keys has signed the checkpoint of %s."

	case "extract.entries":
		return "%d indførsler fra nummer %d i loggen %s står uændret blandt dens %d.", "%d entries from number %d on in the log %s stand unchanged among its %d."
	case "extract.times":
		return "De fortæller om tiden fra %s til %s.", "They tell of the time from %s to %s."
	case "extract.expired":
		return "%d udløbet indførsel (nr. %s): loggen har selv noteret, at indholdet er slettet til tiden. At den stod der, er bevist.", "%d expired entry (no. %s): the log itself has entered that its contents were deleted on time. That it stood there is proved."

	case "extract.old-hidden":
		return "Kontrolpunktet ved %d indførsler (%s) er underskrevet. Det er ikke holdt op mod indførslerne, for nogle af dem er ikke vist her.", "The checkpoint at %d entries (%s) is signed. It was not held against the entries, since some of them are not shown here."
	case "draw.none":
		return "Udtrækket viser ingen lodtrækning af loggens stikprøver.", "The extract shows no draw of the log's review."
	case "draw.same":
		return "Stikprøve nr. %d for %s er trukket igen: de samme %d opslag, af %d indførsler, med kontrolpunktet fra %s.", "Review no. %d of %s was drawn again: the same %d uses, of %d entries, by the checkpoint of %s."
	case "draw.secret":
		return "Stikprøve nr. %d for %s: hemmeligheden er ikke den, der blev lagt fast, før perioden lukkede, eller perioden står ikke i udtrækket.", "Review no. %d of %s: the secret is not the one committed to before the period closed, or the period is not in the extract."
	case "draw.checkpoint":
		return "Stikprøve nr. %d for %s: kontrolpunktet er ikke underskrevet, eller det er ikke lavet, efter at perioden lukkede og før lodtrækningen.", "Review no. %d of %s: the checkpoint is not signed, or was not made after the period closed and before the draw."
	case "draw.sizes":
		return "Stikprøve nr. %d for %s: størrelserne er ikke nogen, der kan trækkes efter.", "Review no. %d of %s: the sizes are none that can be drawn by."
	case "draw.seed":
		return "Stikprøve nr. %d for %s: kimen er ikke kontrolpunktets og hemmelighedens.", "Review no. %d of %s: the seed is not that of the checkpoint and the secret."
	case "draw.missing":
		return "Stikprøve nr. %d for %s: loddet falder på indførsel %d, og den står ikke, som den skal, på listen.", "Review no. %d of %s: the lot falls on entry %d, which is not listed as it must be."
	case "draw.extra":
		return "Stikprøve nr. %d for %s: indførsel %d står på listen, og loddet faldt ikke på den.", "Review no. %d of %s: entry %d is listed, and the lot did not fall on it."

	case "handed.made":
		return "Udtræk af loggen for %s, lavet %s: %d indførsler, begrundelse: %s", "Extract of the log of %s, made %s: %d entries, reason: %s"
	case "sealed.made":
		return "Pakke fra %s, udleveret %s ved %s, begrundelse: %s", "Package of %s, handed out %s by %s, reason: %s"
	case "handed.file":
		return "%s er den fil, som loggens indførsel om udtrækket nævner.", "%s is the file that the log's entry about the extract names."
	case "handed.rows":
		return "Regnearkets %d linjer er netop de indførsler, beviset viser.", "The spreadsheet's %d lines are exactly the entries that the proof shows."
	case "handed.zip":
		return "Filen er ikke et helt udtræk: %s mangler, er der to gange eller kan ikke læses.", "The file is no whole extract: %s is missing, there twice or cannot be read."
	case "handed.act":
		return "Beviset rummer ikke loggens egen indførsel om, at udtrækket blev lavet.", "The proof does not hold the log's own entry that the extract was made."
	case "handed.manifest":
		return "manifest.json er ikke den, loggens indførsel om udtrækket nævner: den er ændret, eller hører til et andet udtræk.", "manifest.json is not the one that the log's entry about the extract names: it was changed, or belongs to another extract."
	case "handed.changed":
		return "%s er ændret, efter at udtrækket blev lavet.", "%s was changed after the extract was made."
	case "handed.foreign":
		return "%s hører ikke til udtrækket.", "%s does not belong to the extract."
	case "handed.entries":
		return "Beviset viser andre indførsler (%s) end dem, udtrækket er af (%s).", "The proof shows other entries (%s) than those that the extract is of (%s)."
	case "handed.csv":
		return "Regnearket viser andre indførsler (%s) end dem, udtrækket er af (%s).", "The spreadsheet shows other entries (%s) than those that the extract is of (%s)."

	case "extract.hidden":
		return "%d af dem er slettet til tiden eller tilbageholdt; at de findes, er bevist, men ikke hvad de sagde.", "%d of them have expired or are withheld; that they exist is proved, not what they said."
	case "extract.old-same":
		return "De første %d indførsler er de samme som i kontrolpunktet fra %s.", "The first %d entries are those of the checkpoint of %s."
	case "extract.other-log":
		return "Filen er fra loggen %s, kontrolpunktet fra %s.", "The file is from the log %s, the checkpoint from %s."
	case "extract.range":
		return "Indførslerne %d til %d kan ikke stå i en log med %d.", "Entries %d to %d cannot stand in a log of %d."
	case "extract.hashes":
		return "Beviset i filens hoved hører ikke til indførslerne %d til %d i en log med %d.", "The proof in the file's head does not belong to entries %d to %d of a log of %d."
	case "extract.entry":
		return "Indførsel %d (linje %d) er ikke skrevet, som den skal være, eller er ikke den næste.", "Entry %d (line %d) is not written as it must be, or is not the next one."
	case "extract.short":
		return "Indførsel %d og frem til %d mangler.", "Entries from %d up to %d are missing."
	case "extract.long":
		return "Der står mere efter indførsel %d, eller sidste linje mangler.", "There is more after entry %d, or the last line is missing."
	case "extract.root":
		return "Indførslerne er ikke dem, der blev underskrevet: mindst én er ændret, fjernet, indsat eller flyttet i loggen med %d.", "The entries are not those that were signed: at least one was changed, removed, inserted or moved in the log of %d."
	case "extract.old-differs":
		return "De første %d indførsler er ikke dem, kontrolpunktet fra %s viste: loggen er skrevet om.", "The first %d entries are not those of the checkpoint of %s: the log was rewritten."
	case "extract.rolled-back":
		return "Loggen havde %d indførsler den %s og har nu kun %d: den er sat tilbage.", "The log had %d entries on %s and now has only %d: it was set back."
	case "extract.no-dump":
		return "Et kontrolpunkt på %d indførsler kan kun sammenlignes med et udtræk fra den første indførsel og så langt frem.", "A checkpoint of %d entries can be compared only with an extract from the first entry up to that many."

	case "consistency.good":
		return "Loggen med %d indførsler fra %s er begyndelsen af loggen med %d fra %s.", "The log of %d entries of %s is the beginning of the log of %d of %s."
	case "consistency.broken":
		return "Loggen med %d indførsler fra %s er ikke begyndelsen af loggen med %d fra %s: loggen er skrevet om.", "The log of %d entries of %s is not the beginning of the log of %d of %s: the log was rewritten."
	case "consistency.other-old":
		return "Filens ældre kontrolpunkt er ikke det, der blev opbevaret.", "The older checkpoint in the file is not the one that was kept."

	case "segment.what":
		return "Kamera %s, dataansvarlig %s, fra %s til %s, %d fragmenter.", "Camera %s, controller %s, from %s to %s, %d fragments."
	case "segment.rules":
		return "Optaget efter tilladelse %s (retlig klasse %s, %s), slettes senest %s.", "Recorded under permit %s (legal class %s, %s), to be deleted by %s."
	case "segment.alone":
		return "Filen stemmer med sig selv. Den er ikke sammenlignet med en log. SHA-256: %s", "The file agrees with itself. It was not compared with a log. SHA-256: %s"
	case "segment.logged":
		return "Det er den fil, som loggen nævner. SHA-256: %s", "It is the file that the log names. SHA-256: %s"
	case "segment.open":
		return "Filen er ikke afsluttet, eller dens slutning mangler.", "The file was not closed, or its end is missing."
	case "segment.cut":
		return "Filen på %d byte ender midt i noget.", "The file of %d bytes ends in the middle of something."
	case "segment.trailer":
		return "Filens afslutning er beskadiget.", "The file's trailer is damaged."
	case "segment.sum":
		return "Filens indhold passer ikke til dens egen kontrolsum.", "The file's contents do not fit its own checksum."
	case "segment.length":
		return "Filen skal være %d byte og er %d.", "The file should have %d bytes and has %d."
	case "segment.header":
		return "Filens hoved er beskadiget.", "The file's header is damaged."
	case "segment.header-sum":
		return "Filens hoved passer ikke til sin kontrolsum.", "The file's header does not fit its checksum."
	case "segment.rules-form":
		return "Reglerne i filens hoved er ikke skrevet, som de skal være.", "The rules in the file's header are not written as they must be."
	case "segment.delete-after":
		return "Sletningstidspunktet er ikke muligt efter loven.", "The time of deletion is not one that the law allows."
	case "segment.hold-limit":
		return "Grænsen for bevislås er ikke mulig for den retlige klasse.", "The limit for holds is not possible for the legal class."
	case "segment.class":
		return "Den retlige klasse er ukendt.", "The legal class is unknown."
	case "segment.hour":
		return "Nøglens time passer ikke til starttidspunktet.", "The key's hour does not fit the start."
	case "segment.record":
		return "Post %d ved byte %d er beskadiget eller hører ikke til der.", "Record %d at byte %d is damaged or does not belong there."
	case "segment.order":
		return "Post %d ligger ikke i tidsfølge.", "Record %d is not in the order of time."
	case "segment.footer":
		return "Filens fortegnelse er beskadiget.", "The file's footer is damaged."
	case "segment.table":
		return "Fortegnelsen passer ikke til post %d.", "The footer does not fit record %d."
	case "segment.sums":
		return "Fortegnelsens summer passer ikke.", "The footer's sums are wrong."
	case "segment.name":
		return "Filnavnet %s passer ikke til filens hoved.", "The file name %s does not fit the file's header."
	case "segment.unlisted":
		return "Logudtrækket nævner ikke segment %s.", "The extract of the log does not name segment %s."
	case "segment.not-the-logged":
		return "Det er ikke den fil, som loggen nævner: loggen siger SHA-256 %s, filen har %s.", "It is not the file that the log names: the log says SHA-256 %s, the file has %s."
	case "segment.entry-differs":
		return "Loggen siger noget andet om segmentet end filen selv.", "The log says something else of the segment than the file itself."

	case "statement.signed":
		return "Underskrevet af nøgle %s.", "Signed by key %s."
	case "statement.what":
		return "Udsagn af typen %s, nummer %s, formatversion %s.", "Statement of kind %s, number %s, format version %s."
	case "statement.head":
		return "Dataansvarlig %s, optager %s, udstedt %s.", "Controller %s, engine %s, issued %s."
	case "statement.form":
		return "Udsagnet er ikke skrevet, som det skal være.", "The statement is not written as it must be."
	case "statement.body":
		return "Udsagnets indhold er ikke skrevet, som det skal være.", "The statement's body is not written as it must be."
	case "statement.signature":
		return "Underskriften af nøgle %s er falsk eller beskadiget.", "The signature of key %s is forged or damaged."
	case "statement.key":
		return "Udsagnet er underskrevet af nøgle %s, som ikke er oplyst her.", "The statement was signed by key %s, which was not given here."
	}
	return "", ""
}
