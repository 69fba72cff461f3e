package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	secretPrefix   = "whsec_"
	newSecretBytes = 32
	minSecretBytes = 24
	maxSecretBytes = 64

	scheme = "v1," // HMAC-SHA256 with a shared secret

	// tolerance is how far a timestamp may be from the receiver's clock.
	tolerance = 5 * time.Minute
)

// NewSecret gives a signing secret of 32 random bytes.
func NewSecret() string {
	var key [newSecretBytes]byte
	_, _ = rand.Read(key[:]) // never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// CheckSecret says what is wrong with a signing secret: it has to be "whsec_"
// and the base64 (standard alphabet, padded) of 24 to 64 bytes. The error
// quotes nothing of it.
func CheckSecret(s string) error {
	_, err := keyOf(s)
	return err
}

func keyOf(secret string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, errors.New("the secret does not begin with " + secretPrefix)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // which the decoder skips
		return nil, errors.New("the secret is not base64")
	}
	if len(key) < minSecretBytes || len(key) > maxSecretBytes {
		return nil, fmt.Errorf("the secret has %d bytes, %d to %d are allowed", len(key), minSecretBytes, maxSecretBytes)
	}
	return key, nil
}

// Sign gives the webhook-signature header of a message: for each secret, in
// order, "v1," and the base64 of the HMAC-SHA256 of "id.timestamp.body",
// separated by spaces. With the new and the old secret, receivers may change
// theirs at any time in between. at counts in whole seconds.
//
// It is an error to give no secret, one that CheckSecret refuses, or an id that
// is not printable ASCII without space and full stop.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	if err := checkID(id); err != nil {
		return "", err
	}
	signatures, err := sign(secrets, id, strconv.FormatInt(at.Unix(), 10), body)
	if err != nil {
		return "", err
	}
	return strings.Join(signatures, " "), nil
}

func sign(secrets []string, id, timestamp string, body []byte) ([]string, error) {
	if len(secrets) == 0 {
		return nil, errors.New("there is no secret")
	}
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := keyOf(secret)
		if err != nil {
			return nil, fmt.Errorf("secret %d: %w", i+1, err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures[i] = scheme + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return signatures, nil
}

// checkID refuses full stops, with which one signed text would stand for more
// than one message: whoever holds the message "a", sent at 1 with the body
// "2.x", could pass it off as the message "a.1", sent at 2 with the body "x".
func checkID(id string) error {
	unfit := func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '.' }
	if id == "" || strings.ContainsFunc(id, unfit) {
		return errors.New("the message id is not printable ASCII without space and full stop")
	}
	return nil
}

// Verify is for receivers. It returns nil when the headers webhook-id,
// webhook-timestamp and webhook-signature are there, the timestamp is no more
// than five minutes away from now, and one of the signatures was made with one
// of the secrets for this id, timestamp and body. Signatures of other schemes
// are passed over.
//
// A message that is sent again within the five minutes verifies again; its
// webhook-id tells.
func Verify(secrets []string, header http.Header, body []byte, now time.Time) error {
	id, timestamp := header.Get(headerID), header.Get(headerTimestamp)
	if err := checkID(id); err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return errors.New("the timestamp is not in seconds since 1970")
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errors.New("the timestamp is too far from the time now")
	}
	// The timestamp is signed as it was sent: +1 is not 1.
	signatures, err := sign(secrets, id, timestamp, body)
	if err != nil {
		return err
	}
	for sent := range strings.SplitSeq(header.Get(headerSignature), " ") {
		// Equal in constant time, or the time would tell how much of a guess was right.
		matches := func(right string) bool { return hmac.Equal([]byte(sent), []byte(right)) }
		if slices.ContainsFunc(signatures, matches) {
			return nil
		}
	}
	return errors.New("no signature matches")
}
