package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// state is an exported state of a stack, as far as the summary needs it.
type state struct {
	Deployment struct {
		Resources []stateResource `json:"resources"`
	} `json:"deployment"`
}

type stateResource struct {
	URN     string         `json:"urn"`
	Type    string         `json:"type"`
	Parent  string         `json:"parent"`
	Outputs map[string]any `json:"outputs"`
}

// name is the logical name.
func (r stateResource) name() string { return r.URN[strings.LastIndex(r.URN, "::")+2:] }

// isStack reports whether the resource is the stack itself, the root of the tree.
func (r stateResource) isStack() bool { return r.Type == "pulumi:pulumi:Stack" }

// summarize prints the resources and outputs of each stack, and what each role may
// do.
func (s *session) summarize(ctx context.Context) error {
	outputs := &bytes.Buffer{}
	fmt.Fprintln(s.stdout, "\nRESOURCES")
	for _, l := range layers {
		var exported bytes.Buffer
		if err := s.pulumi(ctx, l, &exported, s.stderr, "stack", "export", "--stack", stack); err != nil {
			return err
		}
		var found state
		if err := json.Unmarshal(exported.Bytes(), &found); err != nil {
			return fmt.Errorf("reading the state of %s: %w", l.name, err)
		}
		writeTree(s.stdout, l, found.Deployment.Resources)
		writeOutputs(outputs, l, found.Deployment.Resources)
	}
	fmt.Fprintf(s.stdout, "\nOUTPUTS\n%s\nROLES\n", outputs)
	return writeRoles(s.stdout, s.aws)
}

// writeTree writes the resources of a stack below their parents, those of one type
// on one line. Providers are left out.
func writeTree(w io.Writer, l layer, all []stateResource) {
	children, root, count := map[string][]stateResource{}, "", 0
	for _, r := range all {
		switch {
		case r.isStack():
			root = r.URN
		case !strings.HasPrefix(r.Type, "pulumi:providers:"):
			children[r.Parent] = append(children[r.Parent], r)
			count++
		}
	}
	fmt.Fprintf(w, "  %s: %d resources\n", l.name, count)
	var write func(parent, indent string)
	write = func(parent, indent string) {
		var order []string
		leaves := map[string][]string{}
		for _, r := range children[parent] {
			if len(children[r.URN]) > 0 {
				fmt.Fprintln(w, indent+shortType(r.Type)+" "+r.name())
				write(r.URN, indent+"  ")
				continue
			}
			if leaves[r.Type] == nil {
				order = append(order, r.Type)
			}
			leaves[r.Type] = append(leaves[r.Type], r.name())
		}
		slices.SortFunc(order, func(a, b string) int { return strings.Compare(shortType(a), shortType(b)) })
		for _, kind := range order {
			slices.Sort(leaves[kind])
			first := fmt.Sprintf("%s%-34s ", indent, shortType(kind))
			fmt.Fprintln(w, wrap(strings.Join(leaves[kind], ", "), 130, first, strings.Repeat(" ", len(indent)+37)))
		}
	}
	write(root, "    ")
}

// writeOutputs writes the outputs of a stack. An output that is not text is JSON.
func writeOutputs(w io.Writer, l layer, all []stateResource) {
	for _, r := range all {
		if !r.isStack() {
			continue
		}
		fmt.Fprintf(w, "  %s\n", l.name)
		for _, name := range slices.Sorted(maps.Keys(r.Outputs)) {
			text, isText := r.Outputs[name].(string)
			if !isText {
				content, err := json.Marshal(r.Outputs[name])
				if err != nil {
					content = []byte(err.Error())
				}
				text = string(content)
			}
			fmt.Fprintf(w, "    %-28s %s\n", name, text)
		}
	}
}

// shortType is a type without what repeats: aws:sqs/queue:Queue is sqs Queue.
func shortType(token string) string {
	parts := strings.Split(token, ":")
	last := parts[len(parts)-1]
	if parts[0] != "aws" {
		return last
	}
	service, _, _ := strings.Cut(parts[1], "/")
	return service + " " + last
}
