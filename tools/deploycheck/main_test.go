package main

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// vitrined is the server that judges the settings: bin/vitrined, as "make build"
// leaves it.
const vitrined = "../../bin/vitrined"

// folder is deploy as it stands.
func folder(t *testing.T) fstest.MapFS {
	t.Helper()
	deploy := os.DirFS("../../deploy")
	files := make(fstest.MapFS)
	err := fs.WalkDir(deploy, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(deploy, path)
		files[path] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestFindsFaults puts one fault into the folder at a time.
func TestFindsFaults(t *testing.T) {
	t.Parallel()
	s := newServer(t.Context(), vitrined)
	const (
		dockerfile = "Dockerfile"
		compose    = "compose/compose.yaml"
		api        = "kubernetes/api.yaml"
		worker     = "kubernetes/worker.yaml"
		alerts     = "observe/alerts.yaml"
		dashboard  = "observe/dashboard.json"
	)
	for _, tc := range []struct {
		name, file, old, new string
		want                 string // in a problem
	}{
		{"unknown instruction", dockerfile, "WORKDIR /src", "WORKDIRS /src", "WORKDIRS"},
		{"unset variable", dockerfile, `version="$VERSION"`, `version="$VERSIONS"`, "UndefinedVar"},
		{"secret in the image", dockerfile, "ENV VITRINE_DATA=/data", "ENV AWS_SECRET_ACCESS_KEY=x VITRINE_DATA=/data", "SecretsUsedInArgOrEnv"},
		{"copy from no stage", dockerfile, "COPY --from=build", "COPY --from=built/it:", "built/it"},
		{"unknown field", compose, "read_only: true", "readonly: true", "readonly"},
		{"secret of nowhere", compose, "${S3_SECRET_KEY:?}", "${S3_SECRET:?}", "S3_SECRET"},
		{"unknown dependency", compose, "postgres:\n      condition", "postgresql:\n      condition", "postgresql"},
		{"no version", compose, "postgres:17", "postgres", "no version"},
		{"unknown setting", compose, "VITRINE_PUBLIC_URL", "VITRINE_PUBLIC_URI", "VITRINE_PUBLIC_URI"},
		{"wrong setting", compose, "VITRINE_BLOBS: s3://", "VITRINE_BLOBS: http://", "VITRINE_BLOBS"},
		{"role of no node", compose, "api,fetch,optimise,video,deliver", "api,fetch,optimise,deliver", "no node has the role video"},
		{"role of no pod", worker, `"fetch,optimise"`, `"fetch"`, "no node has the role optimise"},
		{"unknown field of a pod", api, "runAsNonRoot: true", "runAsNoRoot: true", "runAsNoRoot"},
		{"field that is needed", worker, "  maxReplicas: 10\n", "", "maxReplicas"},
		{"value that there is not", api, "type: RuntimeDefault", "type: Runtime", "seccompProfile"},
		{"mount of nothing", api, "name: data, mountPath", "name: dat, mountPath", "there is no volume dat"},
		{"service of no pods", api, "selector: {app.kubernetes.io/name: vitrine, app", "selector: {app.kubernetes.io/name: vitrines, app", "Service vitrine-api"},
		{"foreign pods", api, "app.kubernetes.io/component: api", "app.kubernetes.io/component: worker", "selects the pods of vitrine-worker"},
		{"scaler of nothing", worker, "kind: Deployment, name: vitrine-worker", "kind: Deployment, name: vitrine-workers", "vitrine-workers"},
		{"service links", worker, "enableServiceLinks: false", "enableServiceLinks: true", "enableServiceLinks"},
		{"probe of nothing", api, "path: /readyz", "path: /ready", "/readyz"},
		{"no such secret", api, "secretRef: {name: vitrine}", "secretRef: {name: vitrines}", "Secret vitrines"},
		{"no PromQL", alerts, "sum by (job, kind) (increase", "sum by (job, kind) increase", "observe/alerts.yaml"},
		{"alert on no metric", alerts, "vitrine_storage_free_bytes", "vitrine_disk_free_bytes", "there is no metric vitrine_disk_free_bytes"},
		{"alert on no label", alerts, `{lane!~`, `{queue!~`, "vitrine_queue_oldest_wait_seconds has no label queue"},
		{"alert grouped by nothing", alerts, "(job, stage)", "(job, program)", "vitrine_child_deaths_total has no label program"},
		{"unknown field of a rule", alerts, "for: 1h", "during: 1h", "during"},
		{"value of no template", alerts, "humanizeDuration", "humanizeTime", "humanizeTime"},
		{"panel of no metric", dashboard, "go_goroutines", "go_coroutines", "there is no metric go_coroutines"},
		{"panel of no variable", dashboard, `instance=~\"$instance\"`, `instance=~\"$node\"`, "there is no variable $node"},
		{"panel without buckets", dashboard, "publish_duration_seconds_bucket", "publish_duration_seconds", "there is no metric vitrine_publish_duration_seconds"},
		{"panel on another", dashboard, `"x": 8,`, `"x": 4,`, "lies on"},
		{"data source of one machine", dashboard, `"uid": "${datasource}"`, `"uid": "PBFA97CFB590B2093"`, "PBFA97CFB590B2093"},
		{"setting that is unknown", api, "VITRINE_DRAIN", "VITRINE_DRAINS", "VITRINE_DRAINS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			deploy := folder(t)
			text := string(deploy[tc.file].Data)
			if !strings.Contains(text, tc.old) {
				t.Fatalf("%s has no %q", tc.file, tc.old)
			}
			deploy[tc.file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, tc.old, tc.new))}
			problems, err := check(t.Context(), s, deploy)
			if err != nil {
				t.Fatal(err)
			}
			if all := strings.Join(problems, "\n"); !strings.Contains(all, tc.want) {
				t.Errorf("problems:\n%s\nwant one with %q", all, tc.want)
			}
		})
	}
}

func TestFindsNothing(t *testing.T) {
	t.Parallel()
	problems, err := check(t.Context(), newServer(t.Context(), vitrined), folder(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Error(problem)
	}
}
