package main

import (
	"vidne.dk/vidne/internal/fault"
	"vidne.dk/vidne/internal/portal/plans"
)

// mapConfig is the map service that drawings can have a map from; without an
// address there is none.
type mapConfig struct {
	Address     string `toml:"address"`
	AddressFile string `toml:"address_file"` // holds the address, when a token stands in it
	Layers      string `toml:"layers"`
	Styles      string `toml:"styles"`
	Source      string `toml:"source"` // what must be said of where the map comes from
}

func (m mapConfig) service() (*plans.WMS, error) {
	address := m.Address
	if m.AddressFile != "" {
		var err error
		if address, err = ownersAlone(m.AddressFile); err != nil {
			return nil, fault.As(fault.Invalid, "config.map", err)
		}
	}
	if address == "" {
		return nil, nil
	}
	return &plans.WMS{Address: address, Layers: m.Layers, Styles: m.Styles, Source: m.Source}, nil
}
