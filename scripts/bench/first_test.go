package main

import "testing"

func TestSumOfTasks(t *testing.T) {
	t.Parallel()
	const metrics = "# TYPE vitrine_queue_tasks gauge\nvitrine_queue_tasks{lane=\"bulk\"} 4990\nvitrine_queue_tasks{lane=\"fetch\"} 12\nvitrine_queue_tasks{lane=\"optimise\"} 1.5e+03\n"
	if got, err := sumOfTasks(metrics, "fetch", "bulk", "optimise"); err != nil || got != 6502 {
		t.Errorf("%d, %v, want 6502", got, err)
	}
	if got, err := sumOfTasks(metrics, "fetch", "scan"); err == nil {
		t.Errorf("with a lane that isn't there: %d", got)
	}
}
