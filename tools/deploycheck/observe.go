package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// checkObserve looks whether Prometheus understands the alert rules and the
// queries of the dashboard, and whether a running server has what they ask for.
func checkObserve(s server, deploy fs.FS) ([]string, error) {
	metrics, err := s.metrics()
	if err != nil {
		return nil, err
	}
	rules, err := checkAlerts(metrics, deploy)
	if err != nil {
		return nil, err
	}
	panels, err := checkDashboard(metrics, deploy)
	return append(rules, panels...), err
}

const alertsFile = "observe/alerts.yaml"

func checkAlerts(metrics families, deploy fs.FS) (problems []string, err error) {
	text, err := fs.ReadFile(deploy, alertsFile)
	if err != nil {
		return nil, err
	}
	groups, errs := rulefmt.Parse(text, false, model.LegacyValidation, promQL(), slog.New(slog.DiscardHandler))
	for _, err := range errs {
		problems = append(problems, fmt.Sprintf("%s: %v", alertsFile, err))
	}
	if len(errs) > 0 {
		return problems, nil
	}
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			for _, problem := range metrics.check(rule.Expr) {
				problems = append(problems, fmt.Sprintf("%s: %s: %s", alertsFile, rule.Alert, problem))
			}
			if rule.Annotations["summary"] == "" {
				problems = append(problems, fmt.Sprintf("%s: %s has no summary", alertsFile, rule.Alert))
			}
		}
	}
	return problems, nil
}

const dashboardFile = "observe/dashboard.json"

// dashboard is what is looked at of one of Grafana's.
type dashboard struct {
	Templating struct {
		List []struct{ Name string }
	}
	Panels []panel
}

type panel struct {
	Title, Type string
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		Expr       string
		Datasource struct{ UID string }
	}
}

// overlaps reports whether two panels lie on each other.
func (p panel) overlaps(q panel) bool {
	a, b := p.GridPos, q.GridPos
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

// gridWidth is how many columns a dashboard has.
const gridWidth = 24

func checkDashboard(metrics families, deploy fs.FS) (problems []string, err error) {
	text, err := fs.ReadFile(deploy, dashboardFile)
	if err != nil {
		return nil, err
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		return []string{fmt.Sprintf("%s: %v", dashboardFile, err)}, nil
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$__interval", "1m", "$__range", "1h")
	for i, p := range d.Panels {
		report := func(problem string) {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", dashboardFile, p.Title, problem))
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			report("shows nothing")
		}
		if p.GridPos.X+p.GridPos.W > gridWidth {
			report("is too wide")
		}
		for _, q := range d.Panels[:i] {
			if p.overlaps(q) {
				report("lies on " + q.Title)
			}
		}
		for _, target := range p.Targets {
			if target.Datasource.UID != "${datasource}" {
				report("asks the data source " + target.Datasource.UID + ", which others don't have")
			}
			expr := variables.Replace(target.Expr)
			for _, problem := range append(metrics.check(expr), d.undefined(expr)...) {
				report(problem)
			}
		}
	}
	return problems, nil
}

// undefined gives the problems of variables in a query that the dashboard hasn't.
func (d dashboard) undefined(expr string) (problems []string) {
	for _, part := range strings.Split(expr, "$")[1:] {
		name := part
		if i := strings.IndexFunc(part, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }); i >= 0 {
			name = part[:i]
		}
		if !slices.ContainsFunc(d.Templating.List, func(v struct{ Name string }) bool { return v.Name == name }) {
			problems = append(problems, "there is no variable $"+name)
		}
	}
	return problems
}

func promQL() parser.Parser { return parser.NewParser(parser.Options{}) }

// scraped are the labels that Prometheus adds to what it scrapes.
var scraped = []string{model.JobLabel, model.InstanceLabel}

// check gives the problems of a query: that it is none, or that it asks for
// metrics or labels that the server doesn't have.
func (f families) check(expr string) (problems []string) {
	parsed, err := promQL().ParseExpr(expr)
	if err != nil {
		return []string{fmt.Sprintf("%q: %v", expr, err)}
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.VectorSelector:
			problems = append(problems, f.checkSelector(node)...)
		case *parser.AggregateExpr:
			problems = append(problems, f.checkGrouping(node)...)
		}
		return nil
	})
	return problems
}

func (f families) checkSelector(selector *parser.VectorSelector) (problems []string) {
	labels, ok := f.labels(selector.Name)
	if !ok {
		return []string{"there is no metric " + selector.Name}
	}
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name != model.MetricNameLabel && !slices.Contains(labels, matcher.Name) {
			problems = append(problems, fmt.Sprintf("%s has no label %s", selector.Name, matcher.Name))
		}
	}
	return problems
}

// checkGrouping looks whether what a sum is grouped by is there in it.
func (f families) checkGrouping(sum *parser.AggregateExpr) (problems []string) {
	if sum.Without {
		return nil
	}
	parser.Inspect(sum.Expr, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		labels, known := f.labels(selector.Name)
		for _, label := range sum.Grouping {
			if known && !slices.Contains(labels, label) {
				problems = append(problems, fmt.Sprintf("%s has no label %s to be grouped by", selector.Name, label))
			}
		}
		return nil
	})
	return problems
}
