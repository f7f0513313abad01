// Package evidence makes what is handed over: an envelope with the originals,
// the papers about them and what is needed to check it all, beside it a page
// that opens it and one that says how. docs/ref/evidence-package.md describes
// every file.
//
// What it promises: a package stands in its folder whole or not at all; every
// file in it is named with its hash in a manifest that one key has signed, so
// that plain OpenSSL and sha256sum check it; original bytes are never changed,
// and what is derived from them says so; gaps are told with their cause; the
// footage is streamed, is in the clear in no file, and takes no more memory
// for an hour than for a minute, but for the list of its pictures. The
// passphrase is returned once and kept nowhere.
//
// What it refuses: to open footage (it is given bytes by whoever had the right
// checked), a package to the police without a journal number, and to pass a
// part for the whole: whatever fails ends the package.
package evidence
