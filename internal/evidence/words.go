package evidence

// causes are why footage is missing, as whoever reads the papers understands
// it; the keys are the engine's.
var causes = map[string][2]string{
	"camera.auth":        {"kameraet afviste adgangskoden", "the camera refused the password"},
	"camera.unreachable": {"kameraet kunne ikke nås", "the camera could not be reached"},
	"camera.connecting":  {"forbindelsen til kameraet blev oprettet", "the camera was being connected"},
	"camera.no-config":   {"kameraet var ikke sat op", "the camera was not set up"},
	"camera.removed":     {"kameraet var taget ud af drift", "the camera was out of service"},
	"camera.not-rtsp":    {"det, der svarede, var ikke et kamera", "what answered was not a camera"},
	"camera.no-video":    {"kameraet sendte ingen video", "the camera sent no video"},
	"camera.protocol":    {"kameraet sendte noget, der ikke kunne læses", "the camera sent what could not be read"},
	"camera.too-large":   {"kameraet sendte for meget på én gang", "the camera sent too much at once"},
	"camera.silent":      {"kameraet sendte ingen billeder", "the camera sent no pictures"},
	"camera.tls":         {"kameraets certifikat var ikke godkendt eller var skiftet", "the camera's certificate was not approved, or had changed"},
	"camera.address":     {"kameraets adresse er ikke tilladt", "the camera's address is not allowed"},
	"camera.stream":      {"kameraets billeder var beskadigede", "the camera's pictures were damaged"},
	"camera.changed":     {"kameraet skiftede billedformat", "the camera changed its picture format"},
	"camera.closed":      {"kameraet afbrød forbindelsen", "the camera ended the connection"},
	"permit.none":        {"der var ingen tilladelse til at optage", "there was no permit to record"},
	"permit.outside":     {"uden for det tilladte tidsrum", "outside the hours allowed"},
	"permit.stopped":     {"optagelsen var stoppet", "recording was stopped"},
	"permit.lease-out":   {"optageren havde ikke hørt fra systemet", "the recorder had not heard from the system"},
	"permit.expired":     {"tilladelsen var udløbet", "the permit had run out"},
	"permit.revoked":     {"tilladelsen var trukket tilbage", "the permit was withdrawn"},
	"permit.not-yet":     {"tilladelsen gjaldt ikke endnu", "the permit was not yet in force"},
	"disk.full":          {"optagerens disk var fuld", "the recorder's disk was full"},
	"disk.error":         {"fejl på optagerens disk", "a fault of the recorder's disk"},
	"disk.read-only":     {"der kunne ikke skrives på optagerens disk", "the recorder's disk could not be written to"},
	"disk.yielded":       {"disken var næsten fuld, og vigtigere kameraer gik forud", "the disk was nearly full, and more important cameras went first"},
	"disk.slow":          {"optagerens disk var for langsom", "the recorder's disk was too slow"},
	"engine.down":        {"optageren kørte ikke", "the recorder was not running"},
	"deleted":            {"slettet efter reglerne", "deleted on time"},
	"unknown":            {"årsagen kendes ikke", "the cause is not known"},
}

// cause is one in words, with its key.
func causeWords(key string) string {
	w, ok := causes[key]
	if !ok {
		return key
	}
	return w[0] + " / " + w[1] + " (" + key + ")"
}

// maskWords says of a mask what it means for the package.
func maskWords(mask string) string {
	switch mask {
	case "none":
		return "intet er dækket / nothing is covered"
	case masked:
		return "dele af billedet er dækket, og der er ingen original / parts are covered, and there is no original"
	}
	return "maskeringen er ophævet for originalen (" + mask + ") / the mask is lifted for the original"
}
