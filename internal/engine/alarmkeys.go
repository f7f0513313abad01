package engine

import "vidne.dk/vidne/internal/archive"

// AlarmKeys lists every alarm that an engine can raise, so that whoever tells
// people of them has words for each.
func AlarmKeys() []string {
	return []string{
		archive.AlarmDatabase, archive.AlarmForeign, archive.AlarmAdopting, archive.AlarmLate, archive.AlarmUnlink, archive.AlarmErase,
		archive.AlarmProof, archive.AlarmHoldFile, archive.AlarmWrite, archive.AlarmCorrupt,
		"camera.clock", "camera.lost", "camera.storage", "clock.jump", "disk.low", "disk.yielded", "engine.defect", "lease.silent",
		"ledger.anchor", "ledger.corrupt", "ledger.lost", "picture.covered", "picture.dark", "picture.frozen",
		"statement.newer", "statement.stored", "sweep.failed", "watchdog.failed",
	}
}
