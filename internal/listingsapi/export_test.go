package listingsapi

// What the fuzz targets feed.
var (
	ParseListing    = parseListing
	ParseOperations = parseOperations
	ParseMediaOp    = parseMediaOp
)
