package main

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
)

// checkSettings lets the server judge what each deployment would give it.
func (m *manifests) checkSettings(ctx context.Context, s server) (problems []string, err error) {
	var nodes []map[string]string
	for _, d := range m.deployments {
		for _, c := range d.Spec.Template.Spec.Containers {
			environ, missing := m.environ(c)
			problems = append(problems, missing...)
			refusals, err := s.refusals(ctx, environ)
			if err != nil {
				return problems, err
			}
			for _, refusal := range refusals {
				problems = append(problems, fmt.Sprintf("kubernetes: Deployment %s: %s", d.Name, refusal))
			}
			nodes = append(nodes, environ)
		}
	}
	unplayed, err := s.unplayed(ctx, "kubernetes", nodes)
	return append(problems, unplayed...), err
}

// environ is the environment of a container.
func (m *manifests) environ(c corev1.Container) (environ map[string]string, problems []string) {
	environ = make(map[string]string)
	for _, from := range c.EnvFrom {
		if ref := from.ConfigMapRef; ref != nil {
			if configMap, ok := m.configMaps[ref.Name]; ok {
				maps.Copy(environ, configMap.Data)
			} else {
				problems = append(problems, "kubernetes: there is no ConfigMap "+ref.Name)
			}
		}
		if ref := from.SecretRef; ref != nil {
			if secret, ok := m.secrets[ref.Name]; ok {
				maps.Copy(environ, secret.StringData)
			} else {
				problems = append(problems, "kubernetes: there is no Secret "+ref.Name)
			}
		}
	}
	for _, env := range c.Env {
		environ[env.Name] = env.Value
		if env.ValueFrom != nil {
			environ[env.Name] = "1" // a resource of the container, which is a number
		}
	}
	return environ, problems
}
