package webhook_test

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vitrine-media/vitrine/internal/webhook"
)

// The message that the libraries of Standard Webhooks, in all their languages,
// are tested with.
const (
	knownSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	knownID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	knownTimestamp = 1614265330
	knownBody      = `{"test": 2432232314}`
	knownSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func headers(id string, at time.Time, signature string) http.Header {
	header := http.Header{}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("webhook-signature", signature)
	return header
}

func mustSign(t *testing.T, secrets []string, id string, at time.Time, body string) string {
	t.Helper()
	signature, err := webhook.Sign(secrets, id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func theirs(t *testing.T, secret string) *standardwebhooks.Webhook {
	t.Helper()
	peer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return peer
}

func TestSignKnownMessage(t *testing.T) {
	t.Parallel()
	at := time.Unix(knownTimestamp, 999_999_999) // the fraction doesn't count
	if got := mustSign(t, []string{knownSecret}, knownID, at, knownBody); got != knownSignature {
		t.Errorf("Sign = %q, want %q", got, knownSignature)
	}
	header := headers(knownID, at, knownSignature)
	if err := webhook.Verify([]string{knownSecret}, header, []byte(knownBody), at); err != nil {
		t.Errorf("Verify: %v", err)
	}
}

func TestTheyVerifyOurs(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", knownBody, "\x00\xff.\n"} {
		older, newer := webhook.NewSecret(), webhook.NewSecret()
		at := time.Now()
		header := headers(knownID, at, mustSign(t, []string{newer, older}, knownID, at, body))
		for name, secret := range map[string]string{"new": newer, "old": older} {
			if err := theirs(t, secret).Verify([]byte(body), header); err != nil {
				t.Errorf("body %q, %s secret: %v", body, name, err)
			}
		}
		if err := theirs(t, webhook.NewSecret()).Verify([]byte(body), header); err == nil {
			t.Errorf("body %q: a third secret verifies it too", body)
		}
	}
}

func TestWeVerifyTheirs(t *testing.T) {
	t.Parallel()
	older, newer, now := webhook.NewSecret(), webhook.NewSecret(), time.Now()
	signature, err := theirs(t, older).Sign(knownID, now, []byte(knownBody))
	if err != nil {
		t.Fatal(err)
	}
	header := headers(knownID, now, signature)
	if err := webhook.Verify([]string{older}, header, []byte(knownBody), now); err != nil {
		t.Error(err)
	}
	if err := webhook.Verify([]string{newer, older}, header, []byte(knownBody), now); err != nil {
		t.Errorf("a receiver that has changed over already: %v", err)
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	older, newer, now := webhook.NewSecret(), webhook.NewSecret(), time.Unix(knownTimestamp, 0)
	both := mustSign(t, []string{newer, older}, knownID, now, knownBody)
	if want := mustSign(t, []string{newer}, knownID, now, knownBody) + " " + mustSign(t, []string{older}, knownID, now, knownBody); both != want {
		t.Errorf("signed with both %q, want %q", both, want)
	}
	for name, secret := range map[string]string{"new": newer, "old": older} {
		if err := webhook.Verify([]string{secret}, headers(knownID, now, both), []byte(knownBody), now); err != nil {
			t.Errorf("receiver with the %s secret: %v", name, err)
		}
	}
	if err := webhook.Verify([]string{webhook.NewSecret()}, headers(knownID, now, both), []byte(knownBody), now); err == nil {
		t.Error("a third secret verifies it too")
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	now := time.Unix(knownTimestamp, 0)
	for _, row := range []struct {
		name    string
		change  func(http.Header)
		body    string // "": knownBody
		after   time.Duration
		problem string // "": verified
	}{
		{name: "as sent"},
		{name: "five minutes late", after: 5 * minute},
		{name: "receiver's clock is five minutes slow", after: -5 * minute},
		{name: "too late", after: 5*minute + time.Second, problem: "too far"},
		{name: "from the future", after: -5*minute - time.Second, problem: "too far"},
		{name: "other body", body: `{"test": 2432232315}`, problem: "no signature matches"},
		{name: "other id", change: set("webhook-id", knownID+"x"), problem: "no signature matches"},
		{name: "other timestamp", change: set("webhook-timestamp", "1614265331"), problem: "no signature matches"},
		{name: "timestamp otherwise written", change: set("webhook-timestamp", "+1614265330"), problem: "no signature matches"},
		{name: "no id", change: set("webhook-id", ""), problem: "message id"},
		{name: "id with a full stop", change: set("webhook-id", knownID+".1"), problem: "message id"},
		{name: "no timestamp", change: set("webhook-timestamp", ""), problem: "not in seconds"},
		{name: "a date", change: set("webhook-timestamp", "2021-02-25T15:02:10Z"), problem: "not in seconds"},
		{name: "the earliest second", change: set("webhook-timestamp", "-9223372036854775808"), problem: "too far"},
		{name: "no signature", change: set("webhook-signature", ""), problem: "no signature matches"},
		{name: "cut off", change: set("webhook-signature", knownSignature[:len(knownSignature)-1]), problem: "no signature matches"},
		{name: "other scheme", change: set("webhook-signature", "v1a"+knownSignature[2:]), problem: "no signature matches"},
		{name: "other scheme beside ours", change: set("webhook-signature", "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw== v1,AAAA "+knownSignature)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			header, body := headers(knownID, now, knownSignature), knownBody
			if row.change != nil {
				row.change(header)
			}
			if row.body != "" {
				body = row.body
			}
			err := webhook.Verify([]string{knownSecret}, header, []byte(body), now.Add(row.after))
			if row.problem == "" && err != nil {
				t.Errorf("Verify: %v", err)
			}
			if row.problem != "" && (err == nil || !strings.Contains(err.Error(), row.problem)) {
				t.Errorf("Verify: %v, want %q", err, row.problem)
			}
		})
	}
}

func set(name, value string) func(http.Header) {
	return func(header http.Header) { header.Set(name, value) }
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	ofBytes := func(n int) string { return "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, n)) }
	for _, row := range []struct {
		name, secret string
		problem      string // "": none
	}{
		{"new", webhook.NewSecret(), ""},
		{"known", knownSecret, ""},
		{"shortest", ofBytes(24), ""},
		{"longest", ofBytes(64), ""},
		{"too short", ofBytes(23), "23 bytes, 24 to 64"},
		{"too long", ofBytes(65), "65 bytes, 24 to 64"},
		{"empty", "", "does not begin with whsec_"},
		{"no prefix", strings.TrimPrefix(knownSecret, "whsec_"), "does not begin with whsec_"},
		{"other case", "WHSEC_" + strings.TrimPrefix(knownSecret, "whsec_"), "does not begin with whsec_"},
		{"other alphabet", "whsec_" + strings.Repeat("-_", 20), "not base64"},
		{"no padding", strings.TrimRight(ofBytes(32), "="), "not base64"},
		{"bits left over", strings.TrimSuffix(ofBytes(32), "A=") + "B=", "not base64"},
		{"line break", knownSecret + "\n", "not base64"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			err := webhook.CheckSecret(row.secret)
			if row.problem == "" {
				if err != nil {
					t.Errorf("CheckSecret: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.problem) {
				t.Fatalf("CheckSecret: %v, want %q", err, row.problem)
			}
			if _, err := webhook.Sign([]string{knownSecret, row.secret}, knownID, time.Unix(1, 0), nil); err == nil || !strings.Contains(err.Error(), "secret 2: ") {
				t.Errorf("Sign: %v, want a complaint about secret 2", err)
			}
			header := headers(knownID, time.Unix(1, 0), knownSignature)
			if err := webhook.Verify([]string{row.secret}, header, nil, time.Unix(1, 0)); err == nil || !strings.Contains(err.Error(), row.problem) {
				t.Errorf("Verify: %v, want %q", err, row.problem)
			}
		})
	}
	if one, other := webhook.NewSecret(), webhook.NewSecret(); one == other {
		t.Errorf("NewSecret gave %s twice", one)
	}
}

func TestSignRefuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "a.b", "a b", "a\n", "ä", "a\x7f"} {
		if signature, err := webhook.Sign([]string{knownSecret}, id, time.Unix(1, 0), nil); err == nil {
			t.Errorf("the id %q is signed: %s", id, signature)
		}
	}
	if signature, err := webhook.Sign(nil, knownID, time.Unix(1, 0), nil); err == nil {
		t.Errorf("signed without a secret: %q", signature)
	}
	header := headers(knownID, time.Unix(knownTimestamp, 0), knownSignature)
	if err := webhook.Verify(nil, header, []byte(knownBody), time.Unix(knownTimestamp, 0)); err == nil {
		t.Error("verified without a secret")
	}
}

// FuzzVerify checks that nothing foreign is accepted that the library of
// Standard Webhooks would refuse, and that each message we sign is accepted as
// it is and in no altered form.
func FuzzVerify(f *testing.F) {
	f.Add(knownID, "1614265330", knownSignature, []byte(knownBody))
	f.Add(knownID, "1614265330", "v1,AAAA v1a,x "+knownSignature, []byte(knownBody))
	f.Add(knownID, "+1614265330", "v1", []byte(nil))
	f.Add("a.b", "-1", " , ,,", []byte("\x00"))
	peer, err := standardwebhooks.NewWebhook(knownSecret)
	if err != nil {
		f.Fatal(err)
	}
	now, secrets := time.Unix(knownTimestamp, 0), []string{knownSecret}
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		header := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {signature}}
		if webhook.Verify(secrets, header, body, now) == nil {
			if err := peer.VerifyIgnoringTimestamp(body, header); err != nil {
				t.Errorf("we accept what they refuse: %v", err)
			}
		}

		right, err := webhook.Sign(secrets, id, now, body)
		if err != nil {
			return // not an id of ours
		}
		if err := webhook.Verify(secrets, headers(id, now, signature+" "+right), body, now); err != nil {
			t.Errorf("signed by us, refused by us: %v", err)
		}
		if webhook.Verify(secrets, headers(id+"x", now, right), body, now) == nil {
			t.Error("accepted with another id")
		}
		if webhook.Verify(secrets, headers(id, now.Add(time.Second), right), body, now) == nil {
			t.Error("accepted with another timestamp")
		}
		if webhook.Verify(secrets, headers(id, now, right), append(body, 'x'), now) == nil {
			t.Error("accepted with another body")
		}
	})
}
