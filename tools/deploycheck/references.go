package main

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// checkReferences looks whether what one object says of others is there.
func (m *manifests) checkReferences() (problems []string) {
	report := func(kind, name, format string, a ...any) {
		problems = append(problems, fmt.Sprintf("kubernetes: %s %s: ", kind, name)+fmt.Sprintf(format, a...))
	}
	for _, d := range m.deployments {
		if !selects(d.Spec.Selector, d) {
			report("Deployment", d.Name, "doesn't select its own pods")
		}
		for _, problem := range checkPod(d.Spec.Template.Spec) {
			report("Deployment", d.Name, "%s", problem)
		}
		for _, other := range m.deployments {
			if other != d && selects(d.Spec.Selector, other) {
				report("Deployment", d.Name, "selects the pods of %s", other.Name)
			}
		}
	}
	for _, service := range m.services {
		selector := labels.SelectorFromSet(service.Spec.Selector)
		if service.Spec.Selector == nil || m.selected(selector) != 1 {
			report("Service", service.Name, "selects the pods of %d deployments, not of one", m.selected(selector))
		}
	}
	for _, budget := range m.budgets {
		selector, err := metav1.LabelSelectorAsSelector(budget.Spec.Selector)
		if err != nil || m.selected(selector) != 1 {
			report("PodDisruptionBudget", budget.Name, "doesn't select the pods of one deployment")
		}
	}
	for _, scaler := range m.scalers {
		target := scaler.Spec.ScaleTargetRef
		i := slices.IndexFunc(m.deployments, func(d *appsv1.Deployment) bool { return d.Name == target.Name })
		if target.Kind != "Deployment" || i < 0 {
			report("HorizontalPodAutoscaler", scaler.Name, "there is no %s %s", target.Kind, target.Name)
		} else if m.deployments[i].Spec.Replicas != nil {
			report("HorizontalPodAutoscaler", scaler.Name, "each apply would undo it: %s says how many replicas there are", target.Name)
		}
	}
	return problems
}

// selects reports whether a selector is for the pods of a deployment.
func selects(selector *metav1.LabelSelector, d *appsv1.Deployment) bool {
	s, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && !s.Empty() && s.Matches(labels.Set(d.Spec.Template.Labels))
}

// selected is how many deployments have such pods.
func (m *manifests) selected(selector labels.Selector) (n int) {
	for _, d := range m.deployments {
		if selector.Matches(labels.Set(d.Spec.Template.Labels)) {
			n++
		}
	}
	return n
}

// checkPod looks at what a pod of ours needs beyond what the schema asks for.
func checkPod(pod corev1.PodSpec) (problems []string) {
	report := func(problem string) { problems = append(problems, problem) }
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		report("enableServiceLinks is not false: services named vitrine-… would become settings that vitrined refuses")
	}
	if pod.SecurityContext == nil || pod.SecurityContext.RunAsNonRoot == nil || !*pod.SecurityContext.RunAsNonRoot {
		report("may run as root")
	}
	for _, c := range pod.Containers {
		for _, probe := range []struct {
			name, path string
			probe      *corev1.Probe
		}{
			{"startup", "/readyz", c.StartupProbe}, {"readiness", "/readyz", c.ReadinessProbe}, {"liveness", "/healthz", c.LivenessProbe},
		} {
			if probe.probe == nil || probe.probe.HTTPGet == nil || probe.probe.HTTPGet.Path != probe.path {
				report(fmt.Sprintf("the %s probe doesn't ask for %s", probe.name, probe.path))
			} else if port := probe.probe.HTTPGet.Port.StrVal; !slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == port }) {
				report(fmt.Sprintf("the %s probe asks at the port %q, which the container doesn't name", probe.name, port))
			}
		}
		for _, mount := range c.VolumeMounts {
			if !slices.ContainsFunc(pod.Volumes, func(v corev1.Volume) bool { return v.Name == mount.Name }) {
				report("there is no volume " + mount.Name)
			}
		}
		if c.SecurityContext == nil || c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
			report("the root file system can be written to")
		}
		if c.Resources.Limits.Memory().IsZero() {
			report("has no limit of memory")
		}
	}
	return problems
}
