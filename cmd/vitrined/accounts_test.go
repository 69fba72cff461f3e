package main

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vitrine-media/vitrine"
	"github.com/vitrine-media/vitrine/client"
)

// commandsOn gives what runs commands on the account acme of a data folder.
func commandsOn(t *testing.T, data string) func(words ...string) (code int, stdout, stderr string) {
	t.Helper()
	return func(words ...string) (int, string, string) {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), append(words, "--data", data, "--account", "acme"), nil, nil, &stdout, &stderr)
		return code, stdout.String(), stderr.String()
	}
}

// settingsOf gives the NAME=VALUE of what accounts show has printed.
func settingsOf(table string) (settings []string) {
	for line := range strings.Lines(table) {
		setting, _, _ := strings.Cut(line, "  ")
		settings = append(settings, strings.TrimSpace(setting))
	}
	return settings
}

// TestAccountSettings sets what an account's origins are like, and takes it back.
func TestAccountSettings(t *testing.T) {
	t.Parallel()
	command := commandsOn(t, t.TempDir())
	for _, words := range [][]string{{"accounts", "show"}, {"accounts", "set", "versions=v"}} {
		if code, _, stderr := command(words...); code != exitError || !strings.Contains(stderr, `there is no account "acme"`) {
			t.Errorf("%q of an account that is not there: exit %d: %s", words, code, stderr)
		}
	}
	if code, _, stderr := command("keys", "create"); code != exitOK {
		t.Fatalf("keys create: exit %d: %s", code, stderr)
	}
	want := func(want ...string) {
		t.Helper()
		code, stdout, stderr := command("accounts", "show")
		if diff := cmp.Diff(want, settingsOf(stdout)); diff != "" || code != exitOK {
			t.Errorf("accounts show: exit %d: %s (-want +got)\n%s", code, stderr, diff)
		}
	}
	set := func(words ...string) {
		t.Helper()
		if code, stdout, stderr := command(append([]string{"accounts", "set"}, words...)...); code != exitOK || stdout+stderr != "" {
			t.Errorf("accounts set %q: exit %d: %s%s", words, code, stdout, stderr)
		}
	}
	want("versions=", "ignored=", "revalidate=false", "single-use=false", "user-agent=", "refuse-erased=false")
	set("versions=v,ts", "ignored=X-Amz-*,Expires", "user-agent=acme/1.0 (+https://acme.example/a=b)", "refuse-erased=true")
	set("revalidate=true")
	set("single-use=true")
	want("versions=v,ts", "ignored=X-Amz-*,Expires", "revalidate=true", "single-use=true", "user-agent=acme/1.0 (+https://acme.example/a=b)", "refuse-erased=true")
	set("versions=", "revalidate=false", "single-use=false", "user-agent=", "refuse-erased=false")
	want("versions=", "ignored=X-Amz-*,Expires", "revalidate=false", "single-use=false", "user-agent=", "refuse-erased=false")
}

// TestAccountSettingsProblems are told all at once, and nothing is changed.
func TestAccountSettingsProblems(t *testing.T) {
	t.Parallel()
	command := commandsOn(t, t.TempDir())
	if code, _, stderr := command("keys", "create"); code != exitOK {
		t.Fatalf("keys create: exit %d: %s", code, stderr)
	}
	code, _, stderr := command("accounts", "set", "ignored=sig", "colour=blue", "revalidate", "single-use=perhaps", "versions=v,,ts", "user-agent=two\nlines")
	want := `vitrined accounts set: "colour=blue" is not NAME=VALUE of a setting that accounts show lists
"revalidate" is not NAME=VALUE of a setting that accounts show lists
single-use: "perhaps" is neither true nor false
versions: "v,,ts" has an empty entry
user-agent: "two\nlines" is not one line of ASCII
`
	if diff := cmp.Diff(want, stderr); diff != "" || code != exitError {
		t.Errorf("exit %d, stderr (-want +got)\n%s", code, diff)
	}
	_, stdout, _ := command("accounts", "show")
	if diff := cmp.Diff([]string{"versions=", "ignored=", "revalidate=false", "single-use=false", "user-agent=", "refuse-erased=false"}, settingsOf(stdout)); diff != "" {
		t.Errorf("what was right beside it has been set (-want +got)\n%s", diff)
	}
	if code, _, stderr := command("accounts", "set"); code != exitError || !strings.Contains(stderr, "name what to set") {
		t.Errorf("accounts set alone: exit %d: %s", code, stderr)
	}
}

// TestScopedKey makes keys that are for the Classifieds API alone.
func TestScopedKey(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), freeAddress(t))
	command := commandsOn(t, s.data)
	scoped := func(scopes string) *client.Client {
		t.Helper()
		code, stdout, stderr := command("keys", "create", "--scopes", scopes)
		if code != exitOK {
			t.Fatalf("keys create --scopes %s: exit %d: %s", scopes, code, stderr)
		}
		lines := strings.Fields(stdout)
		return client.New(s.base, lines[len(lines)-1])
	}
	const read, create = "caas:classifieds:read", "caas:classifieds:create"
	reader, writer, all := scoped(read), scoped(read+","+create), scoped("caas:*")

	classified := client.ClassifiedInput{Data: struct{}{}}
	written, err := writer.PostClassified(t.Context(), classified)
	if err != nil {
		t.Fatal(err)
	}
	put := func(c *client.Client) error {
		_, err := c.PutClassified(t.Context(), written.ClassifiedID, classified)
		return err
	}
	agency := func(c *client.Client) error {
		_, err := c.Agency(t.Context())
		return err
	}
	if _, err := reader.Classified(t.Context(), written.ClassifiedID); err != nil {
		t.Errorf("reading with the scope to read: %v", err)
	}
	if err := errors.Join(put(all), agency(all)); err != nil {
		t.Errorf("with all scopes: %v", err)
	}
	_, err = reader.PostClassified(t.Context(), classified)
	wantForbidden(t, err, "The scope "+create+" is missing")
	wantForbidden(t, put(writer), "The scope caas:classifieds:update is missing")
	wantForbidden(t, writer.DeleteClassified(t.Context(), written.ClassifiedID), "The scope caas:classifieds:delete is missing")
	wantForbidden(t, agency(writer), "This key is limited to the Classifieds API")

	operator := scoped("caas:*,operator")
	if err := errors.Join(put(operator), agency(operator)); err != nil {
		t.Errorf("an operator's key in the APIs: %v", err)
	}
	if code, _, stderr := command("keys", "create", "--scopes", "operator"); code != exitError || !strings.Contains(stderr, "only with caas:*") {
		t.Errorf("the operator's scope alone: exit %d: %s", code, stderr)
	}

	if _, list, _ := command("keys", "list"); !strings.Contains(list, read+","+create) || !strings.Contains(list, "caas:*,operator") {
		t.Errorf("the list of keys is\n%s", list)
	}
	if code, _, stderr := command("keys", "create", "--scopes", read+",caas:everything"); code != exitUsage || !strings.Contains(stderr, "caas:everything") {
		t.Errorf("an unknown scope: exit %d: %s", code, stderr)
	}
}

func wantForbidden(t *testing.T, err error, message string) {
	t.Helper()
	refused, ok := errors.AsType[*client.Error](err)
	if !ok || refused.StatusCode != http.StatusForbidden || refused.Code != vitrine.CodeForbidden || !strings.Contains(refused.Error(), message) {
		t.Errorf("got %v, want 403 %s", err, message)
	}
}
