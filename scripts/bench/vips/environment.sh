#!/bin/sh
# environment.sh DIR installs the libvips that npm has for sharp into a folder and
# prints the shell variables with which Go programs are built against it: peers
# of the benchmarks that don't take Debian's.
#
#   eval "$(scripts/bench/vips/environment.sh ~/.cache/vitrine/tools/vips)"
#   cd imgproxy && go build -trimpath -o imgproxy ./cli
#
# builds imgproxy 4 from a clone of its repository.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd)

cp "$here/package.json" "$here/package-lock.json" "$dir"
npm ci --prefix "$dir" --no-audit --no-fund >&2

headers="$dir/node_modules/@img/sharp-libvips-dev/include"
library="$dir/node_modules/@img/sharp-libvips-linux-x64/lib"
file=$(cd "$library" && echo libvips-cpp.so.*)
version=${file#libvips-cpp.so.}
# npm's has nothing that is deprecated; imgproxy uses three old names, to write
# types of pictures that are none of the benchmarks'.
mkdir -p "$dir/include/vips"
cat >"$dir/include/vips/vips7compat.h" <<-EOF
	#define VIPS_SAVEABLE_MONO VIPS_FOREIGN_SAVEABLE_MONO
	#define VIPS_SAVEABLE_RGB VIPS_FOREIGN_SAVEABLE_RGB
	#define VIPS_SAVEABLE_RGBA VIPS_FOREIGN_SAVEABLE_ALPHA
EOF

# The library has JPEG, PNG, WebP, GIF, TIFF, AVIF and SVG. Functions for other
# types are missing from it, which shows when one is called and not before.
for name in vips glib-2.0 gobject-2.0 gio-2.0; do
	cat >"$dir/$name.pc" <<-EOF
		Name: $name
		Description: of npm's libvips
		Version: $version
		Cflags: -I$dir/include -I$headers -I$headers/glib-2.0 -I$library/glib-2.0/include
		Libs: -L$library -l:$file -Wl,-rpath,$library -Wl,--unresolved-symbols=ignore-all
	EOF
done
echo "export PKG_CONFIG_PATH='$dir' CGO_LDFLAGS_ALLOW='-Wl,--unresolved-symbols=.*'"
