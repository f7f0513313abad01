package verify

// packageSentence is the wording of the keys about evidence packages.
func packageSentence(key string) (da, en string) {
	switch key {
	case "envelope.form":
		return "Zip-filen er ikke, som den blev lavet: noget er tilføjet, fjernet eller ændret omkring byte %d.", "The zip file is not as it was made: something was added, removed or changed near byte %d."
	case "envelope.name":
		return "Zip-filen har et farligt filnavn, eller to filer med samme navn: %s.", "The zip file has a dangerous file name, or two files of one name: %s."
	case "envelope.passphrase":
		return "Kodeordet passer ikke. Det er 24 tegn i grupper på fire; se efter en tastefejl.", "The passphrase does not fit. It is 24 characters in groups of four; look for a slip."

	case "package.what":
		return "Bevispakke %s fra %s, lavet %s, journalnr. %s.", "Evidence package %s of %s, made %s, journal no. %s."
	case "package.signed":
		return "Fortegnelsen er underskrevet af %s, certifikat SHA-256 %s.", "The manifest is signed by %s, certificate SHA-256 %s."
	case "package.files":
		return "Alle %d filer er uændrede, og %d originaler stemmer med optagerens log.", "All %d files are unchanged, and %d originals agree with the recorder's log."
	case "package.envelope":
		return "Zip-filen %s har SHA-256 %s: hold tallet op mod det, der står i brevet.", "The zip file %s has SHA-256 %s: compare it with the letter."
	case "package.no-stamp":
		return "Pakken har intet tidsstempel (%s).", "The package has no time stamp (%s)."
	case "package.stamped":
		return "Tidsstemplet %s af den oplyste tjeneste.", "Time-stamped %s by the given service."
	case "package.stamp-unchecked":
		return "Der er et tidsstempel fra %s; det er ikke kontrolleret, fordi tjenestens certifikat ikke er oplyst (--tsa).", "There is a time stamp of %s; it was not checked, because the service's certificate was not given (--tsa)."
	case "package.missing":
		return "%s mangler.", "%s is missing."
	case "package.unreadable":
		return "%s kan ikke læses, eller er ændret i zip-filen.", "%s cannot be read, or was changed in the zip file."
	case "package.signature":
		return "Underskriften passer ikke til fortegnelsen: den ene er ændret.", "The signature does not fit the manifest: one of them was changed."
	case "package.stranger":
		return "Fortegnelsen er underskrevet med et andet certifikat end det oplyste: %s.", "The manifest is signed with another certificate than the one given: %s."
	case "package.manifest":
		return "Fortegnelsen er ikke skrevet, som den skal være.", "The manifest is not written as it must be."
	case "package.journal":
		return "Pakken er til journalnr. %s, ikke %s.", "The package is for journal no. %s, not %s."
	case "package.stamp":
		return "Tidsstemplet er ikke på denne fortegnelse, eller det er beskadiget.", "The time stamp is not of this manifest, or is damaged."
	case "package.stamp-early":
		return "Tidsstemplet er fra %s, før pakken blev lavet %s.", "The time stamp is of %s, before the package was made %s."
	case "package.stamp-stranger":
		return "Tidsstemplet er ikke fra den oplyste tjeneste: %s.", "The time stamp is not the given service's: %s."
	case "package.changed":
		return "%s er ændret, siden pakken blev lavet.", "%s was changed after the package was made."
	case "package.foreign":
		return "%s hører ikke til pakken.", "%s does not belong to the package."
	case "package.sums":
		return "SHA256SUMS er ikke, som den skal være: %s.", "SHA256SUMS is not as it must be: %s."
	case "package.role":
		return "%s udgiver sig for noget andet, end den er.", "%s passes for something that it is not."
	case "package.log":
		return "%s er ikke et udtræk af en log.", "%s is not an extract of a log."
	case "package.signers":
		return "Kontrolpunktet for %s har ikke de underskrifter, fortegnelsen nævner: en er fjernet, eller det er et andet.", "The checkpoint of %s has not the signatures that the manifest names: one was taken off, or it is another."
	case "package.samples":
		return "%s er ikke en hel liste over billederne.", "%s is no whole list of the pictures."
	case "package.film":
		return "%s er ikke de billeder, der står i listen %s.", "%s is not the pictures of the list %s."
	case "package.segment":
		return "Loggen siger noget andet om segment %s i %s, eller siger intet.", "The log says something else of segment %s in %s, or says nothing."
	case "package.camera":
		return "Segment %s er fra kamera %s, og filen giver sig ud for kamera %s.", "Segment %s is of camera %s, and the file passes for camera %s."
	case "package.unlogged":
		return "%s giver sig ud for en original, men nævner intet, loggen kender.", "%s passes for an original, but names nothing that the log knows."
	case "package.no-original":
		return "Der mangler en original fra kamera %s, og fortegnelsen siger ikke, at det er maskeret.", "An original of camera %s is missing, and the manifest does not say that it is masked."
	case "package.painted":
		return "%s er maskeret: pakken har ingen original af det, kun en kopi, hvor dele af billedet er dækket.", "%s is masked: the package has no original of it, only a copy where parts of the picture are covered."
	case "package.times":
		return "Tiderne i %s passer ikke med, hvornår der blev optaget.", "The times of %s do not fit when it was recorded."
	case "package.cut":
		return "I %s er der %[3]d billeder af segment %[2]s, loggen siger %[4]d.", "In %s there are %[3]d pictures of segment %[2]s, the log says %[4]d."
	case "package.gap":
		return "I %s mangler billeder fra %s til %s, uden at fortegnelsen siger det.", "In %s pictures are missing from %s to %s, and the manifest does not say so."
	case "package.no-gap":
		return "I %s er der billeder fra %s til %s, hvor fortegnelsen siger, at de mangler.", "In %s there are pictures from %s to %s, where the manifest says that they are missing."
	case "package.events":
		return "Rækken af hændelser er ikke hel eller ikke i tidsfølge.", "The chain of custody is not whole or not in the order of time."
	case "package.beside":
		return "%s ved siden af zip-filen passer ikke til den.", "%s beside the zip file does not fit it."
	}
	return "", ""
}
