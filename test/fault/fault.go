// Package fault breaks what Vidne stands on and looks at what is left: it
// kills the engine, cuts, fills and stops disks, and takes the database away.
//
// The rooms' own tests break a file system in memory, which is quick and
// finds most. Here the real program runs on real file systems, because a
// test in memory is only as good as its idea of the kernel. `make fault` runs
// many more rounds than `make test`.
package fault
