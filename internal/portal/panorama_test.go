package portal_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/internal/gallery"
	"github.com/vitrine-media/vitrine/internal/store"
)

// addPanorama stores a picture that can be turned around: a room with a red
// wall in its middle, a green one to the right, and a yellow one to the left.
func (s *site) addPanorama(t *testing.T, n int, data vitrine.PanoData) (vitrine.Media, *vitrine.Content) {
	t.Helper()
	c := picture(n, "wide")
	c.Width, c.Height = 8192, 4096
	s.putPictures(t, "wide", &c)
	room, err := os.ReadFile(filepath.Join("testdata", "sphere-pano.webp"))
	if err != nil {
		t.Fatal(err)
	}
	v := vitrine.Variant{Name: vitrine.PanoVariant, Type: "image/webp", Width: 1024, Height: 512, Bytes: int64(len(room))}
	s.put(t, gallery.VariantKey(c.SHA256, c.Recipe, v), room)
	s.put(t, gallery.OriginalKey(c.SHA256), original(n))
	c.Variants = append(c.Variants, v)
	c.Facts.Panorama = &data
	return s.addRows(t, &c), &c
}

// sphere is a whole one.
func sphere() vitrine.PanoData {
	return vitrine.PanoData{Projection: vitrine.Equirectangular, FullWidth: 1024, FullHeight: 512, CroppedWidth: 1024, CroppedHeight: 512}
}

// asPanorama stands a media in a gallery as what its sender calls a panorama.
func asPanorama(m vitrine.Media) store.Shown {
	return store.Shown{Placement: vitrine.Placement{MediaID: m.ID, Type: vitrine.Panorama}, Content: m.Content}
}

// panoramas are the panoramas of a gallery's pictures as JSON.
func (s *site) panoramas(t *testing.T, galleryID string) (all []string) {
	t.Helper()
	var got struct {
		Pictures []struct {
			Panorama json.RawMessage
			Srcset   string
			Variants []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(s.get(t, "GET", "/g/"+galleryID).body), &got); err != nil {
		t.Fatal(err)
	}
	for _, p := range got.Pictures {
		if strings.Contains(p.Srcset, "pano") || len(p.Variants) != 3 {
			t.Errorf("the flat pictures are %s and %d variants", p.Srcset, len(p.Variants))
		}
		all = append(all, string(p.Panorama))
	}
	return all
}

func TestPanoramaJSON(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	data := vitrine.PanoData{Projection: vitrine.Cylindrical, FullWidth: 2048, FullHeight: 600, CroppedLeft: 512, CroppedTop: -256,
		CroppedWidth: 1024, CroppedHeight: 512, HeadingDegrees: 92.5, Guessed: true}
	said, c := s.addPanorama(t, 1, data)
	data = sphere()
	data.Called = true
	called, _ := s.addPanorama(t, 2, data)
	flat := picture(3, "wide")
	id := s.publish(t, "g1", `{}`)
	s.show(t, id, places(said)[0], asPanorama(called), places(called)[0], places(s.add(t, 3, "wide", &flat))[0])

	got := s.panoramas(t, "g1")
	want := `{"url":"` + s.url + "/v/" + c.SHA256 + `/r1/pano.webp","width":1024,"height":512,"size":14210,"contentType":"image/webp",` +
		`"projection":"cylindrical","fullWidth":2048,"fullHeight":600,"croppedLeft":512,"croppedTop":-256,"croppedWidth":1024,"croppedHeight":512,` +
		`"headingDegrees":92.5,"acrossDegrees":180,"downDegrees":76.29,"middleDegrees":0,"guessed":true}`
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(got[1], `"projection":"equirectangular"`) || strings.Contains(got[1], "called") {
		t.Errorf("what its sender calls a panorama is %s", got[1])
	}
	if got[2] != "null" {
		t.Errorf("what the sender of another list calls a panorama is %s", got[2])
	}
	if got[3] != "null" {
		t.Errorf("a flat picture has the panorama %s", got[3])
	}
}

func TestPanoramaOnPage(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	data := sphere()
	data.FullWidth, data.FullHeight, data.CroppedTop, data.HeadingDegrees = 2048, 1024, 384, 92.5
	said, c := s.addPanorama(t, 1, data)
	data = sphere()
	data.Called = true
	called, _ := s.addPanorama(t, 2, data)
	id := s.publish(t, "turns", flat77(2))
	s.show(t, id, places(called)[0], places(said)[0])
	s.publish(t, "flat", flat77(1), called)

	r := s.get(t, "GET", "/l/turns")
	if turns := `data-show="1" data-start>`; !strings.Contains(r.body, turns) || strings.Count(r.body, "data-start") != 1 || strings.Count(r.body, "360°") != 1 {
		t.Errorf("the page lacks one %s:\n%s", turns, r.body)
	}
	var got struct{ AcrossDegrees, DownDegrees, MiddleDegrees float64 }
	if err := json.Unmarshal([]byte(s.panoramas(t, "turns")[1]), &got); err != nil {
		t.Fatal(err)
	}
	if got.AcrossDegrees != 180 || got.DownDegrees != 90 || got.MiddleDegrees != -22.5 {
		t.Errorf("the panorama covers %+v degrees", got)
	}
	if policy := r.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "img-src 'self' "+s.url+" data: blob:; ") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
	if strings.Contains(r.body, c.SHA256+"/r1/pano.webp") {
		t.Error("the page names the large picture that only the viewer wants")
	}
}

// The viewer's files are those of the package that the README names.
func TestViewerIsAsPublished(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(filepath.Join("viewer", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pannellum.js", "COPYING"} {
		data, err := os.ReadFile(filepath.Join("viewer", name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if line := "sha256 " + hex.EncodeToString(sum[:]) + "  " + name + "\n"; !strings.Contains(string(readme), line) {
			t.Errorf("viewer/README.md lacks %s", line)
		}
	}
}
