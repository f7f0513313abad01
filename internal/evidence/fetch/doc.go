// Package fetch gets an evidence package's footage and facts from the engine,
// under the export order that the portal has signed for them.
//
// What it promises: the films and lists of pictures pass through as the engine
// sends them, a piece at a time; a stream that breaks off is an error, never
// the end; gaps come with the engine's cause, segments with their place in its
// ledger and the proof of it.
//
// What it refuses: to open footage, and to decide whether it may be had: the
// engine does, at every request, by the order alone.
package fetch
