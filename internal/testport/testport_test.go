package testport

import (
	"net"
	"testing"
)

func TestAPortIsOutsideTheKernelsRange(t *testing.T) {
	t.Parallel()
	for range 50 {
		port, err := Pick()
		if err != nil {
			t.Fatal(err)
		}
		if port < first || port >= ephemeral() {
			t.Fatalf("port %d", port)
		}
	}
}

func TestAnAddressCanBeListenedOn(t *testing.T) {
	t.Parallel()
	address, err := Address()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
}
