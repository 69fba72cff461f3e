package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"text/template"
	"time"

	"github.com/vitrine-media/vitrine/internal/porttest"
)

// nginxConfig has nginx serve files as those who care for speed set it up, with
// the headers that vitrine sends.
var nginxConfig = template.Must(template.New("nginx.conf").Parse(`
{{if .Root}}user root;{{end}}
daemon off;
worker_processes {{.Workers}};
worker_rlimit_nofile 16384;
pid {{.Dir}}/nginx.pid;
error_log {{.Dir}}/error.log warn;
events { worker_connections 8192; }
http {
	access_log off;
	sendfile on;
	tcp_nopush on;
	tcp_nodelay on;
	keepalive_requests 1000000;
	default_type image/webp;
	types { video/mp4 mp4; image/webp webp; }
	client_body_temp_path {{.Dir}}/body;
	proxy_temp_path {{.Dir}}/proxy;
	fastcgi_temp_path {{.Dir}}/fastcgi;
	uwsgi_temp_path {{.Dir}}/uwsgi;
	scgi_temp_path {{.Dir}}/scgi;
	server {
		listen {{.Address}};
		root {{.Dir}}/files;
		add_header Access-Control-Allow-Origin *;
		add_header Cache-Control "public, max-age=31536000, immutable";
		add_header Cross-Origin-Resource-Policy cross-origin;
		add_header Referrer-Policy no-referrer;
		add_header X-Content-Type-Options nosniff;
	}
}
`))

// nginx is one that runs on a folder of its own, and not the machine's.
type nginx struct {
	base    string // http://HOST:PORT
	files   string // the folder that it serves
	command *exec.Cmd
}

// startNginx starts one with two workers in a folder.
func (l *lab) startNginx(ctx context.Context, dir string) (*nginx, error) {
	address, err := porttest.Address()
	if err != nil {
		return nil, err
	}
	n := &nginx{base: "http://" + address, files: filepath.Join(dir, "files")}
	if err := os.MkdirAll(n.files, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(n.files, "ready"), []byte("yes"), 0o644); err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nginx.conf")
	file, err := os.Create(config)
	if err != nil {
		return nil, err
	}
	// Workers of root's nginx are somebody else, who may not look into a temporary folder.
	err = nginxConfig.Execute(file, map[string]any{"Root": os.Geteuid() == 0, "Workers": 2, "Dir": dir, "Address": address})
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, fmt.Errorf("configure nginx: %w", err)
	}
	n.command = exec.CommandContext(ctx, "nginx", "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", config)
	// A killed master would leave its workers.
	n.command.Cancel = func() error { return n.command.Process.Signal(syscall.SIGTERM) }
	n.command.WaitDelay = 10 * time.Second
	if err := n.command.Start(); err != nil {
		return nil, fmt.Errorf("start nginx (make bench installs it): %w", err)
	}
	if err := awaitOK(ctx, n.base+"/ready", 10*time.Millisecond); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for nginx: %w", err), n.stop())
	}
	return n, nil
}

func (n *nginx) stop() error {
	if err := n.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return n.command.Wait()
}
