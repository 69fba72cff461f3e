// Package docs holds the documentation, so that each server can show it.
package docs

import "embed"

// Files are the pages, in Markdown, and their pictures. README.md lists all pages
// in the order in which they are shown.
//
//go:embed *.md *.svg
var Files embed.FS
