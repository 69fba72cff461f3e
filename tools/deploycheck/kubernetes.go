package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// manifests are all objects in deploy/kubernetes, by kind.
type manifests struct {
	deployments []*appsv1.Deployment
	services    []*corev1.Service
	configMaps  map[string]*corev1.ConfigMap
	secrets     map[string]*corev1.Secret
	budgets     []*policyv1.PodDisruptionBudget
	scalers     []*autoscalingv2.HorizontalPodAutoscaler
}

// checkKubernetes reads the manifests strictly, validates them as Kubernetes
// does, and looks at what that doesn't: what they say of each other, and the
// settings they give the server.
func checkKubernetes(ctx context.Context, s server, deploy fs.FS) ([]string, error) {
	var paths []string
	for _, pattern := range []string{"kubernetes/*.yaml", "kubernetes/example/*.yaml"} {
		found, err := fs.Glob(deploy, pattern)
		if err != nil {
			return nil, err
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, errors.New("there are no manifests in kubernetes")
	}
	m := &manifests{configMaps: make(map[string]*corev1.ConfigMap), secrets: make(map[string]*corev1.Secret)}
	var problems []string
	for _, path := range paths {
		text, err := fs.ReadFile(deploy, path)
		if err != nil {
			return nil, err
		}
		for _, problem := range m.read(text) {
			problems = append(problems, path+": "+problem)
		}
	}
	problems = append(problems, m.checkReferences()...)
	more, err := m.checkSettings(ctx, s)
	return append(problems, more...), err
}

// read adds the objects of one file.
func (m *manifests) read(text []byte) (problems []string) {
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return problems
		}
		if err != nil {
			return append(problems, err.Error())
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		problems = append(problems, refusedByAPI(object)...)
		if err := m.add(object); err != nil {
			problems = append(problems, err.Error())
		}
	}
}

func (m *manifests) add(object runtime.Object) error {
	switch o := object.(type) {
	case *appsv1.Deployment:
		m.deployments = append(m.deployments, o)
	case *corev1.Service:
		m.services = append(m.services, o)
	case *corev1.ConfigMap:
		m.configMaps[o.Name] = o
	case *corev1.Secret:
		m.secrets[o.Name] = o
	case *policyv1.PodDisruptionBudget:
		m.budgets = append(m.budgets, o)
	case *autoscalingv2.HorizontalPodAutoscaler:
		m.scalers = append(m.scalers, o)
	default:
		return fmt.Errorf("nothing here looks at objects of the type %T", o)
	}
	return nil
}
