package resumable

// What the tests reach from outside.
var (
	NewWithStall  = newHandler
	ParseMetadata = parseMetadata
)
