package law

// findingIDs are the findings that the checks make; a book has words for each
// of them, and for no others.
var findingIDs = []string{
	// what refuses, or explains, a situation
	"territory", "controller.unknown", "place.unknown", "place.forbidden",
	"none.private", "none.mounted", "none.authority", "none.indoors",
	"basis.place", "basis.activity", "basis.purpose", "basis.recording", "basis.decree", "basis.controller",
	"basis.none", "basis.unknown", "basis.unverified", "basis.amended",
	"condition.hard", "condition.open", "consent.none", "consent.statement",
	// what somebody outside must have said
	"permit.none", "permit.form", "permit.years", "permit.over",
	"discussion.none", "discussion.form", "discussion.refused", "discussion.postponed",
	"order.none", "order.answer", "order.quality", "order.keep", "order.unknown", "order.too-long",
	// the application as a whole
	"purpose.none", "purpose.kind", "purpose.safety", "camera.purpose", "cameras.none",
	"risk.identified", "risk.described", "risk.business", "risk.privacy", "risk.strategy",
	"incidents.single", "incidents.necessity", "incidents.date", "incidents.what", "incidents.old", "incidents.reported",
	"tried.none", "tried.outcome",
	"retention.none", "retention.most", "retention.reason", "retention.longer", "retention.special",
	"hours.none", "hours.open", "handling", "access", "signs", "information", "covert", "sound", "sound.safety",
	"screening.open", "screening.statute", "screening.criteria", "screening.not", "screening.missing",
	// what is done with footage
	"process.safety", "process.statement", "disclose", "fund", "hold",
}

// dutyIDs are the duties that follow, or do not.
var dutyIDs = []string{
	"licence.permit", "licence.discussion", "licence.veto", "licence.order", "licence.decree", "consent",
	"polcam", "polcam.voluntary",
	"signs.private", "signs.public", "signs.transport", "signs.live", "signs.no-access",
	"inform", "inform.staff",
	"retention.crime", "retention.safety", "retention.other", "retention.none",
	"hold.crime", "hold.safety", "hold.never", "hold.police",
	"process.safety",
	"disclose.consent", "disclose.law", "disclose.police", "disclose.business",
	"never.safety", "never.but-police", "never.business",
}
