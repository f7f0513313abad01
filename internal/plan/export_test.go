package plan

// Inside lets tests ask the even-odd rule itself.
var Inside = inside

// CrossesItself lets tests ask about a border alone.
var CrossesItself = crossed
