package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vitrine-media/vitrine/client"
)

// altered are all texts that differ from one in a character, that lack one, or
// have one twice.
func altered(text string) (all []string) {
	for i := range text {
		before, c, after := text[:i], text[i], text[i+1:]
		for _, other := range []byte{c ^ 1, c ^ 0x20, '0'} {
			if other != c && bytes.IndexByte([]byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"), other) >= 0 {
				all = append(all, before+string(other)+after)
			}
		}
		all = append(all, before+after, before+string(c)+string(c)+after)
	}
	return all
}

// TestSignedUploadAltered alters what a signed URL says in every place: nothing
// but the URL given out is good for an upload.
func TestSignedUploadAltered(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t), "--rate-limit", "100000")
	c := newClient(t, s)
	content := photo(t, 1, 320, 240)
	request := func(id string) client.UploadURL {
		upload, err := c.RequestUpload(t.Context(), client.UploadInput{ContentType: "image/jpeg", Size: int64(len(content)), ExternalID: id})
		if err != nil {
			t.Fatal(err)
		}
		return upload
	}
	upload, other := request("a"), request("b")
	base, query, _ := strings.Cut(upload.URL, "?")
	otherBase, otherQuery, _ := strings.Cut(other.URL, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{
		base, base + "?", otherBase + "?" + query, base + "?" + otherQuery, upload.URL + "&x=1", upload.URL + "&" + query, upload.URL + "&size=1", upload.URL + "&type=text%2Fhtml",
		strings.ToUpper(upload.URL[len(s.base):]), strings.Replace(upload.URL, "size="+values.Get("size"), "size=%2B"+values.Get("size"), 1),
		strings.Replace(upload.URL, "expires=", "expires=0", 1), strings.Replace(upload.URL, "expires=", "expires=%2B", 1), strings.Replace(upload.URL, "size=", "size=00", 1),
	}
	for name, value := range values {
		for _, value := range append(altered(value[0]), "") {
			with := values.Encode()
			with = strings.Replace(with, name+"="+url.QueryEscape(values.Get(name)), name+"="+url.QueryEscape(value), 1)
			all = append(all, base+"?"+with)
		}
		without, _ := url.ParseQuery(query)
		without.Del(name)
		all = append(all, base+"?"+without.Encode())
	}
	slash := strings.LastIndexByte(base, '/') + 1
	for _, id := range altered(base[slash:]) {
		all = append(all, base[:slash]+id+"?"+query)
	}
	for _, address := range all {
		if !strings.HasPrefix(address, s.base) {
			address = s.base + address
		}
		if status := put(t, address, "image/jpeg", content); status != http.StatusForbidden && status != http.StatusNotFound {
			t.Errorf("PUT %s: %d", address, status)
		}
	}
	if _, err := c.ConfirmUpload(t.Context(), upload.MediaID); err == nil {
		t.Error("bytes were taken in")
	}
	if status := put(t, upload.URL, "image/jpeg", content); status != http.StatusOK {
		t.Errorf("the URL given out answered %d", status)
	}
	t.Logf("%d alterations", len(all))
}

// TestOriginalAltered alters the address of an original in every place: what is
// left of it can't be told from nothing.
func TestOriginalAltered(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	c, o := newClient(t, s), newOrigin(t)
	var originals []string
	for i, address := range o.photos(t, 2) {
		imported, err := c.UploadFromURL(t.Context(), address, fmt.Sprint("photo-", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.WaitJob(t.Context(), imported.JobID, nil); err != nil {
			t.Fatal(err)
		}
		media, err := c.Media(t.Context(), imported.MediaID)
		if err != nil {
			t.Fatal(err)
		}
		originals = append(originals, media.OriginalURL)
	}
	const path = "/o/"
	at := strings.Index(originals[0], path) + len(path)
	token, other := originals[0][at:], originals[1][at:]
	digest, signature, _ := strings.Cut(token, ".")
	otherDigest, otherSignature, _ := strings.Cut(other, ".")
	nothing := get(t, s.base+path+"x")
	for _, token := range append(altered(token), digest, digest+".", "."+signature, digest+"."+otherSignature, otherDigest+"."+signature,
		strings.ToUpper(token), token+".jpg", token+"%00", token+"%20", "%20"+token, token+"."+signature, digest+".."+signature) {
		if answer := get(t, s.base+path+token); answer.StatusCode != nothing.StatusCode || !bytes.Equal(answer.Body, nothing.Body) || answer.StatusCode != http.StatusNotFound {
			t.Errorf("GET /o/%s: %d %.100q", token, answer.StatusCode, answer.Body)
		}
	}
	if answer := get(t, originals[0]); answer.StatusCode != http.StatusOK {
		t.Errorf("the address given out answered %d", answer.StatusCode)
	}
}
