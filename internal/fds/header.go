package fds

// Header is the top of every page: product and controller at the left, the
// person at the right, the main navigation beneath, and a drawer on a phone.
type Header struct {
	Product, Home string
	Authority     string // the controller
	Person, Role  string // empty when nobody is logged in
	Menu          []MenuItem
	Languages     []Language
	Words         HeaderWords
	LogOff        string // address that ends the session
	Account       string // address of the person's own page
	Search        string // address of the search, empty for none
	Query         string
}

// MenuItem is one entry of the main navigation.
type MenuItem struct {
	Href, Text string
	Current    bool // this very page
	Active     bool // a page below it
}

// Language is one choice of the language switcher.
type Language struct {
	Code, Name, Href string
	Current          bool
}

// HeaderWords are the header's own words.
type HeaderWords struct {
	Menu, Close, LogOff, Languages, Main, Person, Authority, Search, SearchButton string
}
