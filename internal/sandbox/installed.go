package sandbox

import (
	"path/filepath"
	"strings"
)

// libraryCache names the libraries of a machine.
const libraryCache = "/etc/ld.so.cache"

// Installed are the folders where the libraries and programs of a machine are:
// a program that Exec becomes, given by its path, may read all below them. Some
// may not be there.
func Installed(program string) []string {
	folders := []string{"/usr", "/bin", "/lib", "/lib64", "/nix/store", "/gnu/store"}
	// Below /opt each package has a folder, its data in it as well: the program
	// is given its own alone. The path that names it may be a link from elsewhere.
	if real, err := filepath.EvalSymlinks(program); err == nil {
		program = real
	}
	if inOpt, ok := strings.CutPrefix(filepath.Clean(program), "/opt/"); ok {
		if own, _, deeper := strings.Cut(inOpt, "/"); deeper {
			folders = append(folders, "/opt/"+own)
		}
	}
	return folders
}
