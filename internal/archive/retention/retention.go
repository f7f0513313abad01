// Package retention holds no code, only the test that runs the archive for
// hundreds of days against the invariants of docs/design/retention.md: under a
// clock that is attacked, on a disk that loses what was not synced, with
// databases that are restored, lost and away. It is apart from the archive's
// own tests because it is long; `VIDNE_LONG=1` makes it longer.
package retention
