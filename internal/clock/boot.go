package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// BootID is the kernel's id of this boot.
func (system) BootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// BootTime is CLOCK_BOOTTIME.
func (system) BootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic(err) // it is there since Linux 2.6.39
	}
	return time.Duration(ts.Nano())
}

// KernelSynced reports whether a time server steers the kernel's clock, as
// adjtimex(2) says: NTP and chrony clear STA_UNSYNC while they do.
func KernelSynced() bool {
	var tx unix.Timex
	state, err := unix.Adjtimex(&tx)
	return err == nil && state != unix.TIME_ERROR && tx.Status&unix.STA_UNSYNC == 0
}
