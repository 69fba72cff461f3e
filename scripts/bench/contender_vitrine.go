package main

import (
	"context"
	"errors"
)

// vitrineName is vitrine's among the contenders.
const vitrineName = "vitrine, whole server"

// startVitrine gives what starts a whole server, with its database, its bucket
// and its child processes, and an origin that isn't part of it. The server's
// data goes to a folder of that name.
func startVitrine(name string, settings ...string) starter {
	return func(ctx context.Context, l *lab) (*contender, error) { return l.startPublisher(ctx, name, settings) }
}

func (l *lab) startPublisher(ctx context.Context, name string, settings []string) (_ *contender, err error) {
	data, err := l.folder(name)
	if err != nil {
		return nil, err
	}
	o, err := l.startOrigin(nil)
	if err != nil {
		return nil, err
	}
	server, err := l.startVitrined(ctx, data, settings...)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	stop := func() error { return errors.Join(server.stop(), o.Close()) }
	agent, err := newAgent(ctx, server, o, len(l.photos))
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	publish := func(ctx context.Context, _ string) error {
		_, _, err := agent.publish(ctx)
		return err
	}
	return &contender{name: vitrineName, ours: true, pid: server.command.Process.Pid, optimise: publish, collect: agent.collect, stop: stop}, nil
}
